"""A process that works in its threads until somebody asks it to stop."""

from __future__ import annotations

import signal
import threading


def stop_request() -> threading.Event:
    """Set when SIGTERM or SIGINT comes. Call it in the main thread, before work begins."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    return asked
