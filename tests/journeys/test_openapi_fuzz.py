"""The whole API as a stranger tries it: Schemathesis reads /openapi.json and sends what comes to its mind.

Every service runs on its real database behind a real gateway. No answer may be a server error, or
one that the description does not announce: status, content type, shape. SECONDS=600 tries longer,
SEED=… repeats a run.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chassis.configuration import parse
from chassis.settings import SERVICES, Settings
from chassis.tokens import Identity
from cli.assembly import manifest
from tests.component.gateway.conftest import Client
from tests.component.gateway.served import gateway
from tests.running import ISSUER, RunningService, signing_key, token

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
)
#: Those that others call come first.
CALLED = ("directory", "sales")
ORDER = (*CALLED, *(name for name in SERVICES if name not in CALLED))
EVERYTHING = Identity("user_na_fuzz", "session_na_fuzz", region="na", grants=("*@all",))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The configuration of the services, with keys and credentials of their own."""
    key, credentials = tmp_path / "signing-key.pem", tmp_path / "credentials.json"
    key.write_bytes(signing_key())
    credentials.write_text("{}")
    return parse(
        {
            "MERIDIAN_HOME": str(tmp_path),
            "MERIDIAN_TOKEN_ISSUER": ISSUER,
            "MERIDIAN_SIGNING_KEY_FILE": str(key),
            "MERIDIAN_SERVICE_CREDENTIALS_FILE": str(credentials),
        }
    )


@pytest.fixture
def everything(run_service: Callable[..., RunningService], settings: Settings) -> Iterator[Client]:
    """A gateway before all services, used by somebody who may do anything."""
    targets: dict[str, str] = {}
    for name in ORDER:
        neighbours = {called: targets[called] for called in CALLED if called in targets}
        targets[name] = run_service(manifest(name), settings=settings, **neighbours).address
    with gateway(targets, f"Bearer {token(EVERYTHING, lifetime=86_400)}") as client:
        yield client


def test_no_request_finds_a_server_error_or_an_undocumented_answer(
    everything: Client, tmp_path: Path
) -> None:
    seconds, seed = os.environ.get("SECONDS", "120"), os.environ.get("SEED", "1")
    run = subprocess.run(
        [
            "schemathesis",
            "run",
            f"{everything.base}/openapi.json",
            f"--header=Authorization:{everything.authorization}",
            f"--checks={','.join(CHECKS)}",
            f"--max-time={seconds}",
            f"--seed={seed}",
            "--max-examples=10",
            # One: CPython 3.11 mixes up the depths of ast.parse in several threads (gh-106905).
            "--workers=1",
            "--continue-on-failure",
            "--suppress-health-check=all",
            "--generation-database=none",
            "--generation-with-security-parameters=false",
            "--no-color",
            *os.environ.get("SCHEMATHESIS", "").split(),
        ],
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.journeys.fuzz_hooks"},
        capture_output=True,
        text=True,
        timeout=float(seconds) + 120,
    )
    print(run.stdout[-4_000:])
    assert run.returncode == 0, run.stdout[-30_000:] + run.stderr[-2_000:]
