"""Sessions: refresh tokens that work once, told apart from forgeries; ends with a reason (PLT-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Unauthenticated
from services.directory.sessions.domain import (
    RefreshToken,
    Session,
    SessionEndReason,
    SessionRevoked,
    SessionStarted,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIFETIME = timedelta(days=14)


def started() -> tuple[Session, RefreshToken]:
    session, token = Session(id="sess_na_1", owner_id="user_1"), RefreshToken.first("sess_na_1")
    assert session.start(token, NOW, LIFETIME) == SessionStarted("sess_na_1", "user_1")
    return session, token


def reason_of(session: Session, at: datetime) -> str:
    with pytest.raises(Unauthenticated) as refused:
        session.check_refreshable(at)
    return refused.value.reason


def test_a_refresh_token_survives_being_written_and_read() -> None:
    token = RefreshToken.first("sess_na_1")
    assert RefreshToken.parse(token.text) == token
    assert token.text.startswith("mrt_sess_na_1.")


@pytest.mark.parametrize("text", ["", "mrt_", "mrt_x.y", "x_sess.a.b", "mrt_a.b.c.d", "a.b.c"])
def test_what_is_no_refresh_token_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated, match="REFRESH_TOKEN_INVALID"):
        RefreshToken.parse(text)


def test_only_the_latest_token_has_not_been_used() -> None:
    session, first = started()
    second = first.next()
    assert not session.used_before(first)
    session.rotate(second, NOW, LIFETIME)
    assert session.used_before(first)
    assert not session.used_before(second)
    assert session.issued(first)
    assert session.issued(second)


def test_a_forgery_is_not_one_of_the_sessions_tokens() -> None:
    session, _ = started()
    assert not session.issued(RefreshToken.first("sess_na_1"))


def test_neither_part_of_a_token_is_kept() -> None:
    session, token = started()
    kept = repr(session)
    assert token.family not in kept
    assert token.turn not in kept


@given(st.lists(st.timedeltas(timedelta(), timedelta(days=13)), max_size=8))
def test_each_refresh_moves_the_end_on(pauses: list[timedelta]) -> None:
    session, token = started()
    at = NOW
    for pause in pauses:
        at += pause
        session.check_refreshable(at)
        token = token.next()
        session.rotate(token, at, LIFETIME)
    assert session.expire_time == at + LIFETIME
    assert reason_of(session, at + LIFETIME) == "REFRESH_TOKEN_INVALID"


def test_an_ended_session_stays_ended_for_its_first_reason() -> None:
    session, _ = started()
    assert session.end(SessionEndReason.SIGNED_OUT, NOW) == SessionRevoked(
        "sess_na_1", "user_1", SessionEndReason.SIGNED_OUT
    )
    assert session.end(SessionEndReason.REVOKED, NOW + timedelta(hours=1)) is None
    assert (session.end_reason, session.end_time) == (SessionEndReason.SIGNED_OUT, NOW)
    assert reason_of(session, NOW) == "SESSION_REVOKED"
