"""What opportunities announce; each is the protobuf event of the same name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.money import Money
from services.sales.pipelines.domain import GlobalStage


@dataclass(frozen=True)
class OpportunityCreated:
    """An opportunity was entered."""

    opportunity_id: str
    account_id: str
    pipeline_id: str
    stage: str
    amount: Money | None
    campaign_id: str
    lead_id: str
    partner_id: str
    deal_id: str
    owner_id: str


@dataclass(frozen=True)
class OpportunityStageChanged:
    """An opportunity was moved to another stage."""

    opportunity_id: str
    pipeline_id: str
    from_stage: str
    to_stage: str
    global_stage: GlobalStage
    activity: str
    duration_seconds: int


@dataclass(frozen=True)
class OpportunityWon:
    """An opportunity was won."""

    opportunity_id: str
    account_id: str
    amount: Money
    campaign_id: str
    lead_id: str
    partner_id: str
    deal_id: str
    owner_id: str
    close_time: datetime
    product_line: str


@dataclass(frozen=True)
class OpportunityLost:
    """An opportunity was lost."""

    opportunity_id: str
    account_id: str
    amount: Money | None
    campaign_id: str
    lead_id: str
    partner_id: str
    deal_id: str
    owner_id: str
    close_time: datetime
    reason: str


@dataclass(frozen=True)
class OpportunityReopened:
    """A won or lost opportunity was opened again."""

    opportunity_id: str
    account_id: str
    closed_as: str
    campaign_id: str
    lead_id: str
    partner_id: str
    deal_id: str
    owner_id: str
