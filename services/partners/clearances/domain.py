"""What is true of a clearance: it is decided once, by the hub, and it ends once (PRM-4, PLT-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.match_keys import MatchHash


class ClearanceDecision(StrEnum):
    """What the hub said."""

    GRANTED = "granted"
    REFUSED = "refused"
    VOID = "void"


@dataclass(frozen=True)
class DealClearanceRequested:
    """A region asks whether it may protect a customer and product line for a deal."""

    deal_id: str
    number: int
    product_line: str
    hashes: tuple[MatchHash, ...]


@dataclass(frozen=True)
class DealClearanceDecided:
    """The hub decided."""

    deal_id: str
    number: int
    region: str
    decision: ClearanceDecision
    conflicting_deal_id: str
    conflicting_region: str
    identifier: str
    decide_time: datetime


@dataclass(frozen=True)
class DealClearanceReleased:
    """A clearance is over."""

    deal_id: str
    number: int


@dataclass(frozen=True)
class DealClearancesForgotten:
    """The hub was restored, and does not know any more what it decided between these moments."""

    region: str
    since_time: datetime
    until_time: datetime


@dataclass(frozen=True)
class Obstacle:
    """The deal that has a customer and product line, and the kind of identifier that both share."""

    deal_id: str
    region: str
    identifier: str


@dataclass
class Clearance:
    """What is known of a clearance; which of decision and release is heard first does not matter."""

    deal_id: str
    number: int
    region: str
    decision: ClearanceDecision | None = None
    conflicting_deal_id: str = ""
    conflicting_region: str = ""
    identifier: str = ""
    decide_time: datetime | None = None
    released: bool = False

    @property
    def id(self) -> str:
        """The deal's id with the number of the clearance."""
        return f"{self.deal_id}.{self.number}"

    @property
    def holds(self) -> bool:
        """Whether nobody else may have the customer and product line."""
        return self.decision is ClearanceDecision.GRANTED and not self.released

    def decide(
        self, decision: ClearanceDecision, obstacle: Obstacle | None, *, at: datetime
    ) -> None:
        """Note the hub's decision."""
        self.decision, self.decide_time = decision, at
        if obstacle is not None:
            self.conflicting_deal_id = obstacle.deal_id
            self.conflicting_region = obstacle.region
            self.identifier = obstacle.identifier

    def told(self) -> DealClearanceDecided:
        """The decision as it is announced, however often. ValueError before there is one."""
        if self.decision is None or self.decide_time is None:
            raise ValueError(f"{self.id} is not decided")
        return DealClearanceDecided(
            self.deal_id,
            self.number,
            self.region,
            self.decision,
            self.conflicting_deal_id,
            self.conflicting_region,
            self.identifier,
            self.decide_time,
        )
