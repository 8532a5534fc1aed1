"""Roles, business units and teams through real gRPC on a real PostgreSQL (PLT-2)."""

from __future__ import annotations

from typing import Any

import pytest
from meridian.directory.v1 import (
    business_unit_pb2,
    business_unit_service_pb2,
    role_service_pb2,
    team_pb2,
    team_service_pb2,
    user_service_pb2,
)

from chassis.errors import AlreadyExists, Invalid, NotFound, Refused
from services.directory.bootstrap import write_built_in
from services.directory.roles.built_in import built_in_roles
from tests.component.directory.acting import (
    ROLES,
    TEAMS,
    UNITS,
    USERS,
    add_active_user,
    add_user,
    refusal_of,
    sign_in,
)
from tests.running import Caller, RunningService, verifier


def add_unit(admin: Caller, name: str, parent_id: str = "") -> business_unit_pb2.BusinessUnit:
    request = business_unit_service_pb2.CreateBusinessUnitRequest(
        business_unit={"name": name, "parent_id": parent_id}
    )
    return admin.call(UNITS).CreateBusinessUnit(request)


def move(admin: Caller, unit_id: str, parent_id: str) -> business_unit_pb2.BusinessUnit:
    request = business_unit_service_pb2.UpdateBusinessUnitRequest(
        business_unit={"id": unit_id, "parent_id": parent_id}, update_mask={"paths": ["parent_id"]}
    )
    return admin.call(UNITS).UpdateBusinessUnit(request)


def add_team(admin: Caller, unit_id: str, name: str = "Blue") -> team_pb2.Team:
    request = team_service_pb2.CreateTeamRequest(team={"name": name, "business_unit_id": unit_id})
    return admin.call(TEAMS).CreateTeam(request)


def add_role(admin: Caller, **fields: Any) -> Any:
    described = {"slug": "auditor", "name": "Auditor", "grants": ["sales.*.read@region"]} | fields
    return admin.call(ROLES).CreateRole(role_service_pb2.CreateRoleRequest(role=described))


def test_the_built_in_roles_are_there(admin: Caller) -> None:
    request = role_service_pb2.ListRolesRequest(filter="built_in = true", page_size=200)

    roles = admin.call(ROLES).ListRoles(request).roles

    assert {role.id: tuple(role.grants) for role in roles} == {
        slug: role.grants for slug, role in built_in_roles().items()
    }


def test_an_upgrade_brings_built_in_roles_up_to_date(directory: RunningService) -> None:
    roles = directory.app.service.metadata.tables["roles"]
    with directory.database.writing() as connection:
        connection.execute(roles.update().where(roles.c.id == "agent").values(grants=["x.y.z@own"]))
        connection.execute(roles.delete().where(roles.c.id == "marketer"))

    write_built_in(directory.app)
    write_built_in(directory.app)

    stored = {row["id"]: (row["version"], row["grants"]) for row in directory.table("roles")}
    assert stored["agent"] == (2, list(built_in_roles()["agent"].grants))
    assert stored["marketer"] == (1, list(built_in_roles()["marketer"].grants))
    assert stored["customer"][0] == 1


def test_a_region_adds_changes_and_removes_a_role(directory: RunningService, admin: Caller) -> None:
    role = add_role(admin)
    assert (role.id, role.built_in) == ("auditor", False)

    update = role_service_pb2.UpdateRoleRequest(
        role={"id": "auditor", "grants": ["*.*.read@region"]}
    )
    assert list(admin.call(ROLES).UpdateRole(update).grants) == ["*.*.read@region"]
    assert isinstance(refusal_of(lambda: add_role(admin)), AlreadyExists)

    add_user(admin, "auditor")
    delete = role_service_pb2.DeleteRoleRequest(id="auditor")
    assert refusal_of(lambda: admin.call(ROLES).DeleteRole(delete)).reason == "ROLE_IN_USE"
    user = admin.call(USERS).ListUsers(user_service_pb2.ListUsersRequest()).users[0]
    admin.call(USERS).AssignRoles(user_service_pb2.AssignRolesRequest(id=user.id))
    admin.call(ROLES).DeleteRole(delete)

    assert "auditor" not in {row["id"] for row in directory.table("roles")}
    role_events = [event for event in directory.events() if event.startswith("Role")]
    assert role_events == ["RoleCreated", "RoleUpdated", "RoleDeleted"]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"grants": ["sales.*"]}, "role.grants[0]", "GRANT_INVALID"),
        ({"grants": []}, "role.grants", "REPEATED_MIN_ITEMS"),
        ({"slug": "Not A Slug"}, "role.slug", "STRING_PATTERN"),
    ],
)
def test_a_wrong_role_is_refused(
    admin: Caller, fields: dict[str, Any], field: str, reason: str
) -> None:
    refusal = refusal_of(lambda: add_role(admin, **fields))

    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [(field, reason)]


