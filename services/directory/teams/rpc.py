"""TeamService: teams over gRPC. Each method's errors are stated in team_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.directory.events.v1 import team_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.directory.v1 import team_pb2, team_service_pb2, user_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.directory.business_units import store as business_units
from services.directory.revocations import store as revocations
from services.directory.teams import store
from services.directory.teams.domain import Team, TeamMemberAdded, TeamMemberRemoved
from services.directory.users import store as users
from services.directory.users.domain import User


class TeamService(Servicer):
    """Teams and who is in them."""

    descriptor = team_service_pb2.DESCRIPTOR.services_by_name["TeamService"]

    def CreateTeam(self, request: team_service_pb2.CreateTeamRequest, call: Call) -> team_pb2.Team:
        """Add a team."""
        with self.transaction(call) as tx:
            team = Team(id=tx.new_id("team"), **from_proto(request.team, Team))
            created = team.create()
            _check_unit(tx, team)
            store.add(tx, team)
            tx.announce(created)
            return tx.reply(to_proto(team, team_pb2.Team))

    def GetTeam(self, request: team_service_pb2.GetTeamRequest, call: Call) -> team_pb2.Team:
        """Read one team."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), team_pb2.Team)

    def ListTeams(
        self, request: team_service_pb2.ListTeamsRequest, call: Call
    ) -> team_service_pb2.ListTeamsResponse:
        """Page through the teams."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return team_service_pb2.ListTeamsResponse(
            teams=to_protos(page.rows, team_pb2.Team),
            next_page_token=page.next_page_token,
        )

    def UpdateTeam(self, request: team_service_pb2.UpdateTeamRequest, call: Call) -> team_pb2.Team:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.team, request.update_mask.paths)
        with self.transaction(call) as tx:
            team = store.get(tx, request.team.id, request.team.etag)
            team.revise(from_proto(request.team, Team, paths))
            _check_unit(tx, team)
            store.save(tx, team)
            return tx.reply(to_proto(team, team_pb2.Team))

    def DeleteTeam(self, request: team_service_pb2.DeleteTeamRequest, call: Call) -> Empty:
        """Remove a team that nobody is in."""
        with self.transaction(call) as tx:
            store.lock(tx, request.id)
            team = store.get(tx, request.id, request.etag)
            deleted = team.delete(has_members=users.anybody_in_team(tx, team.id))
            store.remove(tx, team)
            tx.announce(deleted)
            return tx.reply(Empty())

    def AddMember(self, request: team_service_pb2.AddMemberRequest, call: Call) -> user_pb2.User:
        """Put a user into a team."""
        with self.transaction(call) as tx:
            team = store.lock(tx, request.id)
            user = users.known(tx, request.user_id, field="user_id")
            if user.join(team.id):
                self._save_member(tx, user)
                tx.announce(TeamMemberAdded(team.id, user.id))
            return tx.reply(to_proto(user, user_pb2.User))

    def RemoveMember(
        self, request: team_service_pb2.RemoveMemberRequest, call: Call
    ) -> user_pb2.User:
        """Take a user out of a team."""
        with self.transaction(call) as tx:
            team = store.lock(tx, request.id)
            user = users.known(tx, request.user_id, field="user_id")
            if user.leave(team.id):
                self._save_member(tx, user)
                tx.announce(TeamMemberRemoved(team.id, user.id))
            return tx.reply(to_proto(user, user_pb2.User))

    def _save_member(self, tx: Transaction, user: User) -> None:
        users.save(tx, user)
        revocations.outdate_user(tx, user.id, self.app.clock())


def _check_unit(tx: Transaction, team: Team) -> None:
    business_units.check_known(tx, team.business_unit_id, field="team.business_unit_id")
