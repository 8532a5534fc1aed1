"""What the tests of directory do often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from meridian.directory.v1 import (
    api_key_service_pb2,
    business_unit_service_pb2,
    linked_identity_service_pb2,
    password_service_pb2,
    role_service_pb2,
    session_pb2,
    session_service_pb2,
    team_service_pb2,
    token_service_pb2,
    user_pb2,
    user_service_pb2,
)

from chassis.errors import MeridianError
from tests.running import Caller, RunningService

USERS = user_service_pb2.DESCRIPTOR.services_by_name["UserService"]
ROLES = role_service_pb2.DESCRIPTOR.services_by_name["RoleService"]
UNITS = business_unit_service_pb2.DESCRIPTOR.services_by_name["BusinessUnitService"]
TEAMS = team_service_pb2.DESCRIPTOR.services_by_name["TeamService"]
KEYS = api_key_service_pb2.DESCRIPTOR.services_by_name["ApiKeyService"]
SESSIONS = session_service_pb2.DESCRIPTOR.services_by_name["SessionService"]
PASSWORDS = password_service_pb2.DESCRIPTOR.services_by_name["PasswordService"]
TOKENS = token_service_pb2.DESCRIPTOR.services_by_name["TokenService"]
LINKS = linked_identity_service_pb2.DESCRIPTOR.services_by_name["LinkedIdentityService"]

PASSWORD = "correct horse battery staple"
EMAIL = "ann.lee@example.com"


def refusal_of(action: Callable[[], object]) -> MeridianError:
    """The error that this raises."""
    with pytest.raises(MeridianError) as refusal:
        action()
    return refusal.value


def add_user(admin: Caller, *role_ids: str, **fields: Any) -> user_pb2.User:
    """An invited user, Ann by default."""
    described = {"email": EMAIL, "name": "Ann Lee"} | fields
    request = user_service_pb2.CreateUserRequest(user=described, role_ids=role_ids)
    return admin.call(USERS).CreateUser(request)


def choose_password(admin: Caller, user_id: str, password: str = PASSWORD) -> None:
    """Make the user able to log in."""
    issue = password_service_pb2.IssuePasswordTokenRequest(id=user_id)
    token = admin.call(PASSWORDS).IssuePasswordToken(issue).token
    choose = password_service_pb2.SetPasswordRequest(token=token, password=password)
    admin.call(PASSWORDS).SetPassword(choose)


def add_active_user(admin: Caller, *role_ids: str, **fields: Any) -> user_pb2.User:
    """A user who can log in with PASSWORD."""
    user = add_user(admin, *role_ids, **fields)
    choose_password(admin, user.id)
    return admin.call(USERS).GetUser(user_service_pb2.GetUserRequest(id=user.id))


def sign_in(
    directory: RunningService, password: str = PASSWORD, email: str = EMAIL
) -> session_pb2.SessionTokens:
    """Log in, as somebody whom nobody knows yet."""
    nobody = directory.caller("nobody")
    request = session_service_pb2.CreateSessionRequest(email=email, password=password, client="t")
    return nobody.call(SESSIONS).CreateSession(request)


def refresh(directory: RunningService, refresh_token: str) -> session_pb2.SessionTokens:
    """Refresh a session."""
    request = session_service_pb2.RefreshSessionRequest(refresh_token=refresh_token)
    return directory.caller("nobody").call(SESSIONS).RefreshSession(request)


def exchange(
    directory: RunningService, subject_token: str, kind: str = "API_KEY"
) -> token_service_pb2.ExchangedToken:
    """Exchange a proof of identity for an access token."""
    request = token_service_pb2.ExchangeTokenRequest(
        subject_token=subject_token, subject_token_type=f"SUBJECT_TOKEN_TYPE_{kind}"
    )
    return directory.caller("nobody").call(TOKENS).ExchangeToken(request)
