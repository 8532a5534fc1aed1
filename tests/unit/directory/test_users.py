"""Users: who may get in, and what the verbs refuse (PLT-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, Refused
from services.directory.users.domain import (
    MOST_TEAMS,
    User,
    UserCreated,
    UserDisabled,
    UserEnabled,
    UserKind,
    UserLocked,
    UserRolesChanged,
    UserState,
    UserUnlocked,
    sign_in_name,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ann(state: UserState = UserState.ACTIVE) -> User:
    user = User(id="user_1", email="Ann@Example.com", name="Ann Lee", role_ids=("agent",))
    user.create()
    user.state = state
    return user


def test_a_person_starts_invited_and_an_integration_active() -> None:
    person = User(id="user_1", email="a@example.com", name="A", business_unit_id="bu_1")
    machine = User(id="user_2", name="ERP", kind=UserKind.INTEGRATION)

    assert person.create() == UserCreated("user_1", UserKind.PERSON, "bu_1", ())
    assert machine.create() == UserCreated("user_2", UserKind.INTEGRATION, "", ())
    assert (person.state, machine.state) == (UserState.INVITED, UserState.ACTIVE)
    assert (person.owner_id, person.sign_in_name) == ("user_1", "a@example.com")
    assert machine.sign_in_name is None


def test_a_person_needs_an_address() -> None:
    with pytest.raises(Invalid) as refused:
        User(id="user_1", name="A").create()
    assert (refused.value.reason, refused.value.violations[0].field) == (
        "EMAIL_NEEDED",
        "user.email",
    )


def test_the_kind_stays() -> None:
    user = ann()
    with pytest.raises(Invalid) as refused:
        user.revise({"name": "Other", "kind": UserKind.INTEGRATION})
    assert refused.value.reason == "KIND_FIXED"
    assert user.name == "Ann Lee"


def test_a_new_address_is_the_new_name_to_log_in_with() -> None:
    user = ann()
    user.revise({"email": "Ann.Li@Example.com"})
    assert user.sign_in_name == "ann.li@example.com"


def test_roles_are_replaced_and_the_former_ones_told() -> None:
    user = ann()
    assert user.assign_roles(("supervisor",)) == UserRolesChanged(
        "user_1", ("supervisor",), ("agent",)
    )


def test_disabling_and_enabling() -> None:
    user = ann()
    assert user.disable() == UserDisabled("user_1")
    assert not user.may_sign_in(NOW)
    assert not user.may_act
    with pytest.raises(Refused, match="USER_DISABLED"):
        user.disable()
    assert user.enable(has_password=True) == UserEnabled("user_1")
    assert user.state is UserState.ACTIVE
    with pytest.raises(Refused, match="USER_NOT_DISABLED"):
        user.enable(has_password=True)


@pytest.mark.parametrize(
    ("kind", "has_password", "state"),
    [
        (UserKind.PERSON, False, UserState.INVITED),
        (UserKind.PERSON, True, UserState.ACTIVE),
        (UserKind.INTEGRATION, False, UserState.ACTIVE),
    ],
)
def test_who_is_enabled_again_still_needs_a_password(
    kind: UserKind, has_password: bool, state: UserState
) -> None:
    user = ann(UserState.DISABLED)
    user.kind = kind
    user.enable(has_password=has_password)
    assert user.state is state


def test_a_lock_out_ends_by_time_or_by_hand() -> None:
    user = ann()
    until = NOW + timedelta(minutes=1)
    assert user.lock(until) == UserLocked("user_1", until)
    assert not user.may_sign_in(until - timedelta(microseconds=1))
    assert user.may_sign_in(until)
    assert user.may_act
    assert user.unlock() == UserUnlocked("user_1")
    assert (user.state, user.locked_until_time) == (UserState.ACTIVE, None)
    with pytest.raises(Refused, match="USER_NOT_LOCKED"):
        user.unlock()


def test_invited_users_neither_log_in_nor_act() -> None:
    user = ann(UserState.INVITED)
    assert not user.may_sign_in(NOW)
    assert not user.may_act


def test_too_many_teams_are_refused() -> None:
    user = ann()
    for number in range(MOST_TEAMS):
        user.join(f"team_{number}")
    with pytest.raises(Refused, match="TOO_MANY_TEAMS"):
        user.join("team_more")
    assert len(user.team_ids) == MOST_TEAMS


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcde")), max_size=30))
def test_teams_are_a_set_and_the_oldest_is_the_main_one(steps: list[tuple[bool, str]]) -> None:
    user, expected = ann(), list[str]()
    for joins, team in steps:
        if joins:
            assert user.join(team) is (team not in expected)
            expected += [] if team in expected else [team]
        else:
            assert user.leave(team) is (team in expected)
            expected = [each for each in expected if each != team]
    assert user.team_ids == tuple(expected)
    assert user.team_id == (expected[0] if expected else "")


def test_addresses_are_compared_without_case_and_space() -> None:
    assert sign_in_name("  STRASSE@Example.com ") == sign_in_name("straße@example.com")
