"""Saying once that something is gone, and once that it is back, however often it is tried in between."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

#: While a region starts, things wait for each other. Who has waited so many seconds has trouble.
STARTING_SECONDS = 15.0


class Outage:
    """The state of one thing that may be away for a while.

    What has worked before is reported as soon as it fails. What has not may still be starting, and
    is reported when that takes too long.
    """

    def __init__(
        self, log: logging.Logger, what: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """what cannot go on while it lasts, "sales: relay"; clock gives seconds."""
        self._log = log
        self._what = what
        self._clock = clock
        self._expected_until = clock() + STARTING_SECONDS
        self._reason = ""

    def note(self, error: Exception) -> None:
        """It failed, perhaps again."""
        if self._clock() < self._expected_until:
            return
        reason = f"{type(error).__name__}: {error}"
        if reason != self._reason:
            self._log.warning("%s waits: %s", self._what, reason)
        self._reason = reason

    def over(self) -> None:
        """It works."""
        if self._reason:
            self._log.info("%s goes on", self._what)
        self._reason = ""
        self._expected_until = 0.0
