"""The NATS servers that the chart configures: real ones, as three regions, with the rendered configuration."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli.nats_configuration import Company, Configuration, LeafListener, LeafRemote
from cli.nats_server import binary, free_port
from cli.processes import wait_until
from tests.deploy.rendering import CHART, REGIONS, named, release
from tools import chart_files

HUB = "na"
#: What NATS would take for a number with something wrong behind it, if it were not quoted.
AWKWARD = "5e7x"


@dataclass(frozen=True)
class Server:
    """A running server: where clients come, and where it tells how it is."""

    clients: int
    monitor: int

    def tells(self, path: str) -> dict[str, Any]:
        """What it says of itself."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}{path}", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def alive(self) -> bool:
        """Whether it answers as the probe asks."""
        try:
            return bool(self.tells("/healthz?js-server-only=true")["status"] == "ok")
        except OSError:
            return False


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate of 127.0.0.1 that vouches for itself, as the Secrets would have it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nats.na.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for file, content in (("tls.crt", certificate), ("ca.crt", certificate), ("tls.key", secret)):
        (folder / file).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def servers(tls: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    leaf = free_port()
    with ExitStack() as stack:
        found = {}
        for region in (HUB, *sorted(set(REGIONS) - {HUB})):
            folder = tmp_path_factory.mktemp(region)
            found[region] = _start(stack, region, folder, tls, leaf)
        yield found


def _start(stack: ExitStack, region: str, folder: Path, tls: Path, leaf: int) -> Server:
    """The server of a region with its rendered configuration, moved to this machine."""
    objects = release(region, "small", *_hub_address(region, leaf))
    server = Server(free_port(), free_port())
    places = {"/data": folder, "/etc/nats-tls": tls}
    ports = {4222: server.clients, 8222: server.monitor, 7422: leaf}
    text = configuration(objects, region)
    for there, here in places.items():
        text = text.replace(f'"{there}', f'"{here}')
    for there, here in ports.items():
        text = text.replace(f'"0.0.0.0:{there}"', f'"127.0.0.1:{here}"')
    file = folder / "nats.conf"
    file.write_text(text)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [binary(), "--config", file],
            env={"PATH": os.environ["PATH"], **_environment(objects, region)},
            stderr=log,
        )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    assert wait_until(server.alive, 20), (folder / "log").read_text()
    return server


def _hub_address(region: str, leaf: int) -> tuple[str, ...]:
    return () if region == HUB else ("--set", f"nats.border.hubAddress=127.0.0.1:{leaf}")


def configuration(objects: list[dict[str, Any]], region: str) -> str:
    """What the chart puts into nats.conf."""
    return str(named(objects, "ConfigMap", f"{region}-nats")["data"]["nats.conf"])


def _environment(objects: list[dict[str, Any]], region: str) -> dict[str, str]:
    """The variables of the container; every secret is the same awkward one."""
    stateful_set = named(objects, "StatefulSet", f"{region}-nats")
    (container,) = stateful_set["spec"]["template"]["spec"]["containers"]
    variables: dict[str, str] = {}
    for each in container["env"]:
        value = each.get("value", AWKWARD)
        variables[each["name"]] = re.sub(r"\$\((\w+)\)", lambda found: variables[found[1]], value)
    return variables


def test_the_files_of_the_chart_follow_the_code() -> None:
    folder = CHART / "files" / "nats"
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict(
        chart_files.files()
    ), "say make golden"


@pytest.mark.parametrize("region", REGIONS)
def test_the_chart_says_what_the_local_platform_would(region: str) -> None:
    peers = sorted(set(REGIONS) - {region}, reverse=True)
    tls = Path("/etc/nats-tls")
    listener = LeafListener("0.0.0.0:7422", {peer: f"{peer} password" for peer in peers}, tls)
    remote = LeafRemote("hub address", "password", tls)
    ours = Configuration(
        region=region,
        listen="0.0.0.0:4222",
        folder=Path("/data"),
        password="$MERIDIAN_PASSWORD",
        company=Company(HUB, "$BORDER_PASSWORD", listener if region == HUB else remote),
        monitor="0.0.0.0:8222",
    ).text()
    ours = re.sub(r'"(\$\w+)"', r"\1", ours)
    ours = re.sub(r'"(\w+) password"', lambda peer: f"$LEAF_{peer[1].upper()}_PASSWORD", ours)
    ours = re.sub(r'"tls://.*?"', "$LEAF_URL", ours)

    rendered = configuration(release(region, "small"), region)

    assert sorted(rendered.strip().splitlines()) == sorted(ours.strip().splitlines())


def test_each_region_is_linked_to_the_hub_by_the_border_alone(servers: dict[str, Server]) -> None:
    others = set(REGIONS) - {HUB}

    def links() -> list[dict[str, Any]]:
        return list(servers[HUB].tells("/leafz").get("leafs", []))

    assert wait_until(lambda: len(links()) == len(others), 20)
    assert {(link["name"], link["account"]) for link in links()} == {
        (f"meridian-{region}", "BORDER") for region in others
    }


def test_streams_are_kept_on_the_disk_before_anything_is_acknowledged(
    servers: dict[str, Server],
) -> None:
    for region, server in servers.items():
        jetstream = server.tells("/jsz")["config"]
        assert (jetstream["domain"], jetstream["sync_always"]) == (region, True)


@pytest.mark.parametrize("subject", ["meridian.emea.sales.account.created.v1", "anything"])
def test_what_is_not_listed_is_refused_at_the_border(
    servers: dict[str, Server], subject: str
) -> None:
    said = publish(servers["emea"], "border", AWKWARD, subject)

    assert said == [f"-ERR 'Permissions Violation for Publish to \"{subject}\"'", "PONG"]


def test_the_region_has_its_own_account(servers: dict[str, Server]) -> None:
    assert publish(servers["emea"], "meridian", AWKWARD, "anything") == ["PONG"]


@pytest.mark.parametrize("user", ["", "someone", "meridian", "border", "leaf_emea"])
def test_nobody_gets_in_without_the_password(servers: dict[str, Server], user: str) -> None:
    assert publish(servers[HUB], user, "wrong", "anything") == ["-ERR 'Authorization Violation'"]


def publish(server: Server, user: str, password: str, subject: str) -> list[str]:
    """Publish something in NATS's own protocol; gives what the server answered."""
    login = json.dumps({"verbose": False, "user": user, "pass": password})
    with socket.create_connection(("127.0.0.1", server.clients), timeout=5) as connection:
        connection.sendall(f"CONNECT {login}\r\nPUB {subject} 2\r\n{{}}\r\nPING\r\n".encode())
        with connection.makefile() as answers:
            next(answers)  # INFO
            return list(_until_pong(map(str.strip, answers)))


def _until_pong(lines: Iterator[str]) -> Iterator[str]:
    """Lines up to PONG, or to the end of the connection."""
    for line in lines:
        yield line
        if line == "PONG":
            return
