"""How much memory a process and all its descendants use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def used_by_tree(pid: int) -> int:
    """Bytes, each shared page counted once in all (proportional set size, proc(5) smaps_rollup)."""
    return sum(_proportional(each) for each in _tree(pid))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))


def _proportional(pid: int) -> int:
    """0 for a process that has ended, or that is another's."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
