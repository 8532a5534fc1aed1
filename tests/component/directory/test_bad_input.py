"""What no client should send is refused by name and never breaks anything (PLT-2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from meridian.directory.v1 import (
    session_service_pb2,
    token_service_pb2,
    user_service_pb2,
)

from chassis.errors import Invalid
from tests.component.directory.acting import (
    SESSIONS,
    TOKENS,
    USERS,
    add_user,
    exchange,
    refresh,
    refusal_of,
    sign_in,
)
from tests.running import Caller, RunningService

NUL = "a\x00b"


@pytest.mark.parametrize("year", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"])
def test_the_ends_of_time_can_be_asked_for(directory: RunningService, year: str) -> None:
    since = Timestamp()
    since.FromJsonString(year)
    request = token_service_pb2.ListRevocationsRequest(since=since)

    answer = directory.caller("nobody").call(TOKENS).ListRevocations(request)

    assert list(answer.revocations) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda directory, admin: sign_in(directory, email=NUL),
        lambda directory, admin: sign_in(directory, password=NUL),
        lambda directory, admin: refresh(directory, f"mrt_{NUL}.a.b"),
        lambda directory, admin: exchange(directory, f"mak_{NUL}.b"),
        lambda directory, admin: add_user(admin, name=NUL),
        lambda directory, admin: admin.call(USERS).GetUser(user_service_pb2.GetUserRequest(id=NUL)),
        lambda directory, admin: admin.call(SESSIONS).ListSessions(
            session_service_pb2.ListSessionsRequest(filter=f'owner_id = "{NUL}"')
        ),
    ],
)
def test_a_nul_is_refused_everywhere(
    directory: RunningService, admin: Caller, act: Callable[[RunningService, Caller], object]
) -> None:
    refusal = refusal_of(lambda: act(directory, admin))

    assert isinstance(refusal, Invalid)
    assert directory.table("users") == []
