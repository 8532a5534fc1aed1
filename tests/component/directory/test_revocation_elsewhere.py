"""What directory revokes is void at another service within five seconds (PLT-2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from meridian.directory.v1 import session_service_pb2, user_service_pb2
from meridian.marketing.v1 import lead_service_pb2

from chassis.app import utc_now
from chassis.call import Call
from chassis.client import Neighbours
from chassis.errors import MeridianError
from chassis.grants import Visibility
from chassis.manifest import Service
from chassis.settings import Settings
from chassis.tokens import Identity
from chassis.trust import Trust
from services.marketing.manifest import SERVICE as MARKETING
from tests.component.directory.acting import (
    SESSIONS,
    USERS,
    add_active_user,
    refresh,
    sign_in,
)
from tests.running import Caller, RunningService

LEADS = lead_service_pb2.DESCRIPTOR.services_by_name["LeadService"]
LIMIT_SECONDS = 5.0


class Marketing:
    """A marketing service that knows of the directory only what it asks it over gRPC."""

    def __init__(self, running: RunningService) -> None:
        self._neighbours = Neighbours({"marketing": running.address})

    def refusal(self, access_token: str) -> str:
        """Why a call with this token is refused; empty if it is not."""
        call = Call(
            Identity("", ""), "", Visibility.OWN, utc_now(), authorization=f"Bearer {access_token}"
        )
        try:
            self._neighbours.client(LEADS).ListLeads(lead_service_pb2.ListLeadsRequest(), call)
        except MeridianError as error:
            return error.reason
        return ""

    def refuses_within(self, access_token: str, reason: str) -> float:
        """Seconds until the token is refused for this reason."""
        began = time.monotonic()
        while self.refusal(access_token) != reason:
            assert time.monotonic() - began < LIMIT_SECONDS
        return time.monotonic() - began

    def close(self) -> None:
        self._neighbours.close()


@pytest.fixture
def trust(directory: RunningService, settings: Settings) -> Iterator[Trust]:
    at = replace(settings.services["directory"], grpc_target=directory.address)
    services = {**settings.services, "directory": at}
    made = Trust(replace(settings, services=services))
    yield made
    made.close()


@pytest.fixture
def marketing(service_database_url: Callable[[Service], str], trust: Trust) -> Iterator[Marketing]:
    running = RunningService(MARKETING, service_database_url(MARKETING), trusting=trust.verifier)
    made = Marketing(running)
    yield made
    made.close()
    running.stop()


def test_a_session_ended_is_void_elsewhere(
    directory: RunningService, admin: Caller, marketing: Marketing
) -> None:
    add_active_user(admin, "marketer")
    tokens, other = sign_in(directory), sign_in(directory)
    assert marketing.refusal(tokens.access_token) == ""

    admin.call(SESSIONS).RevokeSession(
        session_service_pb2.RevokeSessionRequest(id=tokens.session.id)
    )

    assert marketing.refuses_within(tokens.access_token, "SESSION_REVOKED") < LIMIT_SECONDS
    assert marketing.refusal(other.access_token) == ""


def test_rights_taken_away_are_gone_elsewhere_and_the_session_goes_on(
    directory: RunningService, admin: Caller, marketing: Marketing
) -> None:
    user = add_active_user(admin, "marketer")
    tokens = sign_in(directory)
    assert marketing.refusal(tokens.access_token) == ""

    admin.call(USERS).AssignRoles(
        user_service_pb2.AssignRolesRequest(id=user.id, role_ids=["platform_engineer"])
    )

    assert marketing.refuses_within(tokens.access_token, "TOKEN_EXPIRED") < LIMIT_SECONDS
    refreshed = refresh(directory, tokens.refresh_token)
    assert marketing.refusal(refreshed.access_token) == "PERMISSION_MISSING"


def test_a_disabled_user_is_out_elsewhere(
    directory: RunningService, admin: Caller, marketing: Marketing
) -> None:
    user = add_active_user(admin, "marketer")
    tokens = sign_in(directory)
    assert marketing.refusal(tokens.access_token) == ""

    admin.call(USERS).DisableUser(user_service_pb2.DisableUserRequest(id=user.id))

    assert marketing.refuses_within(tokens.access_token, "SESSION_REVOKED") < LIMIT_SECONDS


def test_a_token_of_a_stranger_is_never_believed(marketing: Marketing) -> None:
    assert marketing.refusal("a.b.c") == "TOKEN_INVALID"
    assert marketing.refusal("") == "TOKEN_MISSING"
