"""Places at which a process may be made to die, to prove that dying there loses and doubles nothing.

Nothing happens unless MERIDIAN_CRASH_POINTS names a folder. Then whoever puts a file with a point's
name there kills (SIGKILL, once) the first process of Meridian that reaches the point.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

#: Every point, in the order in which a change passes them on its way from one service to the next.
NAMES = (
    "transaction.before_commit",
    "transaction.after_commit",
    "relay.before_publish",
    "relay.after_publish",
    "consumer.before_commit",
    "consumer.after_commit",
)

_folder: Path | None = None


def arm(folder: Path | None) -> None:
    """Look for fuses in this folder from now on; None is what production has."""
    global _folder
    _folder = folder


def reached(name: str) -> None:
    """Die here if somebody laid a fuse for this point. Taking the fuse and dying cannot happen twice."""
    if _folder is None:
        return
    try:
        (_folder / name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
