"""What is true of a customer's move to another region: its states, and what leads from one to the next (PLT-4).

proposed → copying → departing → done
    └─────────┴──▶ failed, cancelled
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chassis.errors import Refused
from services.directory.customer_moves.departures import CustomerMoveDeparture, Rows, noted
from services.directory.customer_moves.events import (
    CustomerMoveClosed,
    CustomerMoveDeparting,
    CustomerMoveProposed,
    CustomerMoveStarted,
)
from services.directory.customer_moves.parts import SERVICES, CustomerMovePart


class CustomerMoveState(StrEnum):
    """How far a move is."""

    PROPOSED = "proposed"
    COPYING = "copying"
    DEPARTING = "departing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: Nothing has left the region in these.
_BEFORE_DEPARTURE = (CustomerMoveState.PROPOSED, CustomerMoveState.COPYING)
OPEN = (*_BEFORE_DEPARTURE, CustomerMoveState.DEPARTING)


@dataclass(frozen=True)
class CustomerMoveFailure:
    """What made a move fail."""

    service: str
    reason: str
    subject: str


def _parts() -> tuple[CustomerMovePart, ...]:
    return tuple(CustomerMovePart(service) for service in SERVICES)


@dataclass
class CustomerMove:
    """A customer of this region who goes to live in another one."""

    id: str
    account_id: str
    to_region: str
    owner_id: str
    reason: str
    from_region: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    state: CustomerMoveState = CustomerMoveState.PROPOSED
    parts: tuple[CustomerMovePart, ...] = field(default_factory=_parts)
    departures: tuple[CustomerMoveDeparture, ...] = ()
    failure: CustomerMoveFailure | None = None
    requested_by_id: str = ""
    cancelled_by_id: str = ""
    cancel_reason: str = ""
    answer_time: datetime | None = None
    depart_time: datetime | None = None
    close_time: datetime | None = None
    open_account_id: str | None = None
    """The customer while the move is open, so that the database lets no other begin."""
    waiting_since_time: datetime | None = None
    """Since when something is to happen: the departure of what has not arrived, or the beginning of an open move."""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def propose(self, from_region: str, requested_by_id: str, at: datetime) -> CustomerMoveProposed:
        """Ask the other region."""
        self.from_region, self.requested_by_id = from_region, requested_by_id
        self.open_account_id, self.waiting_since_time = self.account_id, at
        return CustomerMoveProposed(
            self.id, self.account_id, from_region, self.to_region, self.owner_id
        )

    def answer(
        self, reason: str, team_id: str, business_unit_id: str, at: datetime
    ) -> CustomerMoveStarted | CustomerMoveClosed | None:
        """Note what the other region said, the first time; it is no if there is a reason."""
        if self.state is not CustomerMoveState.PROPOSED:
            return None
        self.answer_time = at
        if reason:
            return self._fail(CustomerMoveFailure("directory", reason, self.owner_id), at)
        self.state = CustomerMoveState.COPYING
        self.team_id, self.business_unit_id = team_id, business_unit_id
        return CustomerMoveStarted(
            self.id, self.account_id, self.to_region, self.owner_id, team_id, business_unit_id
        )

    def copy(self, service: str, digest: str, rows: int, told: datetime) -> None:
        """Note that the other region has a copy of a part."""
        self._part(service).copy(digest, rows, told)

    @property
    def can_depart(self) -> bool:
        """Whether all parts are copied and none has been told to leave."""
        copied = all(part.is_copied for part in self.parts)
        return self.state is CustomerMoveState.COPYING and copied

    def depart(self, at: datetime) -> CustomerMoveDeparting:
        """Let the parts leave: from here there is no way back. Only while it can depart."""
        self.state, self.depart_time = CustomerMoveState.DEPARTING, at
        return CustomerMoveDeparting(self.id, self.account_id)

    def hold_up(self, service: str, reason: str, subject: str, told: datetime) -> None:
        """Note what a part waits for; after it was called off, the move waits for nothing."""
        if self.state is not CustomerMoveState.CANCELLED:
            self._part(service).hold_up(reason, subject, told)

    def refuse(
        self, service: str, reason: str, subject: str, at: datetime
    ) -> CustomerMoveClosed | None:
        """Fail because a service cannot let the customer go; None if parts leave already, or it is over."""
        if self.state not in _BEFORE_DEPARTURE:
            return None
        return self._fail(CustomerMoveFailure(service, reason, subject), at)

    def note_departed(
        self, service: str, rows: Rows, told: datetime, at: datetime
    ) -> CustomerMoveClosed | None:
        """Note rows that left; the event if the move is done by it, since their arrival was known."""
        self._part(service).depart(told)
        self.departures = noted(self.departures, service, departed=(rows,))
        return self._settle(service, at)

    def note_arrived(self, service: str, rows: Rows, at: datetime) -> CustomerMoveClosed | None:
        """Note rows that stand in the other region; the event if the move is done by it."""
        self.departures = noted(self.departures, service, arrived=(rows,))
        return self._settle(service, at)

    def cancel(self, by: str, reason: str, at: datetime) -> CustomerMoveClosed:
        """Call it off. Errors: Refused(CUSTOMER_MOVE_DEPARTING, CUSTOMER_MOVE_CLOSED)."""
        if self.state is CustomerMoveState.DEPARTING:
            raise Refused("CUSTOMER_MOVE_DEPARTING")
        if self.state not in OPEN:
            raise Refused("CUSTOMER_MOVE_CLOSED", state=self.state)
        self.cancelled_by_id, self.cancel_reason = by, reason
        return self._close(CustomerMoveState.CANCELLED, at)

    def _settle(self, service: str, at: datetime) -> CustomerMoveClosed | None:
        """Take the state that follows from what departed and arrived."""
        self._part(service).settle([each for each in self.departures if each.service == service])
        done = self.state is CustomerMoveState.DEPARTING and self._has_arrived
        closed = self._close(CustomerMoveState.DONE, at) if done else None
        self._wait()
        return closed

    @property
    def _has_arrived(self) -> bool:
        return all(part.has_arrived for part in self.parts)

    def _part(self, service: str) -> CustomerMovePart:
        return next(part for part in self.parts if part.service == service)

    def _fail(self, failure: CustomerMoveFailure, at: datetime) -> CustomerMoveClosed:
        self.failure = failure
        return self._close(CustomerMoveState.FAILED, at)

    def _close(self, state: CustomerMoveState, at: datetime) -> CustomerMoveClosed:
        self.state, self.close_time = state, at
        self.open_account_id = self.waiting_since_time = None
        moved = state is CustomerMoveState.DONE
        return CustomerMoveClosed(
            self.id, self.account_id, self.from_region, self.to_region, moved, at
        )

    def _wait(self) -> None:
        """What is over waits only for what left and has not arrived."""
        if self.state in OPEN:
            return
        gone = [each.depart_time for each in self.departures if not each.verified]
        self.waiting_since_time = min((each for each in gone if each), default=None)
