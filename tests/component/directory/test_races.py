"""What happens at the same moment still happens one after the other (PLT-2)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from meridian.directory.events.v1 import user_events_pb2
from meridian.directory.v1 import api_key_service_pb2, user_service_pb2

from chassis.errors import MeridianError
from tests.component.directory.acting import (
    KEYS,
    USERS,
    add_active_user,
    add_user,
    exchange,
    refresh,
    sign_in,
)
from tests.running import Caller, RunningService, verifier

THREADS = 8


def outcome(act: Callable[[], object]) -> str:
    """The reason of the refusal; empty if there is none."""
    try:
        act()
    except MeridianError as error:
        return error.reason
    return ""


def test_a_refresh_token_sent_at_the_same_moment_works_once(
    directory: RunningService, admin: Caller
) -> None:
    add_active_user(admin)
    token = sign_in(directory).refresh_token

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(
            pool.map(lambda _: outcome(lambda: refresh(directory, token)), range(THREADS))
        )

    assert outcomes.count("") == 1
    assert outcomes.count("REFRESH_TOKEN_REUSED") == 1
    assert outcomes.count("SESSION_REVOKED") == THREADS - 2
    assert [row["state"] for row in directory.table("sessions")] == ["ended"]


def test_an_address_claimed_at_the_same_moment_is_one_users(
    directory: RunningService, admin: Caller
) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(lambda _: outcome(lambda: add_user(admin)), range(THREADS)))

    assert sorted(outcomes) == [""] + ["EMAIL_TAKEN"] * (THREADS - 1)
    assert len(directory.table("users")) == 1
    assert directory.events() == ["UserCreated"]


def test_a_token_has_the_rights_of_the_last_change_before_it(
    directory: RunningService, admin: Caller
) -> None:
    user = add_user(admin, "agent", "marketer", email="", name="ERP", kind="USER_KIND_INTEGRATION")
    request = api_key_service_pb2.CreateApiKeyRequest(
        api_key={"name": "export", "owner_id": user.id, "role_ids": ["agent", "marketer"]}
    )
    secret = admin.call(KEYS).CreateApiKey(request).secret

    def change(turn: int) -> None:
        roles = ["agent", "marketer"] if turn % 2 else ["agent"]
        assign = user_service_pb2.AssignRolesRequest(id=user.id, role_ids=roles)
        outcome(lambda: admin.call(USERS).AssignRoles(assign))

    with ThreadPoolExecutor(THREADS) as pool:
        turns, exchanged = [], []
        for turn in range(20):
            turns.append(pool.submit(change, turn))
            exchanged += [pool.submit(exchange, directory, secret) for _ in range(4)]
        for turn in turns:
            turn.result()
    tokens = [verifier().verify(each.result().access_token) for each in exchanged]

    # Changes happen under the lock of the user's row, so their events and moments are in one order.
    states = [("agent", "marketer"), *roles_announced(directory)]
    moments = sorted(row["before_time"].timestamp() for row in directory.table("revocations"))
    assert len(states) == len(moments) + 1
    for token in tokens:
        changes_before = sum(moment <= token.issued for moment in moments)
        assert token.roles == states[changes_before]


def roles_announced(directory: RunningService) -> list[tuple[str, ...]]:
    """The roles after each change, in order."""
    rows = sorted(directory.table("outbox"), key=lambda row: row["position"])
    return [
        tuple(user_events_pb2.UserRolesChanged.FromString(row["payload"]).role_ids)
        for row in rows
        if row["headers"]["ce-type"].endswith(".UserRolesChanged")
    ]
