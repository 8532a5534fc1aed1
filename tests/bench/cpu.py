"""CPU time of processes, as the kernel counts it (Linux: proc(5))."""

from __future__ import annotations

import os
from pathlib import Path


def family_seconds(pid: int) -> float:
    """CPU time that a process and its children have used so far, those included that have ended."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(map(seconds, [pid, *map(int, children)]))


def seconds(pid: int) -> float:
    """CPU time of a process and of its children that have ended; 0 if it has just ended itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
