"""A home is one platform's alone, says what runs on it, and keeps secrets to itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.configuration import parse
from chassis.settings import SERVICES
from cli import secrets
from cli.failure import Failure
from cli.home import Home, Running


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


def test_what_runs_is_found_until_it_ends(home: Home) -> None:
    assert home.running() is None
    running = Running(os.getpid(), {"sales": "postgresql:///sales"}, "nats://127.0.0.1:4222")

    home.announce(running)

    assert home.running() == running
    home.withdraw()
    assert home.running() is None


def test_what_was_killed_does_not_run(home: Home) -> None:
    killed = Running(2**22 + 1, {}, "")
    home.announce(killed)

    assert home.running() is None
    assert home.last_run() == killed


def test_addresses_are_secret_because_they_hold_a_password(home: Home) -> None:
    home.announce(Running(1, {}, "nats://meridian:pw@127.0.0.1:4222"))

    assert (home.path / "run" / "addresses.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_stays_with_its_region(home: Home) -> None:
    home.claim("emea")
    home.claim("emea")

    with pytest.raises(
        Failure, match="is the folder of the region emea, and MERIDIAN_REGION is na"
    ):
        home.claim("na")


def test_reset_leaves_an_empty_folder(home: Home) -> None:
    home.postgres.mkdir()
    (home.secrets / "nats-password").write_text("x")
    home.sample_loaded.touch()
    home.claim("na")

    home.empty()

    assert list(home.path.iterdir()) == []
    home.empty()


def test_a_reset_touches_nothing_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()

    Home(tmp_path).empty()

    assert [file.name for file in tmp_path.iterdir()] == ["postgres"]


def test_a_home_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(
        Failure, match=r"MERIDIAN_HOME=.*/file/home cannot be used: Not a directory"
    ):
        Home(tmp_path / "file" / "home").prepare()


def test_a_large_log_is_put_aside(home: Home) -> None:
    with home.log.open("wb") as log:
        log.truncate(60_000_000)

    home.prepare()

    assert not home.log.exists()
    assert (home.logs / "meridian.log.1").stat().st_size == 60_000_000


def test_secrets_are_made_once(home: Home) -> None:
    settings = parse({"MERIDIAN_HOME": str(home.path)})

    secrets.ensure(settings, home)
    first = {file.name: file.read_bytes() for file in home.secrets.iterdir()}
    secrets.ensure(settings, home)

    assert {file.name: file.read_bytes() for file in home.secrets.iterdir()} == first
    credentials = json.loads(first["service-credentials.json"])
    assert sorted(credentials) == sorted(f"service_{name}" for name in SERVICES)
    assert len(set(credentials.values())) == len(SERVICES)
    key = load_pem_private_key(first["signing-key.pem"], password=None)
    assert isinstance(key, Ed25519PrivateKey)
    assert {file.stat().st_mode & 0o777 for file in home.secrets.iterdir()} == {0o600}


def test_secrets_configured_elsewhere_are_left_to_their_owner(home: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    settings = parse(
        {
            "MERIDIAN_HOME": str(home.path),
            "MERIDIAN_SIGNING_KEY_FILE": str(elsewhere / "key.pem"),
            "MERIDIAN_SERVICE_CREDENTIALS_FILE": str(elsewhere / "credentials.json"),
        }
    )

    secrets.ensure(settings, home)

    assert not elsewhere.exists()
    assert list(home.secrets.iterdir()) == []


def test_passwords_are_made_once(home: Home) -> None:
    assert secrets.nats_password(home) == secrets.nats_password(home)
    assert len(secrets.sample_password(home)) == 19
