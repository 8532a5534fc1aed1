"""A region whose processes come from the image; its PostgreSQL and NATS are outside, as in a cluster."""

from __future__ import annotations

import os
import secrets as random
import signal
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from chassis.configuration import parse
from chassis.settings import SERVICES
from cli import nats_server, postgres, secrets
from cli.home import Home
from cli.nats_server import NatsServer, free_port
from cli.postgres import Postgres
from cli.processes import stop, wait_until
from cli.rest import Rest
from tests.image.builder import Image
from tests.image.sandbox import OUTSIDE, Sandbox

ADMINISTRATOR = "ada@meridian.example"
READY_SECONDS = 60.0
DRAIN_SECONDS = 30.0


@dataclass(frozen=True)
class Member:
    """One process of the region; `port` is where it says whether it is ready."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def is_ready(self) -> bool:
        """Whether its readiness probe succeeds."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def wait_until_ready(self) -> None:
        """Fails with the log if it ends or takes too long."""
        wait_until(lambda: self.process.poll() is not None or self.is_ready(), READY_SECONDS)
        assert self.is_ready(), f"{self.name} is not ready:\n{self.log.read_text()}"

    def end(self) -> int:
        """Ask it to stop, as Kubernetes does. Gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DRAIN_SECONDS)


class Region:
    """Databases and streams on this machine, and what of the platform is started from the image."""

    def __init__(self, folder: Path, image: Image) -> None:
        self._folder = folder
        self._outside = folder / "outside"
        self._outside.mkdir(mode=0o755)
        self.password = random.token_urlsafe(24)
        self._database = Postgres(
            self._outside / "postgres", folder / "postgres.log", durable=False
        )
        self._nats = NatsServer(
            folder / "nats",
            folder / "nats.log",
            free_port(),
            random.token_hex(16),
            "na",
            durable=False,
        )
        self._servers = [self._database.start(), self._nats.start()]
        self._addresses = self._choose_addresses()
        self._variables = self._addresses | self._connections(image)
        self.sandbox = Sandbox(image, self._outside, self._variables)
        self.members: list[Member] = []

    def prepare(self) -> None:
        """Make databases and tables, and the first person; the programs for that are the image's."""
        self._database.wait_until_ready(self._servers[0])
        self._nats.wait_until_ready(self._servers[1])
        self._open_sockets()
        self._database.create_databases(SERVICES)
        self._run(["meridian", "migrate", *SERVICES])
        self._run(
            ["meridian", "administrator", "--email", ADMINISTRATOR, "--name", "Ada"], self.password
        )

    def start(self) -> None:
        """Start a server for each service, one worker for all, and the gateway; wait until ready."""
        for name in SERVICES:
            self.launch(f"MERIDIAN_SERVE_METRICS_{name.upper()}", "serve", name)
        self.launch(f"MERIDIAN_WORK_METRICS_{SERVICES[0].upper()}", "work", *SERVICES)
        self.launch("MERIDIAN_GATEWAY_METRICS", "gateway")
        for member in self.members:
            member.wait_until_ready()

    def launch(self, watched: str, *arguments: str, **changed: str) -> Member:
        """Start one process; `watched` names the variable with the address of its readiness."""
        variables = self._variables | changed
        sandbox = Sandbox(self.sandbox.image, self._outside, variables)
        name = " ".join(arguments)
        log = self._folder / f"{name} {len(self.members)}.log"
        with log.open("wb") as output:
            process = sandbox.meridian(*arguments, output=output)
        port = int(variables[watched].rpartition(":")[2])
        self.members.append(Member(name, process, port, log))
        return self.members[-1]

    @property
    def rest(self) -> Rest:
        """The public API of the region."""
        return Rest(f"http://{self._addresses['MERIDIAN_GATEWAY_BIND']}")

    def stop(self) -> None:
        """End all that still runs, the gateway first, and the servers outside last."""
        for member in reversed(self.members):
            if member.process.poll() is None:
                assert member.end() == 0, member.log.read_text()
        stop([self._servers[1]], nats_server.STOP_SIGNAL, 10)
        stop([self._servers[0]], postgres.STOP_SIGNAL, 10)

    def _choose_addresses(self) -> dict[str, str]:
        names = ["MERIDIAN_GATEWAY_BIND", "MERIDIAN_GATEWAY_METRICS"]
        names += [
            f"MERIDIAN_{kind}_{service.upper()}"
            for kind in ("GRPC_BIND", "SERVE_METRICS", "WORK_METRICS")
            for service in SERVICES
        ]
        found = {name: f"127.0.0.1:{free_port()}" for name in names}
        binds = {name: at for name, at in found.items() if "GRPC_BIND" in name}
        return found | {name.replace("BIND", "TARGET"): at for name, at in binds.items()}

    def _connections(self, image: Image) -> dict[str, str]:
        """Where things outside are, as seen from inside."""
        settings = parse({"MERIDIAN_HOME": str(self._outside)})
        home = Home(self._outside)
        home.prepare()
        secrets.ensure(settings, home)
        user, group = map(int, image.config["User"].split(":"))
        for path in (home.secrets, *home.secrets.iterdir()):
            os.chown(path, user, group)
        inside = f"{OUTSIDE}/{self._database.sockets.relative_to(self._outside)}"
        return {
            "MERIDIAN_DATABASE_URL": f"postgresql://{postgres.SUPERUSER}@/{{service}}?host={inside}",
            "MERIDIAN_NATS_URL": self._nats.url,
            "MERIDIAN_SIGNING_KEY_FILE": f"{OUTSIDE}/secrets/signing-key.pem",
            "MERIDIAN_SERVICE_CREDENTIALS_FILE": f"{OUTSIDE}/secrets/service-credentials.json",
        }

    def _open_sockets(self) -> None:
        """Let the image's user reach PostgreSQL, which has no password here."""
        self._database.sockets.chmod(0o711)
        (self._database.sockets / f".s.PGSQL.{postgres.PORT}").chmod(0o777)

    def _run(self, command: list[str], given: str = "") -> None:
        code, said = self.sandbox.run(command, given)
        assert code == 0, said
