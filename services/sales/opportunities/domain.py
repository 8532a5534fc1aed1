"""What is true of an opportunity: where in its pipeline it is, how it is won or lost (SAL-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused
from chassis.money import Money, minor_units
from services.sales.opportunities.events import (
    OpportunityCreated,
    OpportunityLost,
    OpportunityReopened,
    OpportunityStageChanged,
    OpportunityWon,
)
from services.sales.opportunities.visits import seconds_between
from services.sales.ownership import Owned
from services.sales.pipelines.domain import GlobalStage, Pipeline, Stage


class OpportunityState(StrEnum):
    """Whether an opportunity can still be won."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class LossReason(StrEnum):
    """Why an opportunity was lost."""

    PRICE = "price"
    COMPETITOR = "competitor"
    NO_BUDGET = "no_budget"
    NO_DECISION = "no_decision"
    TIMING = "timing"
    REQUIREMENTS = "requirements"
    DUPLICATE = "duplicate"
    OTHER = "other"


WHOLE_PERCENT = 100


@dataclass(frozen=True)
class TeamMember:
    """Somebody who works on an opportunity, and the share of the amount that counts as theirs."""

    user_id: str
    role: str = ""
    split_percent: int = 0


@dataclass
class Opportunity(Owned):
    """A chance to sell something to an account."""

    id: str
    name: str = ""
    account_id: str = ""
    contact_id: str = ""
    pipeline_id: str = ""
    amount: Money | None = None
    expected_close_date: str = ""
    product_line: str = ""
    product_line_key: str = ""
    competitors: tuple[str, ...] = ()
    team: tuple[TeamMember, ...] = ()
    next_step: str = ""
    campaign_id: str = ""
    lead_id: str = ""
    partner_id: str = ""
    deal_id: str = ""
    state: OpportunityState = OpportunityState.OPEN
    stage: str = ""
    global_stage: GlobalStage = GlobalStage.SELECT
    activity: str = ""
    probability_percent: int = 0
    stage_enter_time: datetime | None = None
    rotting_time: datetime | None = None
    checked_items: tuple[str, ...] = ()
    loss_reason: LossReason | None = None
    loss_note: str = ""
    lost_to: str = ""
    close_time: datetime | None = None
    extensions: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def enter(self, pipeline: Pipeline, at: datetime) -> OpportunityCreated:
        """Begin at the first stage of the pipeline.

        Errors: Refused(PIPELINE_RETIRED); Invalid with AMOUNT_NEGATIVE, CURRENCY_UNKNOWN,
        DATE_INVALID, SPLITS_UNEVEN or MEMBER_REPEATED.
        """
        pipeline.require_active()
        self._check()
        self.pipeline_id = pipeline.id
        self._arrive(pipeline.first, at)
        return OpportunityCreated(
            self.id, self.account_id, self.pipeline_id, self.stage, self.amount, **self._origin()
        )

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Errors: as enter; Refused(OPPORTUNITY_CLOSED)."""
        self._require_open()
        for name, value in changes.items():
            setattr(self, name, value)
        self._check()

    def tick(self, pipeline: Pipeline, item: str) -> None:
        """Tick a checklist item. Refused(OPPORTUNITY_CLOSED); Invalid(ITEM_NOT_FOUND)."""
        self._require_open()
        _require_item(pipeline, item)
        self.checked_items = tuple(sorted({*self.checked_items, item}))

    def untick(self, pipeline: Pipeline, item: str) -> None:
        """Take the tick away. Refused(OPPORTUNITY_CLOSED); Invalid(ITEM_NOT_FOUND)."""
        self._require_open()
        _require_item(pipeline, item)
        self.checked_items = tuple(each for each in self.checked_items if each != item)

    def move(
        self, pipeline: Pipeline, to_stage: str, reason: str, at: datetime
    ) -> OpportunityStageChanged:
        """Go to another stage: forward if the exit criteria are fulfilled, back with a reason.

        Errors: Refused(OPPORTUNITY_CLOSED, ALREADY_AT_STAGE, EXIT_CRITERIA_UNMET);
        Invalid(STAGE_NOT_FOUND, MOVE_REASON_REQUIRED).
        """
        self._require_open()
        if to_stage == self.stage:
            raise Refused("ALREADY_AT_STAGE", stage=to_stage)
        going_back = pipeline.position(to_stage) < pipeline.position(self.stage)
        if going_back and not reason.strip():
            raise Invalid("MOVE_REASON_REQUIRED", field="reason")
        self._require_exit(pipeline.between(self.stage, to_stage))
        from_stage, since = self.stage, self.stage_enter_time or at
        self._arrive(pipeline.stage(to_stage), at)
        return OpportunityStageChanged(
            opportunity_id=self.id,
            pipeline_id=self.pipeline_id,
            from_stage=from_stage,
            to_stage=self.stage,
            global_stage=self.global_stage,
            activity=self.activity,
            duration_seconds=seconds_between(since, at),
        )

    def win(self, pipeline: Pipeline, at: datetime) -> OpportunityWon:
        """Close it as won, if the exit criteria of its stage are fulfilled.

        Errors: Refused(OPPORTUNITY_CLOSED, AMOUNT_REQUIRED, EXIT_CRITERIA_UNMET).
        """
        self._require_open()
        if self.amount is None:
            raise Refused("AMOUNT_REQUIRED")
        self._require_exit((pipeline.stage(self.stage),))
        self._close(OpportunityState.WON, WHOLE_PERCENT, at)
        return OpportunityWon(
            self.id,
            self.account_id,
            self.amount,
            close_time=at,
            product_line=self.product_line,
            **self._origin(),
        )

    def lose(self, reason: LossReason, note: str, lost_to: str, at: datetime) -> OpportunityLost:
        """Close it as lost. Refused(OPPORTUNITY_CLOSED); Invalid(NOTE_REQUIRED) for OTHER alone."""
        self._require_open()
        if reason is LossReason.OTHER and not note.strip():
            raise Invalid("NOTE_REQUIRED", field="note")
        self._close(OpportunityState.LOST, 0, at)
        self.loss_reason, self.loss_note, self.lost_to = reason, note, lost_to
        return OpportunityLost(
            self.id, self.account_id, self.amount, close_time=at, reason=reason, **self._origin()
        )

    def reopen(self, pipeline: Pipeline, at: datetime) -> OpportunityReopened:
        """Open it again at the stage where it was closed. Refused(OPPORTUNITY_OPEN)."""
        if self.state is OpportunityState.OPEN:
            raise Refused("OPPORTUNITY_OPEN")
        closed_as = self.state
        self.state, self.close_time = OpportunityState.OPEN, None
        self.loss_reason, self.loss_note, self.lost_to = None, "", ""
        self._arrive(pipeline.stage(self.stage), at)
        return OpportunityReopened(self.id, self.account_id, closed_as, **self._origin())

    def check_deletable(self, *, visits: int, uses: str) -> None:
        """Only a mistaken entry may go; `uses` says in words what follows from it.

        Errors: Refused(OPPORTUNITY_CLOSED, OPPORTUNITY_MOVED, OPPORTUNITY_IN_USE).
        """
        self._require_open()
        if visits > 1:
            raise Refused("OPPORTUNITY_MOVED")
        if uses:
            raise Refused("OPPORTUNITY_IN_USE", uses=uses)

    def is_rotting(self, at: datetime) -> bool:
        """Whether it is open and has been at its stage too long."""
        open_ = self.state is OpportunityState.OPEN
        return open_ and self.rotting_time is not None and at >= self.rotting_time

    def credits(self) -> list[Money]:
        """The team's shares in money, in the team's order; they sum exactly to the amount."""
        if self.amount is None or not self.team:
            return []
        return self.amount.share_out([member.split_percent for member in self.team])

    def unmet(self, stage: Stage) -> list[str]:
        """The exit criteria of a stage that are not fulfilled, "<stage>.<criterion>"."""
        return [
            stage.item(criterion)
            for criterion in stage.exit_criteria
            if not self._fulfils(criterion.field, stage.item(criterion))
        ]

    def _fulfils(self, field: str, item: str) -> bool:
        return bool(getattr(self, field)) if field else item in self.checked_items

    def _require_exit(self, stages: Sequence[Stage]) -> None:
        unmet = [item for stage in stages for item in self.unmet(stage)]
        if unmet:
            raise Refused("EXIT_CRITERIA_UNMET", criteria=", ".join(unmet))

    def _require_open(self) -> None:
        if self.state is not OpportunityState.OPEN:
            raise Refused("OPPORTUNITY_CLOSED", state=self.state)

    def _arrive(self, stage: Stage, at: datetime) -> None:
        self.stage, self.global_stage, self.activity = stage.key, stage.global_stage, stage.activity
        self.probability_percent = stage.probability_percent
        self.stage_enter_time = at
        self.rotting_time = at + timedelta(days=stage.rotting_days) if stage.rotting_days else None

    def _close(self, state: OpportunityState, probability_percent: int, at: datetime) -> None:
        self.state, self.probability_percent = state, probability_percent
        self.close_time, self.rotting_time = at, None

    def _origin(self) -> dict[str, str]:
        names = ("campaign_id", "lead_id", "partner_id", "deal_id", "owner_id")
        return {name: getattr(self, name) for name in names}

    def _check(self) -> None:
        self.product_line_key = product_line_key(self.product_line)
        if self.amount is not None:
            minor_units(self.amount.currency)
            if self.amount.amount_minor < 0:
                raise Invalid("AMOUNT_NEGATIVE", field="opportunity.amount.amount_minor")
        if self.expected_close_date:
            _require_date(self.expected_close_date)
        _require_fair_team(self.team)


def product_line_key(product_line: str) -> str:
    """A product line as it is compared: no case, no outer spaces."""
    return product_line.strip().casefold()


def _require_item(pipeline: Pipeline, item: str) -> None:
    items = pipeline.checklist()
    if item not in items:
        raise Invalid("ITEM_NOT_FOUND", field="item", allowed=", ".join(sorted(items)))


def _require_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Invalid("DATE_INVALID", field="opportunity.expected_close_date") from None


def _require_fair_team(team: Sequence[TeamMember]) -> None:
    users = [member.user_id for member in team]
    for position, user in enumerate(users):
        if user in users[:position]:
            raise Invalid("MEMBER_REPEATED", field=f"opportunity.team[{position}].user_id")
    total = sum(member.split_percent for member in team)
    if team and total != WHOLE_PERCENT:
        raise Invalid("SPLITS_UNEVEN", field="opportunity.team", total=total)
