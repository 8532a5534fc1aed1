"""Users through real gRPC on a real PostgreSQL (PLT-2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from meridian.directory.v1 import user_pb2, user_service_pb2

from chassis.errors import Aborted, AlreadyExists, Denied, Invalid, NotFound, Refused
from services.directory.bootstrap import ensure_administrator
from tests.component.directory.acting import (
    EMAIL,
    PASSWORD,
    USERS,
    add_active_user,
    add_user,
    refresh,
    refusal_of,
    sign_in,
)
from tests.running import Caller, RunningService, verifier


def listed(caller: Caller, **query: object) -> list[str]:
    request = user_service_pb2.ListUsersRequest(**query)
    return [user.name for user in caller.call(USERS).ListUsers(request).users]


def test_a_user_is_added_read_and_announced(directory: RunningService, admin: Caller) -> None:
    created = add_user(admin, "agent", locale="zh-Hans")

    assert created.id.startswith("user_na_")
    assert (created.state, created.kind) == (
        user_pb2.USER_STATE_INVITED,
        user_pb2.USER_KIND_PERSON,
    )
    assert (list(created.role_ids), created.locale, created.etag) == (["agent"], "zh-Hans", "1")
    get = user_service_pb2.GetUserRequest(id=created.id)
    assert admin.call(USERS).GetUser(get) == created
    assert directory.events() == ["UserCreated"]
    assert EMAIL.encode() not in directory.table("outbox")[0]["payload"]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"email": "nobody"}, "user.email", "STRING_EMAIL"),
        ({"name": ""}, "user.name", "STRING_MIN_LEN"),
        ({"email": ""}, "user.email", "EMAIL_NEEDED"),
        ({"business_unit_id": "bu_x"}, "user.business_unit_id", "BUSINESS_UNIT_UNKNOWN"),
    ],
)
def test_a_wrong_field_is_named_and_nobody_is_added(
    directory: RunningService, admin: Caller, fields: dict[str, str], field: str, reason: str
) -> None:
    refusal = refusal_of(lambda: add_user(admin, **fields))

    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [(field, reason)]
    assert directory.table("users") == []
    assert directory.events() == []


def test_an_unknown_role_is_named(directory: RunningService, admin: Caller) -> None:
    refusal = refusal_of(lambda: add_user(admin, "agent", "king"))

    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [("role_ids[1]", "ROLE_UNKNOWN")]
    assert directory.table("users") == []


def test_an_address_is_one_users_alone(directory: RunningService, admin: Caller) -> None:
    add_user(admin)
    other = add_user(admin, email="bob@example.com", name="Bob")

    added = refusal_of(lambda: add_user(admin, email="ANN.LEE@example.com"))
    request = user_service_pb2.UpdateUserRequest(user={"id": other.id, "email": EMAIL})
    changed = refusal_of(lambda: admin.call(USERS).UpdateUser(request))

    assert isinstance(added, AlreadyExists)
    assert (added.reason, changed.reason) == ("EMAIL_TAKEN", "EMAIL_TAKEN")
    assert sorted(row["email"] for row in directory.table("users")) == [EMAIL, "bob@example.com"]


def test_giving_roles_needs_the_permission_for_it(directory: RunningService) -> None:
    clerk = directory.caller("user_clerk", "directory.users.create@region")

    refusal = refusal_of(lambda: add_user(clerk, "regional_administrator"))

    assert isinstance(refusal, Denied)
    assert refusal.params == {"permission": "directory.users.assign_roles"}
    assert directory.table("users") == []
    assert add_user(clerk).name == "Ann Lee"


def test_lists_filter_order_and_see_what_the_caller_may(
    directory: RunningService, admin: Caller
) -> None:
    ann = add_active_user(admin)
    add_user(admin, email="bob@example.com", name="Bob")
    add_user(admin, kind=user_pb2.USER_KIND_INTEGRATION, email="", name="ERP")

    assert listed(admin, order_by="name") == ["Ann Lee", "Bob", "ERP"]
    assert listed(admin, filter="state = ACTIVE", order_by="name desc") == ["ERP", "Ann Lee"]
    assert listed(admin, filter="kind = INTEGRATION") == ["ERP"]
    own = directory.caller(ann.id, "directory.users.read@own")
    assert listed(own) == ["Ann Lee"]


def test_nobody_sees_a_hash(directory: RunningService, admin: Caller) -> None:
    add_active_user(admin)
    user = admin.call(USERS).ListUsers(user_service_pb2.ListUsersRequest()).users[0]

    kept = directory.table("credentials")[0]["password_hash"]
    assert kept.startswith("$argon2id$")
    assert kept not in str(user)


def test_a_stale_etag_changes_nothing(directory: RunningService, admin: Caller) -> None:
    user = add_user(admin)
    request = user_service_pb2.UpdateUserRequest(user={"id": user.id, "name": "Other", "etag": "7"})

    refusal = refusal_of(lambda: admin.call(USERS).UpdateUser(request))

    assert isinstance(refusal, Aborted)
    assert [row["name"] for row in directory.table("users")] == ["Ann Lee"]


def test_changed_roles_void_the_tokens_from_before(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin, "agent")
    before = verifier().verify(sign_in(directory).access_token)

    assign = user_service_pb2.AssignRolesRequest(id=user.id, role_ids=["marketer"])
    changed = admin.call(USERS).AssignRoles(assign)
    after = verifier().verify(sign_in(directory).access_token)

    assert list(changed.role_ids) == ["marketer"]
    revoked = directory.table("revocations")
    assert [(row["user_id"], row["session_id"]) for row in revoked] == [(user.id, "")]
    assert before.issued < revoked[0]["before_time"].timestamp() <= after.issued
    assert directory.events()[-2:] == ["UserRolesChanged", "SessionStarted"]


def test_a_disabled_user_is_out_and_can_be_let_in_again(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin)
    tokens = sign_in(directory)

    disabled = admin.call(USERS).DisableUser(user_service_pb2.DisableUserRequest(id=user.id))

    assert disabled.state == user_pb2.USER_STATE_DISABLED
    assert refusal_of(lambda: sign_in(directory)).reason == "SIGN_IN_FAILED"
    assert refusal_of(lambda: refresh(directory, tokens.refresh_token)).reason == "SESSION_REVOKED"
    assert {(row["session_id"], row["user_id"]) for row in directory.table("revocations")} == {
        (tokens.session.id, ""),
        ("", user.id),
    }
    again = refusal_of(
        lambda: admin.call(USERS).DisableUser(user_service_pb2.DisableUserRequest(id=user.id))
    )
    assert isinstance(again, Refused)

    enabled = admin.call(USERS).EnableUser(user_service_pb2.EnableUserRequest(id=user.id))
    assert enabled.state == user_pb2.USER_STATE_ACTIVE
    assert sign_in(directory).session.owner_id == user.id
    assert [event for event in directory.events() if event.startswith("User")] == [
        "UserCreated",
        "UserDisabled",
        "UserEnabled",
    ]


@pytest.mark.parametrize("takes_away", ["roles", "access"])
def test_the_last_administrator_stays(
    directory: RunningService, admin: Caller, takes_away: str
) -> None:
    first = add_active_user(admin, "regional_administrator")
    request: Callable[[], object] = {
        "roles": lambda: admin.call(USERS).AssignRoles(
            user_service_pb2.AssignRolesRequest(id=first.id, role_ids=["agent"])
        ),
        "access": lambda: admin.call(USERS).DisableUser(
            user_service_pb2.DisableUserRequest(id=first.id)
        ),
    }[takes_away]

    refusal = refusal_of(request)
    assert isinstance(refusal, Refused)
    assert refusal.reason == "LAST_ADMINISTRATOR"
    assert [row["state"] for row in directory.table("users")] == ["active"]

    add_active_user(admin, "regional_administrator", email="bob@example.com", name="Bob Berg")
    request()


def test_everybody_can_read_who_they_are(directory: RunningService, admin: Caller) -> None:
    user = add_active_user(admin, "agent")
    tokens = sign_in(directory)
    identity = verifier().verify(tokens.access_token)
    caller = directory.caller(identity.subject, *identity.grants, roles=identity.roles, region="na")

    me = caller.call(USERS).GetMe(user_service_pb2.GetMeRequest())

    assert (me.user.id, me.user.name) == (user.id, "Ann Lee")
    assert [role.id for role in me.roles] == ["agent"]
    assert list(me.grants) == list(identity.grants)
    stranger = directory.caller("service_sales")
    assert isinstance(
        refusal_of(lambda: stranger.call(USERS).GetMe(user_service_pb2.GetMeRequest())), NotFound
    )


def test_the_first_administrator_is_made_once(directory: RunningService) -> None:
    def ensure(password: str) -> str:
        return ensure_administrator(
            directory.app, email="root@example.com", name="Root", password=password
        )

    first, second = ensure(PASSWORD), ensure("another long phrase")

    assert first == second
    tokens = sign_in(directory, email="root@example.com")
    assert "*@region" in verifier().verify(tokens.access_token).grants
    with pytest.raises(Invalid, match="PASSWORD_TOO_COMMON"):
        ensure("password1234")
