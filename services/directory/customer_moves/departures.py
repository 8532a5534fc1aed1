"""What left a region with a customer, beside what of it arrived in the other.

The two are told by different regions and may be heard in any order; what is known in the end is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest


@dataclass(frozen=True)
class Rows:
    """Rows of one service that travel together, as one of the two regions read them."""

    digest: str
    rows: int
    time: datetime
    """When they were deleted in the one, or stood in the other."""


@dataclass(frozen=True)
class CustomerMoveDeparture:
    """Rows of a service that left the region together, and how they arrived."""

    service: str
    digest: str = ""
    rows: int = 0
    depart_time: datetime | None = None
    """None while only their arrival is known."""
    arrived_digest: str = ""
    arrived_rows: int = 0
    arrive_time: datetime | None = None
    """None until they arrived."""

    def order(self) -> tuple[bool, datetime | None, str, str]:
        """Sorts by the time of departure; arrivals whose departure is not known come last."""
        moment = self.depart_time or self.arrive_time
        return self.depart_time is None, moment, self.service, self.digest

    @property
    def departed(self) -> Rows | None:
        """The rows as they were deleted here."""
        if self.depart_time is None:
            return None
        return Rows(self.digest, self.rows, self.depart_time)

    @property
    def arrived(self) -> Rows | None:
        """The rows as they stood in the other region."""
        if self.arrive_time is None:
            return None
        return Rows(self.arrived_digest, self.arrived_rows, self.arrive_time)

    @property
    def verified(self) -> bool:
        """Whether what arrived is what departed."""
        return self._whole and self.digest == self.arrived_digest

    @property
    def differs(self) -> bool:
        """Whether something else arrived than departed."""
        return self._whole and self.digest != self.arrived_digest

    @property
    def _whole(self) -> bool:
        return self.depart_time is not None and self.arrive_time is not None


def noted(
    known: Sequence[CustomerMoveDeparture],
    service: str,
    departed: Sequence[Rows] = (),
    arrived: Sequence[Rows] = (),
) -> tuple[CustomerMoveDeparture, ...]:
    """What is known of all services, in order of time, with news of one of them."""
    others = [each for each in known if each.service != service]
    mine = [each for each in known if each.service == service]
    left = [*departed, *(each.departed for each in mine if each.departed)]
    came = [*arrived, *(each.arrived for each in mine if each.arrived)]
    everything = (*others, *paired(service, left, came))
    return tuple(sorted(everything, key=CustomerMoveDeparture.order))


def paired(
    service: str, departed: Iterable[Rows], arrived: Iterable[Rows]
) -> tuple[CustomerMoveDeparture, ...]:
    """The departures of a service, in order of time, each beside the arrival of the same digest.

    What departed and arrived under digests that only one side knows is put side by side in order of time:
    either it was changed on the way, or the other half has not been heard of.
    """
    left, came = _by_digest(departed), _by_digest(arrived)
    same = [(left[digest], came[digest]) for digest in left if digest in came]
    rest = zip_longest(_without(left, came), _without(came, left))
    departures = [_departure(service, one, other) for one, other in (*same, *rest)]
    return tuple(sorted(departures, key=CustomerMoveDeparture.order))


def _by_digest(heard: Iterable[Rows]) -> dict[str, Rows]:
    """In order of time; what is heard again counts as it was first."""
    found: dict[str, Rows] = {}
    for each in sorted(heard, key=lambda rows: (rows.time, rows.digest)):
        found.setdefault(each.digest, each)
    return found


def _without(some: dict[str, Rows], others: dict[str, Rows]) -> list[Rows]:
    return [rows for digest, rows in some.items() if digest not in others]


def _departure(service: str, departed: Rows | None, arrived: Rows | None) -> CustomerMoveDeparture:
    return CustomerMoveDeparture(
        service,
        digest=departed.digest if departed else "",
        rows=departed.rows if departed else 0,
        depart_time=departed.time if departed else None,
        arrived_digest=arrived.digest if arrived else "",
        arrived_rows=arrived.rows if arrived else 0,
        arrive_time=arrived.time if arrived else None,
    )
