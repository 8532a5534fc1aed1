"""The names of the files of PostgreSQL's write-ahead log (WAL)."""

from __future__ import annotations

import re
from dataclasses import dataclass

SEGMENT_BYTES = 16 * 1024 * 1024
"""PostgreSQL's default, with which our clusters are made."""

_SEGMENTS_OF_A_LOG = (1 << 32) // SEGMENT_BYTES
_NAME = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})")


@dataclass(frozen=True, order=True)
class Segment:
    """One file of WAL: which one in its timeline, counted from the beginning of all WAL."""

    timeline: int
    number: int

    @classmethod
    def parse(cls, name: str) -> Segment | None:
        """The segment of that name, "000000010000000000000003"; None if it is no segment's name."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        timeline, log, segment = (int(part, 16) for part in found.groups())
        return cls(timeline, log * _SEGMENTS_OF_A_LOG + segment)

    @classmethod
    def at(cls, timeline: int, position: str) -> Segment:
        """The segment in which a position (LSN), "0/3000060", lies."""
        high, low = (int(part, 16) for part in position.split("/"))
        return cls(timeline, ((high << 32) + low) // SEGMENT_BYTES)

    @property
    def name(self) -> str:
        """What the file is called."""
        log, segment = divmod(self.number, _SEGMENTS_OF_A_LOG)
        return f"{self.timeline:08X}{log:08X}{segment:08X}"

    @property
    def following(self) -> Segment:
        """The next one of the same timeline."""
        return Segment(self.timeline, self.number + 1)
