"""Choosing and changing passwords through real gRPC on a real PostgreSQL (PLT-2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from meridian.directory.v1 import password_service_pb2, user_pb2, user_service_pb2

from chassis.errors import Invalid, Refused
from services.directory.passwords.domain import FAILURES_BEFORE_LOCK, TOKEN_LIFETIME
from tests.component.directory.acting import (
    PASSWORD,
    PASSWORDS,
    USERS,
    add_active_user,
    add_user,
    choose_password,
    refresh,
    refusal_of,
    sign_in,
)
from tests.running import Caller, RunningService

OTHER = "a lantern on nine hills"


def issue(admin: Caller, user_id: str) -> str:
    request = password_service_pb2.IssuePasswordTokenRequest(id=user_id)
    token: str = admin.call(PASSWORDS).IssuePasswordToken(request).token
    return token


def choose(directory: RunningService, token: str, password: str = OTHER) -> None:
    request = password_service_pb2.SetPasswordRequest(token=token, password=password)
    directory.caller("nobody").call(PASSWORDS).SetPassword(request)


def change(caller: Caller, current: str, new: str) -> None:
    request = password_service_pb2.ChangePasswordRequest(current_password=current, new_password=new)
    caller.call(PASSWORDS).ChangePassword(request)


def test_an_invited_user_chooses_a_password_and_gets_in(
    directory: RunningService, admin: Caller
) -> None:
    user = add_user(admin)

    choose(directory, issue(admin, user.id))

    assert sign_in(directory, OTHER).session.owner_id == user.id
    assert [row["state"] for row in directory.table("users")] == ["active"]


def test_a_token_works_once_and_only_the_latest(directory: RunningService, admin: Caller) -> None:
    user = add_user(admin)
    first = issue(admin, user.id)
    second = issue(admin, user.id)

    replaced = refusal_of(lambda: choose(directory, first))
    choose(directory, second)
    used = refusal_of(lambda: choose(directory, second, PASSWORD))

    assert isinstance(replaced, Invalid)
    assert (replaced.reason, used.reason) == ("PASSWORD_TOKEN_INVALID", "PASSWORD_TOKEN_INVALID")
    assert sign_in(directory, OTHER).session.owner_id == user.id


def test_a_token_expires(directory: RunningService, admin: Caller) -> None:
    token = issue(admin, add_user(admin).id)
    usual = directory.app.clock
    directory.app.clock = lambda: usual() + TOKEN_LIFETIME + timedelta(seconds=1)

    assert refusal_of(lambda: choose(directory, token)).reason == "PASSWORD_TOKEN_INVALID"


@pytest.mark.parametrize("token", ["x", "mpt_user_na_x.y", "mpt_.y"])
def test_a_made_up_token_is_refused(directory: RunningService, token: str) -> None:
    assert refusal_of(lambda: choose(directory, token)).reason == "PASSWORD_TOKEN_INVALID"


def test_a_poor_password_is_refused_and_the_token_stays_good(
    directory: RunningService, admin: Caller
) -> None:
    token = issue(admin, add_user(admin).id)

    refusal = refusal_of(lambda: choose(directory, token, "short"))

    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [("password", "PASSWORD_TOO_SHORT")]
    choose(directory, token)


def test_a_reset_ends_every_session_and_a_lock_out(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin)
    tokens = sign_in(directory)
    for _ in range(FAILURES_BEFORE_LOCK):
        refusal_of(lambda: sign_in(directory, "wrong"))

    choose_password(admin, user.id, OTHER)

    assert refusal_of(lambda: sign_in(directory)).reason == "SIGN_IN_FAILED"
    assert sign_in(directory, OTHER).session.owner_id == user.id
    assert refusal_of(lambda: refresh(directory, tokens.refresh_token)).reason == "SESSION_REVOKED"


def test_changing_ones_own_password_keeps_this_session_alone(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin)
    other = sign_in(directory)
    ann = directory.caller(user.id)

    change(ann, PASSWORD, OTHER)

    assert sign_in(directory, OTHER).session.owner_id == user.id
    assert refusal_of(lambda: refresh(directory, other.refresh_token)).reason == "SESSION_REVOKED"
    ends = [row["end_reason"] for row in directory.table("sessions")]
    assert sorted(ends, key=str) == [None, "password_changed"]


def test_a_wrong_current_password_is_refused_and_counts(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin)
    ann = directory.caller(user.id)

    refusals = [
        refusal_of(lambda: change(ann, "wrong", OTHER)) for _ in range(FAILURES_BEFORE_LOCK)
    ]

    assert {refusal.reason for refusal in refusals} == {"PASSWORD_WRONG"}
    assert refusal_of(lambda: change(ann, PASSWORD, OTHER)).reason == "PASSWORD_WRONG"
    assert [row["state"] for row in directory.table("users")] == ["locked"]


def test_who_cannot_log_in_gets_no_token(directory: RunningService, admin: Caller) -> None:
    erp = add_user(admin, email="", name="ERP", kind=user_pb2.USER_KIND_INTEGRATION)
    ann = add_active_user(admin)
    admin.call(USERS).DisableUser(user_service_pb2.DisableUserRequest(id=ann.id))

    integration = refusal_of(lambda: issue(admin, erp.id))
    disabled = refusal_of(lambda: issue(admin, ann.id))

    assert isinstance(integration, Refused)
    assert (integration.reason, disabled.reason) == ("USER_HAS_NO_PASSWORD", "USER_DISABLED")
