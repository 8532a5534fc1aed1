"""Ports for servers that are started later: nobody else may get them meanwhile."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000
_given: set[int] = set()


def reserved_port() -> int:
    """A free port of the loopback interface, below those that the system gives to outgoing connections."""
    lowest_outgoing = int(_RANGE.read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(_LOWEST, lowest_outgoing)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as listener, contextlib.suppress(OSError):
        listener.bind(("127.0.0.1", port))
        return True
    return False
