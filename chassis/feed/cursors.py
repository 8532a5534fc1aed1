"""How far a reader of the feed has come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis import opaque
from chassis.errors import Invalid, Refused
from chassis.feed.numbers import Progress
from chassis.streams import RETENTION

#: Clocks of different machines may differ by less.
_CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True)
class Cursor:
    """Behind which event the next one is.

    life: see Progress. time: what follows was published then or later, as far as clocks agree.
    """

    life: str
    publication: int
    position: int
    time: datetime

    def written(self, of: str) -> str:
        """As a text for clients. of: what it belongs to, see identity()."""
        numbers = (str(self.publication), str(self.position))
        return opaque.written([of, self.life, *numbers, self.time.isoformat()])

    def check(self, known: Progress, now: datetime) -> None:
        """Errors: Refused with CURSOR_OVERTAKEN or CURSOR_TOO_OLD, where something after it may be missing."""
        if self.life not in ("", known.life):
            raise Refused("CURSOR_OVERTAKEN")
        if self.time < now - RETENTION + _CLOCKS_DIFFER:
            raise Refused("CURSOR_TOO_OLD", days=RETENTION.days)


def identity(service: str, region: str, types: Iterable[str]) -> str:
    """What a cursor belongs to: the feed and the types that are read."""
    text = "|".join([service, region, *sorted(types)])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def read(text: str, of: str) -> Cursor:
    """The cursor in a client's text. Errors: Invalid with CURSOR_INVALID."""
    try:
        belongs_to, life, publication, position, time = map(str, opaque.read(text))
        found = Cursor(life, int(publication), int(position), datetime.fromisoformat(time))
        if belongs_to != of or found.time.utcoffset() is None:
            raise ValueError
        if not (0 <= found.publication < 2**63 and 0 <= found.position < 2**63):
            raise ValueError
    except ValueError:
        raise Invalid("CURSOR_INVALID", field="cursor") from None
    return found
