"""Logging in, staying logged in, logging out, through real gRPC on a real PostgreSQL (PLT-2)."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from meridian.directory.v1 import session_pb2, session_service_pb2, user_pb2, user_service_pb2

from chassis.errors import Denied, NotFound, Unauthenticated
from services.directory.passwords import hashing
from services.directory.passwords.domain import FAILURES_BEFORE_LOCK
from tests.component.directory.acting import (
    EMAIL,
    PASSWORD,
    SESSIONS,
    USERS,
    add_active_user,
    add_user,
    refresh,
    refusal_of,
    sign_in,
)
from tests.running import Caller, RunningService, verifier


def test_logging_in_gives_tokens_that_every_service_believes(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin, "sales_representative")

    tokens = sign_in(directory)

    identity = verifier().verify(tokens.access_token)
    assert (identity.subject, identity.session) == (user.id, tokens.session.id)
    assert (identity.name, identity.region) == ("Ann Lee", "na")
    assert identity.roles == ("sales_representative",)
    assert "sales.quotes.update@own" in identity.grants
    assert (tokens.token_type, tokens.expires_in) == ("Bearer", 300)
    assert tokens.session.state == session_pb2.SESSION_STATE_ACTIVE
    assert directory.events() == ["UserCreated", "SessionStarted"]


def test_the_address_is_read_in_any_case(directory: RunningService, admin: Caller) -> None:
    user = add_active_user(admin)

    assert sign_in(directory, email="ANN.Lee@Example.com").session.owner_id == user.id


def test_a_wrong_address_and_a_wrong_password_are_told_alike(
    directory: RunningService, admin: Caller
) -> None:
    add_active_user(admin)
    add_user(admin, email="invited@example.com")

    refusals = [
        refusal_of(lambda: sign_in(directory, email="nobody@example.com")),
        refusal_of(lambda: sign_in(directory, password="wrong")),
        refusal_of(lambda: sign_in(directory, email="invited@example.com")),
    ]

    assert {type(refusal) for refusal in refusals} == {Unauthenticated}
    assert {(refusal.reason, *refusal.params) for refusal in refusals} == {("SIGN_IN_FAILED",)}
    assert directory.table("sessions") == []


def test_every_failed_log_in_costs_the_work_of_one_hash(
    directory: RunningService, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_active_user(admin)
    add_user(admin, email="invited@example.com")
    checked = []

    class Counting:
        """The real hasher, counting what it checks."""

        def verify(self, kept: str, password: str) -> bool:
            checked.append(kept.rpartition("$")[0].rpartition("$")[0])
            return hasher.verify(kept, password)

    hasher = hashing._HASHER
    monkeypatch.setattr(hashing, "_HASHER", Counting())
    for email in (EMAIL, "nobody@example.com", "invited@example.com"):
        refusal_of(lambda e=email: sign_in(directory, "wrong", e))

    assert checked == ["$argon2id$v=19$m=19456,t=2,p=1"] * 3


def test_guessing_is_stopped_even_for_the_right_password(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin)
    for _ in range(FAILURES_BEFORE_LOCK):
        refusal_of(lambda: sign_in(directory, password="wrong"))

    assert refusal_of(lambda: sign_in(directory)).reason == "SIGN_IN_FAILED"

    locked = admin.call(USERS).GetUser(user_service_pb2.GetUserRequest(id=user.id))
    assert locked.state == user_pb2.USER_STATE_LOCKED
    assert directory.events()[-1] == "UserLocked"
    assert [row["failures"] for row in directory.table("credentials")] == [FAILURES_BEFORE_LOCK]


def test_a_lock_out_ends_by_itself_and_by_an_administrator(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin)
    for _ in range(FAILURES_BEFORE_LOCK):
        refusal_of(lambda: sign_in(directory, password="wrong"))

    admin.call(USERS).UnlockUser(user_service_pb2.UnlockUserRequest(id=user.id))
    assert sign_in(directory).session.owner_id == user.id

    for _ in range(FAILURES_BEFORE_LOCK):
        refusal_of(lambda: sign_in(directory, password="wrong"))
    usual = directory.app.clock
    directory.app.clock = lambda: usual() + timedelta(minutes=1, seconds=1)
    tokens = sign_in(directory)

    assert tokens.session.owner_id == user.id
    assert [row["state"] for row in directory.table("users")] == ["active"]
    assert [row["failures"] for row in directory.table("credentials")] == [0]


def test_a_refresh_gives_the_next_tokens_with_the_rights_of_now(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin, "agent")
    first = sign_in(directory)
    assign = user_service_pb2.AssignRolesRequest(id=user.id, role_ids=["supervisor"])
    admin.call(USERS).AssignRoles(assign)

    second = refresh(directory, first.refresh_token)
    third = refresh(directory, second.refresh_token)

    assert verifier().verify(second.access_token).roles == ("supervisor",)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert third.session.id == first.session.id


def test_a_refresh_token_used_twice_ends_the_session(
    directory: RunningService, admin: Caller
) -> None:
    add_active_user(admin)
    stolen = sign_in(directory).refresh_token
    following = refresh(directory, stolen).refresh_token

    refusal = refusal_of(lambda: refresh(directory, stolen))

    assert isinstance(refusal, Unauthenticated)
    assert refusal.reason == "REFRESH_TOKEN_REUSED"
    assert refusal_of(lambda: refresh(directory, following)).reason == "SESSION_REVOKED"
    assert [row["end_reason"] for row in directory.table("sessions")] == ["refresh_reused"]
    assert len(directory.table("revocations")) == 1
    assert directory.events()[-1] == "SessionRevoked"


def test_a_forged_refresh_token_does_not_end_the_session(
    directory: RunningService, admin: Caller
) -> None:
    add_active_user(admin)
    tokens = sign_in(directory)

    for forged in (
        f"mrt_{tokens.session.id}.guess.guess",
        "mrt_sess_na_x.a.b",
        "mrt_a.b",
        "nonsense",
        tokens.access_token[:200],
    ):
        forgery = forged
        assert refusal_of(lambda f=forgery: refresh(directory, f)).reason == "REFRESH_TOKEN_INVALID"

    assert refresh(directory, tokens.refresh_token).session.id == tokens.session.id


def test_an_expired_session_is_not_refreshed(directory: RunningService, admin: Caller) -> None:
    add_active_user(admin)
    tokens = sign_in(directory)
    usual = directory.app.clock
    directory.app.clock = lambda: usual() + timedelta(days=14, seconds=1)

    refusal = refusal_of(lambda: refresh(directory, tokens.refresh_token))

    assert refusal.reason == "REFRESH_TOKEN_INVALID"


def test_users_see_and_end_their_own_sessions_alone(
    directory: RunningService, admin: Caller
) -> None:
    user = add_active_user(admin)
    add_active_user(admin, email="bob@example.com", name="Bob")
    mine = sign_in(directory).session
    bobs = sign_in(directory, email="bob@example.com").session
    ann = directory.caller(user.id, "directory.sessions.*@own").call(SESSIONS)

    listed = ann.ListSessions(session_service_pb2.ListSessionsRequest())
    ended = ann.RevokeSession(session_service_pb2.RevokeSessionRequest(id=mine.id))
    refusal = refusal_of(
        lambda: ann.RevokeSession(session_service_pb2.RevokeSessionRequest(id=bobs.id))
    )

    assert [session.id for session in listed.sessions] == [mine.id]
    assert ended.end_reason == session_pb2.SESSION_END_REASON_SIGNED_OUT
    assert isinstance(refusal, NotFound)
    states = {row["id"]: row["state"] for row in directory.table("sessions")}
    assert states == {mine.id: "ended", bobs.id: "active"}


def test_ending_a_session_again_changes_nothing(directory: RunningService, admin: Caller) -> None:
    add_active_user(admin)
    session = sign_in(directory).session
    revoke = session_service_pb2.RevokeSessionRequest(id=session.id)

    first = admin.call(SESSIONS).RevokeSession(revoke)
    second = admin.call(SESSIONS).RevokeSession(revoke)

    assert first == second
    assert first.end_reason == session_pb2.SESSION_END_REASON_REVOKED
    assert directory.events().count("SessionRevoked") == 1


def test_all_sessions_of_a_user_end_at_once(directory: RunningService, admin: Caller) -> None:
    user = add_active_user(admin)
    tokens = [sign_in(directory) for _ in range(3)]

    answer = admin.call(SESSIONS).RevokeSessions(
        session_service_pb2.RevokeSessionsRequest(id=user.id)
    )

    assert answer.count == 3
    for each in tokens:
        text = each.refresh_token
        assert refusal_of(lambda t=text: refresh(directory, t)).reason == "SESSION_REVOKED"


def test_without_the_permission_no_session_is_seen(directory: RunningService) -> None:
    refusal = refusal_of(
        lambda: (
            directory.caller("user_x")
            .call(SESSIONS)
            .ListSessions(session_service_pb2.ListSessionsRequest())
        )
    )

    assert isinstance(refusal, Denied)


def test_neither_password_nor_tokens_are_logged_stored_or_announced(
    directory: RunningService, admin: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        add_active_user(admin)
        tokens = sign_in(directory)
        refusal_of(lambda: sign_in(directory, password="a wrong secret phrase"))
        refresh(directory, tokens.refresh_token)

    tables = [directory.table(table) for table in directory.app.service.metadata.tables]
    written = caplog.text + repr(tables)
    for secret in (
        PASSWORD,
        "a wrong secret phrase",
        tokens.access_token,
        *tokens.refresh_token.split(".")[1:],
    ):
        assert secret not in written
    assert EMAIL not in repr(directory.table("outbox"))


def test_an_idempotency_key_does_not_keep_tokens(directory: RunningService, admin: Caller) -> None:
    add_active_user(admin)
    request = session_service_pb2.CreateSessionRequest(email=EMAIL, password=PASSWORD)
    keyed = directory.caller("nobody").with_key("key-1").call(SESSIONS)

    first, second = keyed.CreateSession(request), keyed.CreateSession(request)

    assert first.session.id != second.session.id
    assert directory.table("idempotency_keys") == []
