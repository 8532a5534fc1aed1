"""Work that is due by the clock: each timer of the manifest in a thread of its own.

A timer is never run twice at once by one process, and a failure only means that it is run again when it
is due the next time.
"""

from __future__ import annotations

import logging
import random
import threading
import time

from chassis.app import App
from chassis.errors import Unavailable
from chassis.manifest import Timer
from chassis.telemetry import timer_metrics, trace

log = logging.getLogger(__name__)

_LONGEST_FIRST_WAIT = 5.0
_SPREAD = 0.1


class Clockwork:
    """Runs one timer of one service."""

    def __init__(self, app: App, timer: Timer) -> None:
        self._app = app
        self._timer = timer
        timer_metrics.declare_timer(app.service.name, timer.name)

    def run(self, stopping: threading.Event) -> None:
        """Run it again and again until stopping; many processes that start at once spread out."""
        every = self._timer.every_seconds
        wait = random.uniform(0, min(every, _LONGEST_FIRST_WAIT))  # noqa: S311 - not a secret
        while not stopping.wait(wait):
            begin = time.monotonic()
            self.fire()
            spread = random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - not a secret
            wait = max(every * spread - (time.monotonic() - begin), 0)

    def fire(self) -> None:
        """Run it once. Failures are logged and counted."""
        service, name = self._app.service.name, self._timer.name
        with trace.continuing(""):
            try:
                with timer_metrics.timer_run(service, name):
                    self._timer.handler(self._app)
            except Unavailable as error:
                log.warning("timer %s.%s: %s", service, name, error)
            except Exception:
                log.exception("timer %s.%s failed", service, name)
