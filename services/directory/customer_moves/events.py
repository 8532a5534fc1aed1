"""What is announced of a customer's move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CustomerMoveProposed:
    """This region wants to give a customer to another."""

    move_id: str
    account_id: str
    from_region: str
    to_region: str
    owner_id: str


@dataclass(frozen=True)
class CustomerMoveAnswered:
    """This region says whether a customer of another can come; an empty reason means yes."""

    move_id: str
    region: str
    reason: str = ""
    team_id: str = ""
    business_unit_id: str = ""


@dataclass(frozen=True)
class CustomerMoveStarted:
    """The services copy their parts."""

    move_id: str
    account_id: str
    to_region: str
    owner_id: str
    team_id: str
    business_unit_id: str


@dataclass(frozen=True)
class CustomerMoveDeparting:
    """All parts are copied and may leave."""

    move_id: str
    account_id: str


@dataclass(frozen=True)
class CustomerMoveClosed:
    """The move is over."""

    move_id: str
    account_id: str
    from_region: str
    to_region: str
    moved: bool
    """Whether the customer lives in the other region now."""
    close_time: datetime
