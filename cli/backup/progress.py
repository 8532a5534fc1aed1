"""Telling people who wait how far long work has come."""

from __future__ import annotations

import sys
import time

_SECONDS = 2.0


class Progress:
    """Says something on stderr every few seconds; nothing about what is done sooner."""

    def __init__(self, what: str) -> None:
        """what is being done, "copying the databases"."""
        self._what = what
        self._due = time.monotonic() + _SECONDS

    def at(self, share: float) -> None:
        """So much is done; from 0 to 1."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _SECONDS
            print(f"{self._what}: {min(share, 1.0):.0%}", file=sys.stderr, flush=True)
