"""The rules of a campaign and of its budget (MKT-1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, MeridianError, Refused
from chassis.money import Money
from services.marketing.campaigns.domain import (
    BudgetEntry,
    BudgetEntryKind,
    Campaign,
    CampaignState,
    CampaignStateChanged,
)

PLANNED, COMMITTED, ACTUAL = BudgetEntryKind


def campaign(state: CampaignState = CampaignState.DRAFT, planned: int = 0) -> Campaign:
    return Campaign(
        id="camp_na_1", name="Cloud", currency="EUR", state=state, planned_minor=planned
    )


def entry(kind: BudgetEntryKind, minor: int, currency: str = "EUR") -> BudgetEntry:
    return BudgetEntry("bent_na_1", "camp_na_1", kind, Money(minor, currency), "2026-11-22")


def refusal_of(cloud: Campaign, line: BudgetEntry) -> str:
    before = replace(cloud)
    with pytest.raises(MeridianError) as refusal:
        cloud.enter(line)
    assert cloud == before
    return refusal.value.reason


def test_a_campaign_runs_its_course() -> None:
    cloud = campaign(planned=100)

    moves = [cloud.approve(), cloud.start(), cloud.pause(), cloud.start(), cloud.complete()]

    assert [move.to_state for move in moves] == [
        CampaignState.APPROVED,
        CampaignState.RUNNING,
        CampaignState.PAUSED,
        CampaignState.RUNNING,
        CampaignState.COMPLETED,
    ]
    assert moves[0] == CampaignStateChanged(
        "camp_na_1", CampaignState.DRAFT, CampaignState.APPROVED
    )


def test_a_campaign_without_a_plan_is_not_approved() -> None:
    with pytest.raises(Refused, match="CAMPAIGN_UNPLANNED"):
        campaign().approve()


def test_a_campaign_that_is_over_does_not_change() -> None:
    for state in (CampaignState.COMPLETED, CampaignState.CANCELLED):
        with pytest.raises(Refused, match="CAMPAIGN_OVER"):
            campaign(state).revise({"name": "Other"})


def test_a_campaign_does_not_end_before_it_starts() -> None:
    with pytest.raises(Invalid, match="END_BEFORE_START"):
        campaign().revise({"start_date": "2026-02-01", "end_date": "2026-01-31"})


def test_the_budget_says_why_it_refuses_a_line() -> None:
    running = campaign(CampaignState.RUNNING, planned=100)

    assert refusal_of(campaign(), entry(COMMITTED, 1)) == "CAMPAIGN_NOT_APPROVED"
    assert refusal_of(running, entry(COMMITTED, 101)) == "BUDGET_EXCEEDED"
    assert refusal_of(running, entry(PLANNED, -101)) == "BUDGET_NEGATIVE"
    assert refusal_of(running, entry(PLANNED, 1, "USD")) == "BUDGET_CURRENCY"
    assert refusal_of(campaign(CampaignState.COMPLETED), entry(PLANNED, 1)) == "CAMPAIGN_OVER"


def test_late_invoices_are_entered_after_the_end() -> None:
    done = campaign(CampaignState.COMPLETED, planned=100)

    done.enter(entry(ACTUAL, 120))

    assert done.actual == Money(120, "EUR")


@given(
    st.lists(st.tuples(st.sampled_from(list(BudgetEntryKind)), st.integers(-1000, 1000))),
    st.sampled_from(list(CampaignState)),
)
def test_the_sums_are_those_of_the_lines_and_never_wrong(
    lines: list[tuple[BudgetEntryKind, int]], state: CampaignState
) -> None:
    cloud = campaign(state)
    taken = dict.fromkeys(BudgetEntryKind, 0)
    for kind, minor in lines:
        try:
            cloud.enter(entry(kind, minor))
        except MeridianError:
            continue
        taken[kind] += minor
    assert (cloud.planned_minor, cloud.committed_minor, cloud.actual_minor) == tuple(taken.values())
    assert min(taken.values()) >= 0
    assert taken[COMMITTED] <= taken[PLANNED]
