"""PasswordService: passwords over gRPC. Each method's errors are in password_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.directory.v1 import password_service_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid, Refused
from chassis.records.encoding import to_timestamp
from chassis.server import Servicer
from chassis.tables import not_found
from services.directory.passwords import attempts, store
from services.directory.passwords.domain import check_rules
from services.directory.passwords.hashing import hash_password, matches
from services.directory.secrets import digest_of, new_secret, record_of
from services.directory.sessions import ending
from services.directory.sessions.domain import SessionEndReason
from services.directory.users import store as users
from services.directory.users.domain import User, UserKind, UserState

_KIND = "mpt"


class PasswordService(Servicer):
    """Choosing, changing and resetting passwords."""

    descriptor = password_service_pb2.DESCRIPTOR.services_by_name["PasswordService"]

    def ChangePassword(
        self, request: password_service_pb2.ChangePasswordRequest, call: Call
    ) -> Empty:
        """Change the caller's own password; the caller's other sessions end."""
        with self.reading(call) as tx:
            user = _existing(users.find(tx, call.identity.subject), call.identity.subject)
            checked = store.find(tx, user.id).password_hash
        check_rules(request.new_password, field="new_password", name=user.name, email=user.email)
        good = matches(checked, request.current_password)
        chosen = hash_password(request.new_password)
        with self.transaction(call.without_key()) as tx:
            changed = self._change(tx, user.id, checked, chosen if good else "")
        # Raised after the commit: the failed attempt has to stay.
        if not changed:
            raise Invalid("PASSWORD_WRONG", field="current_password")
        return Empty()

    def IssuePasswordToken(
        self, request: password_service_pb2.IssuePasswordTokenRequest, call: Call
    ) -> password_service_pb2.PasswordToken:
        """Make a one-time token with which a user chooses a password."""
        with self.transaction(call.without_key()) as tx:
            seen = users.get(tx, request.id)
            user = _existing(users.lock(tx, seen.id), seen.id)
            _check_can_have_password(user)
            credential = store.find(tx, user.id)
            secret = new_secret(_KIND, user.id)
            expires = credential.issue_token(secret.digest, tx.now)
            store.save(tx, credential)
        return password_service_pb2.PasswordToken(
            token=secret.text, expire_time=to_timestamp(expires)
        )

    def SetPassword(self, request: password_service_pb2.SetPasswordRequest, call: Call) -> Empty:
        """Choose a password with a one-time token."""
        with self.reading(call) as tx:
            user = self._of_token(tx, request.token)
        check_rules(request.password, field="password", name=user.name, email=user.email)
        chosen = hash_password(request.password)
        with self.transaction(call.without_key()) as tx:
            users.lock(tx, user.id)
            user = self._of_token(tx, request.token)
            credential = store.find(tx, user.id)
            credential.choose(chosen, tx.now)
            store.save(tx, credential)
            if user.state is not UserState.ACTIVE:
                user.activate()
                users.save(tx, user)
            ending.end_all(tx, user.id, SessionEndReason.PASSWORD_CHANGED)
        return Empty()

    def _change(self, tx: Transaction, user_id: str, checked: str, chosen: str) -> bool:
        """Write the change. False, and a failed attempt noted, for an empty hash."""
        user = _existing(users.lock(tx, user_id), user_id)
        credential = store.find(tx, user_id)
        if credential.password_hash != checked or not user.may_sign_in(tx.now):
            return False
        if not chosen:
            attempts.note_failure(tx, user)
            return False
        credential.choose(chosen, tx.now)
        store.save(tx, credential)
        keep = tx.call.identity.session
        ending.end_all(tx, user_id, SessionEndReason.PASSWORD_CHANGED, keep=keep)
        return True

    def _of_token(self, tx: Transaction, token: str) -> User:
        """The user whose one-time token this is. Errors: PASSWORD_TOKEN_INVALID."""
        user = users.find(tx, record_of(_KIND, token))
        if user is None or user.state is UserState.DISABLED:
            raise Invalid("PASSWORD_TOKEN_INVALID", field="token")
        store.find(tx, user.id).check_token(digest_of(token), tx.now)
        return user


def _check_can_have_password(user: User) -> None:
    if user.kind is not UserKind.PERSON:
        raise Refused("USER_HAS_NO_PASSWORD")
    if user.state is UserState.DISABLED:
        raise Refused("USER_DISABLED")


def _existing(user: User | None, user_id: str) -> User:
    if user is None:
        raise not_found(users.users, user_id)
    return user
