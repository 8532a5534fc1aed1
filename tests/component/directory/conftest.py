"""A running directory whose tokens are believed, and the people who use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.configuration import parse
from chassis.settings import Settings
from services.directory.manifest import SERVICE
from tests.running import ISSUER, Caller, RunningService, signing_key

LOGIN = "https://login.example.org"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The configuration of a directory with keys and credentials of its own."""
    key, credentials = tmp_path / "signing-key.pem", tmp_path / "credentials.json"
    key.write_bytes(signing_key())
    credentials.write_text(json.dumps({"service_sales": "sales-secret"}))
    outside = {"issuer": LOGIN, "audience": "meridian-login", "jwks_url": "http://127.0.0.1:9/jwks"}
    return parse(
        {
            "MERIDIAN_HOME": str(tmp_path),
            "MERIDIAN_TOKEN_ISSUER": ISSUER,
            "MERIDIAN_SIGNING_KEY_FILE": str(key),
            "MERIDIAN_SERVICE_CREDENTIALS_FILE": str(credentials),
            "MERIDIAN_OIDC_ISSUERS": json.dumps([outside]),
        }
    )


@pytest.fixture
def directory(run_service: Callable[..., RunningService], settings: Settings) -> RunningService:
    """A running directory."""
    return run_service(SERVICE, settings=settings)


@pytest.fixture
def admin(directory: RunningService) -> Caller:
    """A regional administrator."""
    return directory.caller("user_admin", "*@region", region="na")
