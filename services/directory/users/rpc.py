"""UserService: users over gRPC. Each method's errors are stated in user_service.proto."""

from __future__ import annotations

from meridian.directory.events.v1 import user_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.directory.v1 import business_unit_pb2, role_pb2, team_pb2, user_pb2, user_service_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Denied, Refused
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from chassis.tables import not_found
from services.directory.business_units import store as business_units
from services.directory.passwords import store as credentials
from services.directory.revocations import store as revocations
from services.directory.roles import store as roles
from services.directory.sessions import ending
from services.directory.sessions.domain import SessionEndReason
from services.directory.teams import store as teams
from services.directory.users import store
from services.directory.users.domain import User, UserState

ADMINISTRATOR = "regional_administrator"
_ASSIGN = "directory.users.assign_roles"
#: What of a user is written into access tokens.
_RIGHTS = ("business_unit_id", "partner_id", "account_id")


class UserService(Servicer):
    """The users of this region and what they may do."""

    descriptor = user_service_pb2.DESCRIPTOR.services_by_name["UserService"]

    def CreateUser(self, request: user_service_pb2.CreateUserRequest, call: Call) -> user_pb2.User:
        """Add a user."""
        if request.role_ids and call.identity.visibility_for(_ASSIGN) is None:
            raise Denied("PERMISSION_MISSING", permission=_ASSIGN)
        given = from_proto(request.user, User)
        with self.transaction(call) as tx:
            user = User(id=tx.new_id("user"), **given | {"role_ids": tuple(request.role_ids)})
            created = user.create()
            roles.check_known(tx, user.role_ids)
            _check_unit(tx, user)
            store.add(tx, user)
            tx.announce(created)
            return tx.reply(to_proto(user, user_pb2.User))

    def GetUser(self, request: user_service_pb2.GetUserRequest, call: Call) -> user_pb2.User:
        """Read one user."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), user_pb2.User)

    def ListUsers(
        self, request: user_service_pb2.ListUsersRequest, call: Call
    ) -> user_service_pb2.ListUsersResponse:
        """Page through the users that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return user_service_pb2.ListUsersResponse(
            users=to_protos(page.rows, user_pb2.User),
            next_page_token=page.next_page_token,
        )

    def UpdateUser(self, request: user_service_pb2.UpdateUserRequest, call: Call) -> user_pb2.User:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.user, request.update_mask.paths)
        with self.transaction(call) as tx:
            user = store.get(tx, request.user.id, request.user.etag)
            former = [getattr(user, name) for name in _RIGHTS]
            updated = user.revise(from_proto(request.user, User, paths))
            _check_unit(tx, user)
            store.save(tx, user)
            if former != [getattr(user, name) for name in _RIGHTS]:
                self._outdate_tokens(tx, user)
            tx.announce(updated)
            return tx.reply(to_proto(user, user_pb2.User))

    def AssignRoles(
        self, request: user_service_pb2.AssignRolesRequest, call: Call
    ) -> user_pb2.User:
        """Say which roles a user has, in place of those before."""
        with self.transaction(call) as tx:
            user = store.get(tx, request.id, request.etag)
            if ADMINISTRATOR not in request.role_ids:
                _check_another_administrator(tx, user)
            changed = user.assign_roles(tuple(request.role_ids))
            roles.check_known(tx, user.role_ids)
            store.save(tx, user)
            self._outdate_tokens(tx, user)
            tx.announce(changed)
            return tx.reply(to_proto(user, user_pb2.User))

    def DisableUser(
        self, request: user_service_pb2.DisableUserRequest, call: Call
    ) -> user_pb2.User:
        """Keep a user out."""
        with self.transaction(call) as tx:
            user = store.get(tx, request.id, request.etag)
            _check_another_administrator(tx, user)
            disabled = user.disable()
            store.save(tx, user)
            ending.end_all(tx, user.id, SessionEndReason.USER_DISABLED)
            self._outdate_tokens(tx, user)
            tx.announce(disabled)
            return tx.reply(to_proto(user, user_pb2.User))

    def EnableUser(self, request: user_service_pb2.EnableUserRequest, call: Call) -> user_pb2.User:
        """Let a disabled user in again."""
        with self.transaction(call) as tx:
            user = store.get(tx, request.id, request.etag)
            has_password = bool(credentials.find(tx, user.id).password_hash)
            enabled = user.enable(has_password=has_password)
            store.save(tx, user)
            tx.announce(enabled)
            return tx.reply(to_proto(user, user_pb2.User))

    def UnlockUser(self, request: user_service_pb2.UnlockUserRequest, call: Call) -> user_pb2.User:
        """End a lock-out before its time."""
        with self.transaction(call) as tx:
            user = store.get(tx, request.id, request.etag)
            unlocked = user.unlock()
            store.save(tx, user)
            credential = credentials.find(tx, user.id)
            credential.succeed()
            credentials.save(tx, credential)
            tx.announce(unlocked)
            return tx.reply(to_proto(user, user_pb2.User))

    def GetMe(self, request: user_service_pb2.GetMeRequest, call: Call) -> user_service_pb2.Me:
        """Read who the caller is and what the caller may do."""
        identity = call.identity
        with self.reading(call) as tx:
            user = store.find(tx, identity.subject)
            if user is None:
                raise not_found(store.users, identity.subject)
            me = user_service_pb2.Me(
                user=to_proto(user, user_pb2.User),
                roles=[to_proto(r, role_pb2.Role) for r in roles.find_all(tx, identity.roles)],
                teams=[to_proto(t, team_pb2.Team) for t in teams.find_all(tx, user.team_ids)],
                grants=identity.grants,
                session_id=identity.session,
            )
            unit = business_units.find(tx, user.business_unit_id)
        if unit is not None:
            me.business_unit.CopyFrom(to_proto(unit, business_unit_pb2.BusinessUnit))
        return me

    def _outdate_tokens(self, tx: Transaction, user: User) -> None:
        """Void the tokens from before; the user's row has just been written, so it is locked."""
        revocations.outdate_user(tx, user.id, self.app.clock())


def _check_unit(tx: Transaction, user: User) -> None:
    business_units.check_known(tx, user.business_unit_id, field="user.business_unit_id")


def _check_another_administrator(tx: Transaction, user: User) -> None:
    """Refused(LAST_ADMINISTRATOR) if nobody else could let people in afterwards."""
    gets_in = user.state in (UserState.ACTIVE, UserState.LOCKED)
    if not gets_in or ADMINISTRATOR not in user.role_ids:
        return
    if not store.another_administrator(tx, ADMINISTRATOR, than=user.id):
        raise Refused("LAST_ADMINISTRATOR")
