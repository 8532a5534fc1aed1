"""A process believes the directory's keys, hears of revocations, and gets tokens of its own."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from meridian.directory.v1 import token_service_pb2 as tokens_pb2

from chassis.app import App
from chassis.configuration import parse
from chassis.database import Database, new_metadata
from chassis.errors import Unauthenticated
from chassis.keys import Jwks
from chassis.manifest import Service
from chassis.server import Server, Servicer
from chassis.settings import Settings
from chassis.tokens import Identity
from chassis.trust import FIRST_KEYS_SECONDS, ServiceCredential, Trust
from cli.processes import wait_until
from tests import running

SESSION = "ses_na_1"


class Directory(Servicer):
    """The directory as its neighbours see it, with the keys of the tests."""

    descriptor = tokens_pb2.DESCRIPTOR.services_by_name["TokenService"]
    revoked: list[str]

    def GetJwks(self, request: Any, call: Any) -> tokens_pb2.Jwks:
        return tokens_pb2.Jwks(keys=[tokens_pb2.Jwk(alg="EdDSA", **running._JWK)])

    def ListRevocations(self, request: Any, call: Any) -> tokens_pb2.ListRevocationsResponse:
        answer = tokens_pb2.ListRevocationsResponse()
        answer.as_of_time.GetCurrentTime()
        for session in self.revoked:
            revocation = answer.revocations.add(session_id=session)
            revocation.expire_time.FromSeconds(int(time.time()) + 300)
        return answer

    def ExchangeToken(self, request: Any, call: Any) -> tokens_pb2.ExchangedToken:
        if request.subject_token != "service_sales.s3cret":
            raise Unauthenticated("SERVICE_CREDENTIAL_INVALID")
        token = running.token(Identity(subject="service_sales", session="x"))
        return tokens_pb2.ExchangedToken(access_token=token, expires_in=300)


@pytest.fixture
def directory() -> Iterator[Server]:
    Directory.revoked = []
    service = Service("directory", Path(__file__).parent, new_metadata(), (Directory,))
    app = App(service, Database("sqlite://"))
    server = Server(app, running.verifier(), bind="127.0.0.1:0")
    server.start()
    yield server
    server.drain(0)
    app.database.close()


@pytest.fixture
def settings(directory: Server, tmp_path: Path) -> Settings:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps({"service_sales": "s3cret", "service_partners": "wrong"}))
    return parse(
        {
            "MERIDIAN_GRPC_TARGET_DIRECTORY": f"127.0.0.1:{directory.port}",
            "MERIDIAN_TOKEN_ISSUER": running.ISSUER,
            "MERIDIAN_SERVICE_CREDENTIALS_FILE": str(file),
        }
    )


@pytest.fixture
def trust(settings: Settings) -> Iterator[Trust]:
    made = Trust(settings)
    yield made
    made.close()


def test_a_token_is_good_until_its_session_is_revoked(trust: Trust) -> None:
    token = running.token(Identity(subject="usr_na_1", session=SESSION))
    assert trust.verifier.verify(token).subject == "usr_na_1"

    Directory.revoked.append(SESSION)

    def refused() -> bool:
        try:
            trust.verifier.verify(token)
        except Unauthenticated as error:
            return error.reason == "SESSION_REVOKED"
        return False

    assert wait_until(refused, 5)


def test_the_first_keys_are_asked_for_until_they_come(settings: Settings) -> None:
    def keys() -> Jwks:
        attempts.append(None)
        if len(attempts) < 2:
            raise ConnectionError("no answer")
        return {"keys": []}

    attempts: list[None] = []
    with contextlib.closing(Trust(settings, keys=keys)) as trust:
        trust.wait_for_keys(threading.Event())

    assert len(attempts) == 2


def test_who_is_asked_to_stop_does_not_wait_for_keys(settings: Settings) -> None:
    def keys() -> Jwks:
        raise ConnectionError("no answer")

    asked = threading.Event()
    asked.set()
    began = time.monotonic()
    with contextlib.closing(Trust(settings, keys=keys)) as trust:
        trust.wait_for_keys(asked)

    assert time.monotonic() - began < FIRST_KEYS_SECONDS / 2


def test_a_service_gets_its_own_token(trust: Trust, settings: Settings) -> None:
    credential = trust.credential(settings, "sales")

    scheme, _, token = credential.authorization().partition(" ")

    assert scheme == "Bearer"
    assert trust.verifier.verify(token).subject == "service_sales"
    assert credential.authorization() == f"Bearer {token}"


def test_a_wrong_secret_is_refused(trust: Trust, settings: Settings) -> None:
    with pytest.raises(Unauthenticated, match="SERVICE_CREDENTIAL_INVALID"):
        trust.credential(settings, "partners").authorization()


def test_a_missing_secret_is_named(trust: Trust, settings: Settings) -> None:
    with pytest.raises(LookupError, match="no secret for service_marketing"):
        trust.credential(settings, "marketing").authorization()


def test_a_token_is_renewed_before_it_expires(settings: Settings) -> None:
    now = [0.0]
    given = iter(["first", "second"])
    credential = ServiceCredential(
        settings.service_credentials_file,
        "sales",
        lambda secret: (next(given), 300.0),
        monotonic=lambda: now[0],
    )

    assert credential.authorization() == "Bearer first"
    now[0] = 269.0
    assert credential.authorization() == "Bearer first"
    now[0] = 270.0
    assert credential.authorization() == "Bearer second"
