"""The part of a moving customer that one service keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.directory.customer_moves.departures import CustomerMoveDeparture

#: The services that keep records of customers.
SERVICES = ("sales", "service", "marketing", "partners")

DIGEST_DIFFERS = "DIGEST_DIFFERS"


class CustomerMovePartState(StrEnum):
    """How far a part is."""

    WAITING = "waiting"
    COPIED = "copied"
    DEPARTED = "departed"
    ARRIVED = "arrived"


@dataclass(frozen=True)
class CustomerMoveDelay:
    """Why a part does not go on, or was refused."""

    reason: str
    subject: str
    since_time: datetime


@dataclass
class CustomerMovePart:
    """The records of a moving customer that one service keeps."""

    service: str
    state: CustomerMovePartState = CustomerMovePartState.WAITING
    rows: int = 0
    digest: str = ""
    delay: CustomerMoveDelay | None = None
    told_time: datetime | None = None
    """When the last happened that the service here told of this part; what happened before is no news."""

    @property
    def is_copied(self) -> bool:
        """Whether the other region has, or had, a copy of it."""
        return self.state is not CustomerMovePartState.WAITING

    @property
    def has_arrived(self) -> bool:
        """Whether all of it that departed stands in the other region, unchanged."""
        return self.state is CustomerMovePartState.ARRIVED

    def copy(self, digest: str, rows: int, told: datetime) -> None:
        """Note that the other region has a copy."""
        if self.state is CustomerMovePartState.WAITING:
            self.state = CustomerMovePartState.COPIED
        news = self._takes_note(told)
        if self.state is CustomerMovePartState.COPIED and (news or not self.digest):
            self.digest, self.rows = digest, rows
        if news:
            self._go_on()

    def hold_up(self, reason: str, subject: str, told: datetime) -> None:
        """Note what the part waits for."""
        if self._takes_note(told) and not self._differs:
            self.delay = CustomerMoveDelay(reason, subject, told)

    def depart(self, told: datetime) -> None:
        """Note that rows left, which ends whatever held the part up."""
        if self._takes_note(told):
            self._go_on()

    def settle(self, departures: Sequence[CustomerMoveDeparture]) -> None:
        """Take the state that follows from all departures of this part."""
        gone = [each for each in departures if each.depart_time is not None]
        if not gone:
            return
        self.digest, self.rows = gone[0].digest, gone[0].rows
        arrived = all(each.verified for each in departures)
        self.state = CustomerMovePartState.ARRIVED if arrived else CustomerMovePartState.DEPARTED
        wrong = next((each for each in gone if each.differs), None)
        if wrong is not None and wrong.arrive_time is not None:
            self.delay = CustomerMoveDelay(DIGEST_DIFFERS, wrong.digest, wrong.arrive_time)
        elif self._differs:
            self.delay = None

    @property
    def _differs(self) -> bool:
        return self.delay is not None and self.delay.reason == DIGEST_DIFFERS

    def _go_on(self) -> None:
        if not self._differs:
            self.delay = None

    def _takes_note(self, told: datetime) -> bool:
        """Note when this was told; whether it is news, since nothing later was known."""
        if self.told_time is not None and told < self.told_time:
            return False
        self.told_time = told
        return True
