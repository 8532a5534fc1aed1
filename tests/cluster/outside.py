"""What a release finds when it is installed: a PostgreSQL that somebody else runs, and the Secrets."""

from __future__ import annotations

import secrets as random
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from chassis.settings import SERVICES
from cli import postgres
from cli.postgres import Postgres
from cli.processes import stop
from tests.cluster.network import Place
from tests.deploy.instructions import carried_out, secret_commands
from tests.deploy.rendering import Manifest

_CREATE = "kubectl --namespace meridian create secret"
#: From everywhere with a password, on its own machine without one.
_ACCESS = "local all all trust\nhost all all 0.0.0.0/0 scram-sha-256\n"


class Databases:
    """A PostgreSQL on a machine of its own, with a user and a database for each service."""

    def __init__(self, folder: Path, name: str, place: Place) -> None:
        folder.mkdir(mode=0o755)
        access = folder / "access.conf"
        access.write_text(_ACCESS)
        access.chmod(0o644)
        self._server = Postgres(
            folder / "postgres",
            folder / "postgres.log",
            durable=False,
            settings={"listen_addresses": place.address, "hba_file": str(access)},
        )
        self._passwords = {service: random.token_hex(24) for service in SERVICES}
        self._name = name
        with place.entered():
            self._process = self._server.start()
        self._server.wait_until_ready(self._process)
        self._make()

    @property
    def urls(self) -> dict[str, str]:
        """service → what its processes are told."""
        return {
            service: f"postgresql://{service}:{password}@{self._name}:{postgres.PORT}/{service}"
            for service, password in self._passwords.items()
        }

    def stop(self) -> None:
        """End it."""
        stop([self._process], postgres.STOP_SIGNAL, 10)

    def _make(self) -> None:
        with psycopg.connect(self._server.url("postgres"), autocommit=True) as connection:
            for service, password in self._passwords.items():
                user = sql.Identifier(service)
                connection.execute(
                    sql.SQL("CREATE USER {} PASSWORD {}").format(user, sql.Literal(password))
                )
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(user, user))


def make_secrets(folder: Path, databases: dict[str, str]) -> list[Manifest]:
    """The Secrets of a hub with a NATS of its own, made as docs/operate.md says."""
    folder.mkdir(mode=0o700)
    elsewhere, own = secret_commands()
    commands = [elsewhere, own, _create("databases", databases)]
    for name, host in (("gateway", "crm.na.example.com"), ("nats", "nats.na.example.com")):
        certificate(folder / name, host)
        files = f"--cert {name}/tls.crt --key {name}/tls.key"
        commands.append(f"{_CREATE} tls meridian-{name}-tls {files}")
    return carried_out("\n".join(commands), folder)


def make_other_secrets(
    folder: Path, databases: dict[str, str], hub: Path, leaf_password: str
) -> list[Manifest]:
    """Those of another region, as "Add a region" says; `hub` is the folder in which the hub's were made."""
    folder.mkdir(mode=0o700)
    elsewhere, _ = secret_commands()
    passwords = {name: random.token_hex(24) for name in ("meridian-password", "border-password")}
    commands = [
        elsewhere,
        _create("databases", databases),
        _create("nats", {**passwords, "leaf-password": leaf_password}),
        f"{_CREATE} generic meridian-nats-tls --from-file ca.crt={hub}/nats/tls.crt",
        f"{_CREATE} generic meridian-match-keys --from-file {hub}/match-keys.json",
    ]
    return carried_out("\n".join(commands), folder)


def _create(name: str, values: dict[str, str]) -> str:
    literals = " ".join(f"--from-literal {key}={value}" for key, value in values.items())
    return f"{_CREATE} generic meridian-{name} {literals}"


def certificate(folder: Path, host: str) -> None:
    """A certificate for a host that vouches for itself: tls.crt and tls.key."""
    folder.mkdir()
    named = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"]
    files = ["-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.crt"]
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *named, *files], check=True, capture_output=True
    )
