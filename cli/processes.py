"""Child processes that end with their parent, whatever ends the parent."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Protocol

from chassis.environment import SettingsError
from cli.failure import Failure

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_POLL_SECONDS = 0.02


class Process(Protocol):
    """A child: a program that was started, or a fork of ourselves. Leader of its process group."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code (minus the signal's number if a signal ended it), or None while it runs."""


class Fork:
    """A copy of this process that runs one function.

    It must be made before any thread or gRPC object exists. It gets SIGTERM when its parent ends.
    """

    def __init__(self, run: Callable[[], None]) -> None:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        self._code: int | None = None
        if self.pid == 0:
            _run_and_exit(run, parent)

    def poll(self) -> int | None:
        """See Process."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code


def spawn(
    command: Sequence[str | Path],
    *,
    last_signal: signal.Signals,
    output: IO[bytes] | int = subprocess.DEVNULL,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own; it gets last_signal when we end.

    The program sees none of our environment variables but PATH.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        start_new_session=True,
        preexec_fn=lambda: end_with_parent(last_signal),
    )


def end_with_parent(last_signal: signal.Signals) -> None:
    """Ask the kernel to send us this signal when our parent ends (Linux: prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(last_signal))


def name_process(name: str) -> None:
    """What ps calls this process from now on (Linux: prctl(2)); the kernel keeps 15 characters."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode())


def stop(
    processes: Sequence[Process],
    with_signal: signal.Signals,
    patience: float,
    impatient: Callable[[], bool] = lambda: False,
) -> list[int]:
    """End processes and what they left in their groups.

    Those that still run after `patience` seconds, or when `impatient` says so, are killed; their
    process ids are returned.
    """
    for process in processes:
        _signal(process, with_signal)
    wait_until(lambda: impatient() or _ended(processes), patience)
    stubborn = [process for process in processes if process.poll() is None]
    for process in processes:
        kill_group(process)
    wait_until(lambda: _ended(stubborn), patience)
    return [process.pid for process in stubborn]


def kill_group(process: Process) -> None:
    """Kill whatever is left of the process and of its process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    except PermissionError:  # macOS answers so for a group that holds only a zombie
        return


def wait_until(
    condition: Callable[[], bool], patience: float, pause: float = _POLL_SECONDS
) -> bool:
    """Look at the condition until it holds; False if it does not within `patience` seconds.

    pause: seconds between two looks; longer where a look costs something.
    """
    deadline = time.monotonic() + patience
    while not condition():
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
    return True


def runs_with(pid: int, argument: Path) -> bool:
    """Whether that process was started with this path among its arguments (Linux)."""
    try:
        return os.fsencode(argument) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def end_leftover(pid: int, argument: Path, with_signal: signal.Signals, patience: float) -> bool:
    """End a process that is not our child, known by an argument. False if it does not end."""
    os.kill(pid, with_signal)
    return wait_until(lambda: not runs_with(pid, argument), patience)


def _ended(processes: Sequence[Process]) -> bool:
    return all(process.poll() is not None for process in processes)


def _signal(process: Process, with_signal: signal.Signals) -> None:
    if process.poll() is None:
        os.kill(process.pid, with_signal)


def _run_and_exit(run: Callable[[], None], parent: int) -> None:
    """The life of a fork. Never returns."""
    code = 1
    try:
        os.setsid()
        end_with_parent(signal.SIGTERM)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        if os.getppid() == parent:
            run()
            code = 0
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except (Failure, SettingsError) as error:
        log.error("%s", error)
    except BaseException:
        log.critical("ended by an error that nobody expected", exc_info=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
