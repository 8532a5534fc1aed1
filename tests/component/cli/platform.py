"""A whole platform under test, run by `meridian up` on free ports and a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from chassis.settings import SERVICES
from cli.nats_server import free_port
from cli.processes import wait_until

ROOT = Path(__file__).parents[3]
START_SECONDS = 90.0


class Platform:
    """`meridian up` as a process; several may follow each other on one home."""

    def __init__(self, home: Path, prefix: Sequence[str] = ()) -> None:
        """prefix: a program, with its arguments, that runs the command in other circumstances."""
        self.home = home
        self.prefix = prefix
        self.gateway = free_port()
        self.output = home.parent / f"{home.name}.output"
        self.variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'gen'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "MERIDIAN_HOME": str(home),
            "MERIDIAN_GATEWAY_BIND": f"127.0.0.1:{self.gateway}",
            "MERIDIAN_GATEWAY_METRICS": f"127.0.0.1:{free_port()}",
        }
        for name in SERVICES:
            port, suffix = free_port(), name.upper()
            self.variables |= {
                f"MERIDIAN_GRPC_BIND_{suffix}": f"127.0.0.1:{port}",
                f"MERIDIAN_GRPC_TARGET_{suffix}": f"127.0.0.1:{port}",
                f"MERIDIAN_SERVE_METRICS_{suffix}": f"127.0.0.1:{free_port()}",
                f"MERIDIAN_WORK_METRICS_{suffix}": f"127.0.0.1:{free_port()}",
            }

    def start(self) -> subprocess.Popen[bytes]:
        """Begin and wait until it says that it runs."""
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                self._command("up"),
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
            )
        assert wait_until(lambda: self.runs() or process.poll() is not None, START_SECONDS)
        assert self.runs(), self.output.read_text()
        return process

    def runs(self) -> bool:
        """Whether it said so."""
        return "Meridian is running." in self.output.read_text()

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """Ask it to stop, as Ctrl-C does. Gives the exit code."""
        process.send_signal(signal.SIGINT)
        return process.wait(timeout=60)

    def run(self, *arguments: str, given: str = "") -> tuple[int, str]:
        """A command from beginning to end: its exit code and what it printed."""
        done = subprocess.run(
            self._command(*arguments),
            env=self.variables,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    def _command(self, *arguments: str) -> list[str]:
        return [*self.prefix, sys.executable, "-m", "cli.main", *arguments]

    def addresses(self) -> dict[str, dict[str, str]]:
        """Where the databases of the running platform are."""
        found: dict[str, dict[str, str]] = json.loads(
            (self.home / "run" / "addresses.json").read_text()
        )
        return found

    def processes(self) -> dict[int, str]:
        """Everything that runs on this home: process id → command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                about = command + (folder / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if command and f"{self.home}" in about:
                found[int(folder.name)] = command
        return found
