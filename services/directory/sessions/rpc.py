"""SessionService: logging in and out over gRPC. Each method's errors are in session_service.proto."""

from __future__ import annotations

from datetime import timedelta

from meridian.directory.events.v1 import session_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.directory.v1 import session_pb2, session_service_pb2

from chassis.app import App, Transaction
from chassis.call import Call
from chassis.errors import Unauthenticated
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.directory.authority import Authority
from services.directory.passwords import attempts
from services.directory.passwords import store as credentials
from services.directory.passwords.hashing import hash_password, is_outdated, matches
from services.directory.revocations import store as revocations
from services.directory.sessions import ending, store
from services.directory.sessions.domain import RefreshToken, Session, SessionEndReason
from services.directory.tokens.identities import identity_of
from services.directory.users import store as users
from services.directory.users.domain import User


class SessionService(Servicer):
    """Logging in, staying logged in, logging out."""

    descriptor = session_service_pb2.DESCRIPTOR.services_by_name["SessionService"]

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._authority = Authority(app.settings, app.clock)
        self._lifetime = timedelta(seconds=app.settings.tokens.refresh_lifetime)

    def CreateSession(
        self, request: session_service_pb2.CreateSessionRequest, call: Call
    ) -> session_pb2.SessionTokens:
        """Log in with e-mail address and password."""
        with self.reading(call) as tx:
            user = users.find_by_email(tx, request.email)
            checked = credentials.find(tx, user.id).password_hash if user else ""
        # Costs the same for an unknown address, and no connection is held meanwhile.
        good = matches(checked, request.password)
        renewed = hash_password(request.password) if good and is_outdated(checked) else checked
        with self.transaction(call.without_key()) as tx:
            answer = None
            if user is not None:
                answer = self._sign_in(
                    tx, user.id, checked, renewed if good else "", request.client
                )
        if answer is None:
            raise Unauthenticated("SIGN_IN_FAILED")
        return answer

    def RefreshSession(
        self, request: session_service_pb2.RefreshSessionRequest, call: Call
    ) -> session_pb2.SessionTokens:
        """Get a new access token and the next refresh token."""
        token = RefreshToken.parse(request.refresh_token)
        with self.transaction(call.without_key()) as tx:
            answer = self._refresh(tx, token)
        # Raised after the commit: the end of the session has to stay.
        if answer is None:
            raise Unauthenticated("REFRESH_TOKEN_REUSED")
        return answer

    def GetSession(
        self, request: session_service_pb2.GetSessionRequest, call: Call
    ) -> session_pb2.Session:
        """Read one session."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), session_pb2.Session)

    def ListSessions(
        self, request: session_service_pb2.ListSessionsRequest, call: Call
    ) -> session_service_pb2.ListSessionsResponse:
        """Page through the sessions that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return session_service_pb2.ListSessionsResponse(
            sessions=to_protos(page.rows, session_pb2.Session),
            next_page_token=page.next_page_token,
        )

    def RevokeSession(
        self, request: session_service_pb2.RevokeSessionRequest, call: Call
    ) -> session_pb2.Session:
        """End a session."""
        with self.transaction(call) as tx:
            session = store.get(tx, request.id, request.etag)
            own = session.owner_id == call.identity.subject
            reason = SessionEndReason.SIGNED_OUT if own else SessionEndReason.REVOKED
            ending.end(tx, session, reason)
            return tx.reply(to_proto(session, session_pb2.Session))

    def RevokeSessions(
        self, request: session_service_pb2.RevokeSessionsRequest, call: Call
    ) -> session_service_pb2.RevokeSessionsResponse:
        """End all sessions of a user and make every access token of the user void."""
        with self.transaction(call) as tx:
            user = users.get(tx, request.id)
            users.lock(tx, user.id)
            count = ending.end_all(tx, user.id, SessionEndReason.REVOKED)
            revocations.outdate_user(tx, user.id, self.app.clock())
            return tx.reply(session_service_pb2.RevokeSessionsResponse(count=count))

    def _sign_in(
        self, tx: Transaction, user_id: str, checked: str, good_hash: str, client: str
    ) -> session_pb2.SessionTokens | None:
        """Decide over a log-in. None means no; what that means for later attempts is written.

        checked: the hash that the password was compared with. good_hash: the hash to keep if the
        password was good, else empty.
        """
        user, credential = users.lock(tx, user_id), credentials.find(tx, user_id)
        # An attempt while locked out does not count, or strangers could keep a user out for ever.
        if user is None or credential.password_hash != checked or not user.may_sign_in(tx.now):
            return None
        if not good_hash:
            attempts.note_failure(tx, user)
            return None
        attempts.note_success(tx, user, good_hash)
        users.note_sign_in(tx, user.id, tx.now)
        session = Session(
            id=tx.new_id("sess"),
            owner_id=user.id,
            business_unit_id=user.business_unit_id,
            client=client,
        )
        token = RefreshToken.first(session.id)
        started = session.start(token, tx.now, self._lifetime)
        store.add(tx, session)
        tx.announce(started)
        return self._tokens(tx, user, session, token)

    def _refresh(self, tx: Transaction, token: RefreshToken) -> session_pb2.SessionTokens | None:
        """The next tokens; None if this one was used before, and the session ended for it."""
        user = users.lock(tx, store.owner_of(tx, token.session_id))
        session = store.lock(tx, token.session_id)
        if user is None or session is None or not session.issued(token):
            raise Unauthenticated("REFRESH_TOKEN_INVALID")
        session.check_refreshable(tx.now)
        if session.used_before(token):
            ending.end(tx, session, SessionEndReason.REFRESH_REUSED)
            return None
        following = token.next()
        session.rotate(following, tx.now, self._lifetime)
        store.save(tx, session)
        return self._tokens(tx, user, session, following)

    def _tokens(
        self, tx: Transaction, user: User, session: Session, refresh: RefreshToken
    ) -> session_pb2.SessionTokens:
        access = self._authority.sign(identity_of(tx, user, session.id, user.role_ids))
        return session_pb2.SessionTokens(
            session=to_proto(session, session_pb2.Session),
            access_token=access.text,
            expires_in=access.expires_in,
            refresh_token=refresh.text,
            token_type="Bearer",  # noqa: S106 - the scheme, not a secret
        )
