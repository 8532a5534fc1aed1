"""Keeps a set of child processes running, and ends them in order."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from cli.failure import Failure
from cli.processes import Process, kill_group, stop, wait_until

log = logging.getLogger(__name__)

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY_SECONDS = 60.0
_ECHO_SECONDS = 1.0


@dataclass(frozen=True)
class Role:
    """Something to be kept running.

    `stage` orders the end: the highest stage ends first. Roles of one stage end together, by the
    same signal, and are killed after `patience` seconds.
    """

    name: str
    stage: int
    start: Callable[[], Process]
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 15.0


@dataclass
class _Kept:
    """A role with its process and when to start it again (monotonic seconds) if it has died."""

    role: Role
    process: Process
    started: float
    pause: float = _FIRST_PAUSE
    due: float | None = None
    was_ready: bool = False


@dataclass
class Supervisor:
    """Starts roles, starts them again when they die, and stops them all when told to."""

    _kept: list[_Kept] = field(default_factory=list)
    _asked_at: float | None = None
    _impatient: bool = False

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Take SIGINT, SIGTERM and SIGHUP as the request to stop, while the block runs."""
        awake, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(awake, False)
        before = {number: signal.getsignal(number) for number in (*STOPPING, signal.SIGCHLD)}
        for number in STOPPING:
            signal.signal(number, self._request_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake)
        self._awake = awake
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(awake)
            os.close(wake)

    @property
    def stopping(self) -> bool:
        """Whether somebody asked us to stop."""
        return self._asked_at is not None

    def start(self, roles: Sequence[Role]) -> None:
        """Start them side by side."""
        for role in roles:
            self._kept.append(_Kept(role, role.start(), time.monotonic()))

    def wait_until_ready(self, patience: float) -> None:
        """Return when all that was started is ready, or when we are asked to stop.

        Raises Failure if one ends before it is ready, or is not ready in `patience` seconds.
        """
        wait_until(lambda: self.stopping or all(map(self._is_ready, self._kept)), patience)
        waiting = [kept.role.name for kept in self._kept if not kept.was_ready]
        if waiting and not self.stopping:
            raise Failure(f"not ready after {patience:.0f} seconds: {', '.join(waiting)}")

    def watch(self) -> None:
        """Start again whatever dies, until asked to stop."""
        while not self.stopping:
            for kept in self._kept:
                self._look_after(kept)
            due = [kept.due for kept in self._kept if kept.due is not None]
            self._sleep(min(due) - time.monotonic() if due else None)

    def stop(self) -> None:
        """End everything, the last stage first. A second request to stop kills what is left."""
        for stage in sorted({kept.role.stage for kept in self._kept}, reverse=True):
            same = [kept for kept in self._kept if kept.role.stage == stage]
            self._end([kept.process for kept in same if not kept.due], same[0].role)
        self._kept.clear()

    def _end(self, processes: list[Process], like: Role) -> None:
        killed = stop(processes, like.stop_signal, like.patience, lambda: self._impatient)
        for pid in killed:
            log.warning("process %d had to be killed", pid)

    def _is_ready(self, kept: _Kept) -> bool:
        if not kept.was_ready:
            code = kept.process.poll()
            if code is not None:
                raise Failure(f"{kept.role.name} {_manner(code)} before it was ready")
            kept.was_ready = kept.role.ready()
        return kept.was_ready

    def _look_after(self, kept: _Kept) -> None:
        now = time.monotonic()
        if kept.due is not None:
            if now >= kept.due:
                kept.process, kept.started, kept.due = kept.role.start(), now, None
                log.info("started again", extra={"role": kept.role.name, "pid": kept.process.pid})
            return
        code = kept.process.poll()
        if code is None:
            return
        kill_group(kept.process)
        steady = now - kept.started >= _STEADY_SECONDS
        kept.pause = _FIRST_PAUSE if steady else min(kept.pause * 2, _LONGEST_PAUSE)
        kept.due = now + kept.pause
        log.error("%s %s; starting it again in %.1f s", kept.role.name, _manner(code), kept.pause)

    def _request_stop(self, *_: object) -> None:
        """The first request stops, one that comes later kills; an echo of the first does nothing."""
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
        elif now - self._asked_at >= _ECHO_SECONDS:
            self._impatient = True

    def _sleep(self, seconds: float | None) -> None:
        """Until a signal comes, a child ends, or the time is over."""
        select.select([self._awake], [], [], None if seconds is None else max(seconds, 0.0))
        with contextlib.suppress(BlockingIOError):
            os.read(self._awake, 4096)


def _manner(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
