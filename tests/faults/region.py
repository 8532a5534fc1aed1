"""A real region, run by `meridian up` in a folder of its own, and what can be done to it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg.rows import dict_row

from chassis.settings import SERVICES
from cli.home import Home, Running
from cli.processes import wait_until
from tests.faults.ports import reserved_port

_READY_SECONDS = 180.0
_STOP_SECONDS = 90.0
_NAME_LENGTH = 15


class Region:
    """The processes of one region. Whatever is killed, `meridian up` starts again."""

    def __init__(self, **variables: str) -> None:
        """variables: further settings; "{folder}" in them stands for the region's own folder, "{port}"
        for a port that nobody uses.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="meridian-faults-"))
        self.folder.chmod(0o755)
        self.home = Home(self.folder / "home")
        self._fuses = self.folder / "fuses"
        self._fuses.mkdir()
        self._port = reserved_port()
        self._variables = self._environment()
        for name, value in variables.items():
            place = value.replace("{folder}", str(self.folder))
            self._variables[name] = place.replace("{port}", str(reserved_port()))
        self.start()

    @property
    def address(self) -> str:
        """Where the public API is."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Run it: in the beginning, and again after it was stopped or destroyed."""
        self._output = (self.folder / "up.log").open("ab")
        self._up = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up"],
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def command(self, *arguments: str) -> str:
        """Run a command of ours on this region; what it printed. Raises CalledProcessError."""
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def wait_until_ready(self) -> None:
        """Return when the sample company can log in. Raises RuntimeError if that does not happen."""
        wait_until(
            lambda: self._up.poll() is not None or self.home.sample_loaded.exists(), _READY_SECONDS
        )
        if not self.home.sample_loaded.exists():
            raise RuntimeError(f"the region did not start; see {self.folder}/up.log")

    def wait_until_answers(self) -> None:
        """Return when its gateway answers. Raises RuntimeError if that does not happen."""
        if not wait_until(self._answers, _READY_SECONDS):
            raise RuntimeError(f"the region did not start; see {self.folder}/up.log")

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.address}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def password(self) -> str:
        """With which everybody of the sample company logs in."""
        return (self.home.secrets / "sample-password").read_text().strip()

    def query(self, service: str, statement: str) -> list[dict[str, Any]]:
        """Rows of a service's database."""
        with psycopg.connect(self.database_url(service), row_factory=dict_row) as connection:
            return connection.execute(statement.encode()).fetchall()

    def connection(self, service: str) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection to a service's database that commits each statement by itself."""
        return psycopg.connect(self.database_url(service), autocommit=True)

    def database_url(self, service: str) -> str:
        """The address of a service's database."""
        return self._running().database_urls[service]

    @property
    def nats_url(self) -> str:
        """The address of NATS, with its password."""
        return self._running().nats_url

    def border_url(self) -> str:
        """The address of its NATS for what crosses the border."""
        return self._running().border_nats_url

    def targets(self) -> dict[str, str]:
        """Where its processes tell their metrics, and what each process is."""
        found = {self._variables["MERIDIAN_GATEWAY_METRICS"]: "gateway"}
        # Where there are other regions all services share their processes.
        for service in SERVICES[:1] if "MERIDIAN_PEERS" in self._variables else SERVICES:
            for process in ("SERVE", "WORK"):
                address = self._variables[f"MERIDIAN_{process}_METRICS_{service.upper()}"]
                found[address] = process.lower()
        return found

    def processes(self) -> dict[str, int]:
        """The process ids of the roles that run."""
        return {_name(pid): pid for pid in self._children()}

    def kill(self, role: str) -> bool:
        """kill -9 the process that plays this role. False if it is dead already."""
        for pid in self._children():
            if _name(pid) == role[:_NAME_LENGTH]:
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def kill_service(self, number: int) -> bool:
        """kill -9 one of the processes that all services share, where there are other regions.

        number: which, the oldest is 0. False if there are not so many.
        """
        pids = sorted(pid for pid in self._children() if _name(pid).split(" ")[0] in SERVICES)
        if number >= len(pids):
            return False
        os.kill(pids[number], signal.SIGKILL)
        return True

    def lay_fuse(self, point: str) -> None:
        """Have the next process that reaches this crash point die there."""
        (self._fuses / point).touch()

    def fuses(self) -> list[str]:
        """The crash points that nobody has reached since."""
        return sorted(path.name for path in self._fuses.iterdir())

    def wipe_streams(self) -> None:
        """Kill NATS and remove all that it had stored."""
        self.kill("nats-server")
        shutil.rmtree(self.home.nats / "jetstream", ignore_errors=True)

    def freeze(self) -> None:
        """Stop every process where it stands, as a machine does that loses its power for a while."""
        os.kill(self._up.pid, signal.SIGSTOP)
        for pid in _descendants(self._up.pid):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        for pid in _descendants(self._up.pid):
            os.kill(pid, signal.SIGCONT)
        os.kill(self._up.pid, signal.SIGCONT)

    def destroy(self) -> None:
        """Kill everything at once, so that nothing can end in order, and remove the data folder."""
        os.kill(self._up.pid, signal.SIGSTOP)
        for pid in _descendants(self._up.pid):
            os.kill(pid, signal.SIGKILL)
        self._up.kill()
        self._up.wait()
        self._output.close()
        shutil.rmtree(self.home.path)

    def stop(self) -> None:
        """End everything in order."""
        self._up.send_signal(signal.SIGTERM)
        if not wait_until(lambda: self._up.poll() is not None, _STOP_SECONDS):
            os.killpg(self._up.pid, signal.SIGKILL)
            self._up.wait()
        self._output.close()

    def remove(self) -> None:
        """Remove the folder with all data and logs."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _running(self) -> Running:
        running = self.home.last_run()
        if running is None:
            raise RuntimeError("the region does not run")
        return running

    def _children(self) -> list[int]:
        listing = Path(f"/proc/{self._up.pid}/task/{self._up.pid}/children").read_text()
        return [int(pid) for pid in listing.split()]

    def _environment(self) -> dict[str, str]:
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MERIDIAN_HOME": str(self.home.path),
            "MERIDIAN_CRASH_POINTS": str(self._fuses),
            "MERIDIAN_GATEWAY_BIND": f"127.0.0.1:{self._port}",
            "MERIDIAN_GATEWAY_METRICS": f"127.0.0.1:{reserved_port()}",
            "MERIDIAN_REQUESTS_PER_SECOND": "100000",
            "MERIDIAN_REQUEST_BURST": "100000",
        }
        for service in SERVICES:
            name = service.upper()
            grpc = f"127.0.0.1:{reserved_port()}"
            variables[f"MERIDIAN_GRPC_BIND_{name}"] = grpc
            variables[f"MERIDIAN_GRPC_TARGET_{name}"] = grpc
            for role in ("SERVE", "WORK"):
                variables[f"MERIDIAN_{role}_METRICS_{name}"] = f"127.0.0.1:{reserved_port()}"
        return variables


def _descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that these did."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, listing.read_text().split()):
            found += [child, *_descendants(child)]
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
