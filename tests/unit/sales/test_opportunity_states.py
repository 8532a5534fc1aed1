"""Whatever is done to an opportunity, in any order, what must always be true of it is true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chassis.errors import Invalid, Refused
from chassis.money import Money
from services.sales.opportunities.domain import LossReason, Opportunity, OpportunityState
from services.sales.pipelines import standard
from services.sales.pipelines.domain import Pipeline

STAGES = [stage.key for stage in standard.STAGES]


class OpportunityLife(RuleBasedStateMachine):
    """Random lives of one opportunity, against a model that knows only its state and stage."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.pipeline = Pipeline("pipeline_na_1", stages=standard.STAGES)
        self.opportunity = Opportunity("opp_na_1", account_id="account_na_1")
        self.opportunity.enter(self.pipeline, self.now)
        self.stage, self.state = STAGES[0], OpportunityState.OPEN

    @rule(days=st.integers(0, 40))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(item=st.sampled_from(["understand.need_confirmed", "propose.proposal_sent"]))
    @precondition(lambda self: self.state is OpportunityState.OPEN)
    def tick(self, item: str) -> None:
        self.opportunity.tick(self.pipeline, item)

    @rule(amount=st.none() | st.integers(0, 10**9))
    @precondition(lambda self: self.state is OpportunityState.OPEN)
    def value(self, amount: int | None) -> None:
        money = None if amount is None else Money(amount, "EUR")
        self.opportunity.revise({"amount": money, "expected_close_date": "2026-12-01"})

    @rule(to_stage=st.sampled_from(STAGES), reason=st.sampled_from(["", "rethink"]))
    def move(self, to_stage: str, reason: str) -> None:
        passed = self.pipeline.between(self.stage, to_stage)
        unmet = [item for stage in passed for item in self.opportunity.unmet(stage)]
        backward = STAGES.index(to_stage) < STAGES.index(self.stage)
        allowed = (
            self.state is OpportunityState.OPEN
            and to_stage != self.stage
            and not unmet
            and (bool(reason) or not backward)
        )
        try:
            event = self.opportunity.move(self.pipeline, to_stage, reason, self.now)
        except (Refused, Invalid):
            assert not allowed
        else:
            assert allowed
            assert (event.from_stage, event.to_stage) == (self.stage, to_stage)
            assert event.duration_seconds >= 0
            self.stage = to_stage

    @rule()
    def win(self) -> None:
        unmet = self.opportunity.unmet(self.pipeline.stage(self.stage))
        ready = self.opportunity.amount is not None and not unmet
        try:
            self.opportunity.win(self.pipeline, self.now)
        except Refused:
            assert self.state is not OpportunityState.OPEN or not ready
        else:
            assert self.state is OpportunityState.OPEN
            assert ready
            self.state = OpportunityState.WON

    @rule(reason=st.sampled_from(LossReason), note=st.sampled_from(["", "note"]))
    def lose(self, reason: LossReason, note: str) -> None:
        try:
            self.opportunity.lose(reason, note, "", self.now)
        except (Refused, Invalid):
            assert self.state is not OpportunityState.OPEN or (
                reason is LossReason.OTHER and not note
            )
        else:
            self.state = OpportunityState.LOST

    @rule()
    def reopen(self) -> None:
        try:
            self.opportunity.reopen(self.pipeline, self.now)
        except Refused:
            assert self.state is OpportunityState.OPEN
        else:
            self.state = OpportunityState.OPEN

    @invariant()
    def agrees_with_the_model(self) -> None:
        assert (self.opportunity.state, self.opportunity.stage) == (self.state, self.stage)

    @invariant()
    def is_closed_exactly_when_it_has_a_close_time(self) -> None:
        closed = self.state is not OpportunityState.OPEN
        assert (self.opportunity.close_time is not None) == closed
        assert not (closed and self.opportunity.is_rotting(self.now))

    @invariant()
    def has_a_loss_reason_exactly_when_lost(self) -> None:
        lost = self.state is OpportunityState.LOST
        assert (self.opportunity.loss_reason is not None) == lost

    @invariant()
    def has_the_probability_of_its_state(self) -> None:
        expected = {OpportunityState.WON: 100, OpportunityState.LOST: 0}
        stage = self.pipeline.stage(self.stage)
        assert self.opportunity.probability_percent == expected.get(
            self.state, stage.probability_percent
        )


TestOpportunityLife = OpportunityLife.TestCase