def test_built_in_roles_cannot_be_changed(directory: RunningService, admin: Caller) -> None:
    update = role_service_pb2.UpdateRoleRequest(role={"id": "agent", "name": "King"})
    delete = role_service_pb2.DeleteRoleRequest(id="agent")

    assert isinstance(refusal_of(lambda: admin.call(ROLES).UpdateRole(update)), Refused)
    assert refusal_of(lambda: admin.call(ROLES).DeleteRole(delete)).reason == "ROLE_BUILT_IN"
    assert {row["name"] for row in directory.table("roles") if row["id"] == "agent"} == {
        "Contact-centre agent"
    }


def test_who_works_high_in_the_tree_sees_all_below(
    directory: RunningService, admin: Caller
) -> None:
    top = add_unit(admin, "Group")
    sales, service = add_unit(admin, "Sales", top.id), add_unit(admin, "Service", top.id)
    east = add_unit(admin, "East", sales.id)
    add_active_user(admin, business_unit_id=sales.id)

    before = verifier().verify(sign_in(directory).access_token)
    move(admin, service.id, east.id)
    after = verifier().verify(sign_in(directory).access_token)

    assert (before.business_unit, before.business_units) == (sales.id, (sales.id, east.id))
    assert after.business_units == (sales.id, east.id, service.id)
    assert directory.events().count("BusinessUnitMoved") == 1


def test_the_tree_stays_a_tree(directory: RunningService, admin: Caller) -> None:
    top = add_unit(admin, "Group")
    below = add_unit(admin, "Sales", top.id)

    assert refusal_of(lambda: move(admin, top.id, below.id)).reason == "PARENT_BELOW_ITSELF"
    assert refusal_of(lambda: add_unit(admin, "X", "bu_na_x")).reason == "PARENT_UNKNOWN"
    assert {row["id"]: row["parent_id"] for row in directory.table("business_units")} == {
        top.id: "",
        below.id: top.id,
    }


def test_a_unit_in_use_stays(directory: RunningService, admin: Caller) -> None:
    top = add_unit(admin, "Group")
    below = add_unit(admin, "Sales", top.id)
    team = add_team(admin, below.id)

    def delete(unit_id: str) -> None:
        request = business_unit_service_pb2.DeleteBusinessUnitRequest(id=unit_id)
        admin.call(UNITS).DeleteBusinessUnit(request)

    assert refusal_of(lambda: delete(top.id)).reason == "BUSINESS_UNIT_IN_USE"
    assert refusal_of(lambda: delete(below.id)).reason == "BUSINESS_UNIT_IN_USE"
    admin.call(TEAMS).DeleteTeam(team_service_pb2.DeleteTeamRequest(id=team.id))
    delete(below.id)
    delete(top.id)
    assert directory.table("business_units") == []


def test_members_come_and_go_and_their_old_tokens_are_void(
    directory: RunningService, admin: Caller
) -> None:
    team = add_team(admin, add_unit(admin, "Sales").id)
    user = add_active_user(admin)
    add = team_service_pb2.AddMemberRequest(id=team.id, user_id=user.id)

    joined = admin.call(TEAMS).AddMember(add)
    again = admin.call(TEAMS).AddMember(add)
    identity = verifier().verify(sign_in(directory).access_token)

    assert (joined.team_id, list(joined.team_ids)) == (team.id, [team.id])
    assert again == joined
    assert identity.teams == (team.id,)
    assert len(directory.table("revocations")) == 1

    delete = team_service_pb2.DeleteTeamRequest(id=team.id)
    assert refusal_of(lambda: admin.call(TEAMS).DeleteTeam(delete)).reason == "TEAM_IN_USE"
    remove = team_service_pb2.RemoveMemberRequest(id=team.id, user_id=user.id)
    left = admin.call(TEAMS).RemoveMember(remove)
    admin.call(TEAMS).DeleteTeam(delete)

    assert (left.team_id, list(left.team_ids)) == ("", [])
    team_events = [event for event in directory.events() if event.startswith("Team")]
    assert team_events == ["TeamCreated", "TeamMemberAdded", "TeamMemberRemoved", "TeamDeleted"]


def test_members_and_teams_must_exist(admin: Caller) -> None:
    team = add_team(admin, add_unit(admin, "Sales").id)
    nobody = team_service_pb2.AddMemberRequest(id=team.id, user_id="user_na_x")
    nowhere = team_service_pb2.AddMemberRequest(id="team_na_x", user_id="user_na_x")

    assert refusal_of(lambda: admin.call(TEAMS).AddMember(nobody)).reason == "USER_UNKNOWN"
    assert isinstance(refusal_of(lambda: admin.call(TEAMS).AddMember(nowhere)), NotFound)
    assert refusal_of(lambda: add_team(admin, "bu_na_x")).reason == "BUSINESS_UNIT_UNKNOWN"
