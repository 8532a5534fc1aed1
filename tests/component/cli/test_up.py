"""`meridian up` starts everything, keeps it running, keeps the data, and leaves nothing behind."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import jwt
import psycopg
import pytest

from chassis.settings import SERVICES
from cli.nats_server import free_port
from cli.processes import wait_until
from tests.component.cli.platform import Platform

#: What is promised to whoever starts it again; half of it was measured on two cores that had other work too.
SECOND_START_SECONDS = 10.0


@pytest.fixture(scope="module")
def platform(servers_folder: Path) -> Platform:
    """A platform whose home the tests of this module share, as far as they only read it."""
    shared = Platform(servers_folder / "home")
    shared.variables |= {
        "MERIDIAN_BACKUP_FOLDER": str(servers_folder / "backups"),
        "MERIDIAN_ARCHIVE_METRICS": f"127.0.0.1:{free_port()}",
    }
    return shared


@pytest.fixture(scope="module")
def running(platform: Platform) -> Iterator[subprocess.Popen[bytes]]:
    process = platform.start()
    yield process
    if process.poll() is None:
        assert platform.stop(process) == 0
    assert wait_until(lambda: not platform.processes(), 10), platform.processes()


def test_the_gateway_answers(platform: Platform, running: subprocess.Popen[bytes]) -> None:
    with urllib.request.urlopen(
        f"http://127.0.0.1:{platform.gateway}/healthz", timeout=5
    ) as answer:
        assert answer.status == 200


def test_it_starts_without_a_warning(platform: Platform, running: subprocess.Popen[bytes]) -> None:
    starting, _, _ = platform.output.read_text().partition("Meridian is running.")

    assert " info " in starting
    assert [
        line for line in starting.splitlines() if " warning " in line or " error " in line
    ] == []


def test_the_sample_people_can_log_in(platform: Platform, running: subprocess.Popen[bytes]) -> None:
    password = (platform.home / "secrets" / "sample-password").read_text()

    code, token = platform.run("token", "--user", "mei@meridian.example", given=password)

    assert code == 0
    claims = jwt.decode(token.strip(), options={"verify_signature": False})
    assert (claims["name"], claims["roles"]) == ("Mei Chen", ["marketer"])


def test_a_wrong_password_is_refused(platform: Platform, running: subprocess.Popen[bytes]) -> None:
    code, said = platform.run("token", "--user", "sam@meridian.example", given="not-the-password")

    assert code == 2
    assert said.startswith("meridian: POST /directory/v1/sessions: 401 ")


def test_a_service_has_a_token_too(platform: Platform, running: subprocess.Popen[bytes]) -> None:
    code, token = platform.run("token", "--service", "sales")

    assert code == 0
    claims = jwt.decode(token.strip(), options={"verify_signature": False})
    assert claims["sub"] == "service_sales"


def test_the_smoke_check_finds_every_service_answering(
    platform: Platform, running: subprocess.Popen[bytes]
) -> None:
    url = f"http://127.0.0.1:{platform.gateway}"

    code, said = platform.run("smoke", url, "--service", "marketing")

    assert (code, [line.split()[0] for line in said.splitlines()]) == (0, sorted(SERVICES))


def test_dead_letters_are_listed(platform: Platform, running: subprocess.Popen[bytes]) -> None:
    assert platform.run("deadletters", "list", "sales") == (
        0,
        "sales has no dead letters to settle\n",
    )
    code, said = platform.run("deadletters", "show", "sales", "dead_na_1")
    assert (code, said) == (2, "meridian: sales has no dead letter dead_na_1\n")


def test_it_is_archived(platform: Platform, running: subprocess.Popen[bytes]) -> None:
    def listed() -> str:
        return platform.run("backup", "--list")[1]

    assert wait_until(lambda: "restorable from" in listed(), 60), listed()
    address = platform.variables["MERIDIAN_ARCHIVE_METRICS"]
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
        metrics = answer.read().decode()
    (exposure,) = re.findall(r'meridian_archive_exposure_seconds{region="na"} (\S+)', metrics)
    assert 0 <= float(exposure) < 60
    assert platform.run("backup", "--verify")[0] == 0


def test_streams_are_not_discarded_while_somebody_works(
    platform: Platform, running: subprocess.Popen[bytes]
) -> None:
    code, said = platform.run("reconcile", "partners")

    assert code == 2
    assert re.search(r"a process that does \S+ runs: stop every `meridian work` first", said)


def test_secrets_are_their_owners_alone(
    platform: Platform, running: subprocess.Popen[bytes]
) -> None:
    files = sorted((platform.home / "secrets").iterdir())

    assert [file.name for file in files] == [
        "nats-password",
        "sample-password",
        "service-credentials.json",
        "signing-key.pem",
    ]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (platform.home / "run" / "addresses.json").stat().st_mode & 0o777 == 0o600
    assert (platform.home / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_second_one_on_the_same_home_is_told_so(
    platform: Platform, running: subprocess.Popen[bytes]
) -> None:
    other = Platform(platform.home)

    code, said = other.run("up")

    assert code == 2
    assert said.startswith(f"meridian: Meridian already runs on {platform.home} (process ")
    assert other.run("reset")[0] == 2
    assert running.poll() is None


def test_a_process_that_dies_is_started_again(
    platform: Platform, running: subprocess.Popen[bytes]
) -> None:
    (nats,) = [pid for pid, cmd in platform.processes().items() if "nats-server" in cmd]

    os.kill(nats, signal.SIGKILL)

    assert wait_until(lambda: "NATS was ended by SIGKILL" in platform.output.read_text(), 10)
    assert wait_until(
        lambda: any(
            "nats-server" in cmd and pid != nats for pid, cmd in platform.processes().items()
        ),
        10,
    )


def test_it_stops_keeps_its_data_and_soon_starts_again(
    platform: Platform, running: subprocess.Popen[bytes]
) -> None:
    with psycopg.connect(platform.addresses()["database_urls"]["marketing"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    assert platform.stop(running) == 0
    assert wait_until(lambda: not platform.processes(), 10), platform.processes()
    begun = time.monotonic()
    again = platform.start()
    assert time.monotonic() - begun < SECOND_START_SECONDS

    with psycopg.connect(platform.addresses()["database_urls"]["marketing"]) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert "the sample company is there" not in platform.output.read_text()
    assert platform.stop(again) == 0


def test_killed_it_leaves_nothing_and_starts_again(servers_folder: Path) -> None:
    platform = Platform(servers_folder / "killed")
    process = platform.start()

    process.kill()
    process.wait()

    assert wait_until(lambda: not platform.processes(), 20), platform.processes()
    again = platform.start()
    assert platform.stop(again) == 0
    assert platform.run("reset")[0] == 0
    assert [file.name for file in platform.home.iterdir()] == []


def test_a_port_taken_is_named(servers_folder: Path) -> None:
    platform = Platform(servers_folder / "taken")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", platform.gateway))
        listener.listen()

        code, said = platform.run("up")

    assert code == 2
    assert said == (
        f"meridian: already in use: 127.0.0.1:{platform.gateway} (MERIDIAN_GATEWAY_BIND). Stop what "
        "listens there, or choose other addresses by the variables in brackets\n"
    )
    assert not platform.processes()


def test_a_broken_configuration_is_explained_at_once(servers_folder: Path) -> None:
    platform = Platform(servers_folder / "broken")
    platform.variables |= {"MERIDIAN_THREADS": "none", "MERIDIAN_REGION": "?"}

    code, said = platform.run("up")

    assert code == 2
    assert "MERIDIAN_THREADS='none' must be a whole number from 1 to 64" in said
    assert "MERIDIAN_REGION='?' must be" in said
    assert not platform.home.exists()


def test_an_address_of_another_machine_is_no_port_taken(servers_folder: Path) -> None:
    platform = Platform(servers_folder / "elsewhere")
    platform.variables["MERIDIAN_GATEWAY_BIND"] = "192.0.2.1:8080"

    code, said = platform.run("up")

    assert code == 2
    assert said.startswith(
        "meridian: this machine cannot listen at 192.0.2.1:8080 (MERIDIAN_GATEWAY_BIND): "
    )


def test_servers_that_cannot_be_reached_are_named_at_once(servers_folder: Path) -> None:
    platform = Platform(servers_folder / "unreachable")
    nowhere = free_port()
    platform.variables |= {
        "MERIDIAN_DATABASE_URL_SALES": f"postgresql://crm:s3cret@127.0.0.1:{nowhere}/sales",
        "MERIDIAN_NATS_URL": f"nats://127.0.0.1:{nowhere}",
    }

    code, said = platform.run("up")

    assert code == 2
    first, database, nats, remedy = said.splitlines()
    assert first == "meridian: What is configured cannot be reached:"
    assert f"MERIDIAN_DATABASE_URL_SALES=postgresql://crm:***@127.0.0.1:{nowhere}/sales" in database
    assert database.endswith("Connection refused")
    assert nats == f"  - MERIDIAN_NATS_URL=nats://127.0.0.1:{nowhere}: Connection refused"
    assert remedy.startswith("Start it, correct the variable")


def test_a_signing_key_that_is_missing_is_named_at_once(servers_folder: Path) -> None:
    platform = Platform(servers_folder / "keyless")
    platform.variables["MERIDIAN_SIGNING_KEY_FILE"] = str(servers_folder / "no-key.pem")

    code, said = platform.run("up")

    assert code == 2
    assert f"MERIDIAN_SIGNING_KEY_FILE={servers_folder / 'no-key.pem'}" in said


#: Becomes nobody, who may still read the interpreter wherever root has put it.
AS_NOBODY = (
    *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)


def can_become_nobody() -> bool:
    if shutil.which("setpriv") is None:
        return False
    return subprocess.run([*AS_NOBODY, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_become_nobody(), reason="we are nobody else than ourselves already")
def test_an_ordinary_user_can_run_it(servers_folder: Path) -> None:
    folder = servers_folder / "ordinary"
    folder.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    platform = Platform(folder / "home", AS_NOBODY)

    process = platform.start()

    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in platform.processes()}
    assert owners == {nobody.pw_uid}
    assert platform.stop(process) == 0
    assert wait_until(lambda: not platform.processes(), 10), platform.processes()
