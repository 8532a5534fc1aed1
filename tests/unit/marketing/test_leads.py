"""The rules of a lead (MKT-3), whatever stores or serves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, MeridianError, Refused
from services.marketing.leads.domain import (
    CLOSED,
    DisqualifyReason,
    Lead,
    LeadCreated,
    LeadDisqualified,
    LeadQualified,
    LeadState,
    LeadWorked,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def lead(state: LeadState = LeadState.NEW) -> Lead:
    return Lead(id="lead_na_1", family_name="Wang", campaign_id="camp_na_1", state=state)


def test_a_captured_lead_is_new_and_announced() -> None:
    captured = Lead(id="lead_na_1", phone="+86 10 1234", source="web")

    assert captured.capture(at=NOON) == LeadCreated("lead_na_1", "web", "", "")
    assert captured.state is LeadState.NEW
    assert captured.first_response_due_time == NOON + timedelta(days=1)


def test_a_lead_that_nobody_could_reach_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        Lead(id="lead_na_1", city="Berlin").capture(at=NOON)

    assert refusal.value.reason == "LEAD_NAMELESS"
    assert refusal.value.violations[0].field == "lead.family_name"


def test_working_stops_the_first_response_clock_once() -> None:
    wang = lead()

    assert wang.work(at=NOON) == LeadWorked("lead_na_1", NOON)
    wang.state = LeadState.RECYCLED
    wang.work(at=NOON + timedelta(days=1))

    assert wang.state is LeadState.WORKING
    assert wang.first_response_time == NOON


def test_qualifying_announces_the_campaign_that_brought_it() -> None:
    wang = lead(LeadState.WORKING)

    assert wang.qualify(at=NOON) == LeadQualified("lead_na_1", "camp_na_1")
    assert wang.state is LeadState.QUALIFIED


def test_a_lead_is_given_up_with_a_reason() -> None:
    wang = lead(LeadState.WORKING)

    told = wang.disqualify(DisqualifyReason.NO_BUDGET, "", at=NOON)

    assert told == LeadDisqualified("lead_na_1", DisqualifyReason.NO_BUDGET)
    assert (wang.state, wang.disqualify_reason) == (
        LeadState.DISQUALIFIED,
        DisqualifyReason.NO_BUDGET,
    )


def test_the_reason_other_needs_a_note() -> None:
    wang = lead()

    with pytest.raises(Invalid) as refusal:
        wang.disqualify(DisqualifyReason.OTHER, "  ", at=NOON)

    assert refusal.value.violations[0].field == "note"
    assert wang == lead()


@pytest.mark.parametrize("state", sorted(CLOSED))
def test_a_closed_lead_cannot_be_changed(state: LeadState) -> None:
    closed = lead(state)

    with pytest.raises(Refused) as refusal:
        closed.revise({"city": "Berlin"})

    assert (refusal.value.reason, refusal.value.params) == ("LEAD_CLOSED", {"state": state.value})
    assert closed == lead(state)


VERBS = {
    "work": lambda wang: wang.work(at=NOON),
    "qualify": lambda wang: wang.qualify(at=NOON),
    "nurture": lambda wang: wang.nurture(),
    "recycle": lambda wang: wang.recycle(),
    "convert": lambda wang: (wang.begin_conversion("conv_na_1"), wang.convert("a", "c", "o")),
    "undo": lambda wang: wang.conversion_id and wang.undo_conversion(),
    "disqualify": lambda wang: wang.disqualify(DisqualifyReason.NO_NEED, "", at=NOON),
}


@given(st.lists(st.sampled_from(sorted(VERBS))))
def test_no_sequence_of_verbs_breaks_a_lead(verbs: list[str]) -> None:
    wang = lead()
    for verb in verbs:
        before = Lead(**vars(wang))
        try:
            VERBS[verb](wang)
        except MeridianError:
            assert wang == before, "a refused verb changes nothing"
        assert (wang.disqualify_reason is not None) == (wang.state is LeadState.DISQUALIFIED)
        assert (wang.conversion_id != "") == (wang.state is LeadState.CONVERTED)
        if wang.state in {LeadState.WORKING, LeadState.QUALIFIED, LeadState.CONVERTED}:
            assert wang.first_response_time == NOON
