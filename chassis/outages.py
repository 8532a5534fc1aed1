"""Saying once that something is gone, and once that it is back, however often it is tried in between."""

from __future__ import annotations

import logging


class Outage:
    """The state of one thing that may be away for a while."""

    def __init__(self, log: logging.Logger, what: str) -> None:
        """what cannot go on while it lasts, "sales: relay"."""
        self._log = log
        self._what = what
        self._reason = ""

    def note(self, error: Exception) -> None:
        """It failed, perhaps again."""
        reason = f"{type(error).__name__}: {error}"
        if reason != self._reason:
            self._log.warning("%s waits: %s", self._what, reason)
        self._reason = reason

    def over(self) -> None:
        """It works."""
        if self._reason:
            self._log.info("%s goes on", self._what)
        self._reason = ""
