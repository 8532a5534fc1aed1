"""An opportunity's rules, one by one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, Refused
from chassis.money import Money
from services.sales.opportunities.domain import (
    LossReason,
    Opportunity,
    OpportunityState,
    TeamMember,
)
from services.sales.opportunities.visits import StageVisit
from services.sales.pipelines import standard
from services.sales.pipelines.domain import GlobalStage, Pipeline

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = START + timedelta(hours=2)
PIPELINE = Pipeline("pipeline_na_1", name="Standard", stages=standard.STAGES)


def opportunity(**fields: object) -> Opportunity:
    made = Opportunity(
        "opp_na_1",
        name="Storage",
        account_id="account_na_1",
        owner_id="user_na_1",
        lead_id="lead_na_1",
        **fields,  # type: ignore[arg-type]
    )
    made.enter(PIPELINE, START)
    return made


def test_begins_at_the_first_stage() -> None:
    new = opportunity()
    assert (new.stage, new.global_stage, new.activity, new.probability_percent) == (
        "identify",
        GlobalStage.SELECT,
        "select.identify_customer",
        10,
    )
    assert new.rotting_time == START + timedelta(days=14)


def test_moves_forward_when_the_criteria_are_fulfilled() -> None:
    storage = opportunity()
    storage.tick(PIPELINE, "understand.need_confirmed")
    moved = storage.move(PIPELINE, "validate", "", LATER)
    assert (moved.from_stage, moved.to_stage, moved.duration_seconds) == (
        "identify",
        "validate",
        7200,
    )
    assert (storage.probability_percent, storage.stage_enter_time) == (40, LATER)


def test_unmet_criteria_of_every_stage_passed_are_named_and_nothing_moves() -> None:
    storage = opportunity()
    with pytest.raises(Refused) as refusal:
        storage.move(PIPELINE, "propose", "", LATER)
    assert refusal.value.params == {
        "criteria": "understand.need_confirmed, validate.amount_known, validate.date_known"
    }
    assert (storage.stage, storage.stage_enter_time) == ("identify", START)


def test_goes_back_with_a_reason_only() -> None:
    storage = opportunity()
    storage.move(PIPELINE, "understand", "", LATER)
    with pytest.raises(Invalid, match="MOVE_REASON_REQUIRED"):
        storage.move(PIPELINE, "identify", " ", LATER)
    storage.move(PIPELINE, "identify", "wrong customer", LATER)
    assert storage.stage == "identify"


def test_refuses_a_stage_that_is_unknown_or_where_it_is() -> None:
    storage = opportunity()
    with pytest.raises(Invalid, match="STAGE_NOT_FOUND"):
        storage.move(PIPELINE, "delivery", "", LATER)
    with pytest.raises(Refused, match="ALREADY_AT_STAGE"):
        storage.move(PIPELINE, "identify", "", LATER)


def test_a_tick_can_be_taken_away_and_must_exist() -> None:
    storage = opportunity()
    storage.tick(PIPELINE, "understand.need_confirmed")
    storage.tick(PIPELINE, "understand.need_confirmed")
    assert storage.checked_items == ("understand.need_confirmed",)
    storage.untick(PIPELINE, "understand.need_confirmed")
    assert storage.checked_items == ()
    with pytest.raises(Invalid, match="ITEM_NOT_FOUND"):
        storage.tick(PIPELINE, "validate.amount_known")


def test_winning_needs_an_amount_and_the_criteria_of_its_stage() -> None:
    storage = opportunity()
    with pytest.raises(Refused, match="AMOUNT_REQUIRED"):
        storage.win(PIPELINE, LATER)
    storage.amount = Money(500_00, "EUR")
    storage.move(PIPELINE, "understand", "", LATER)
    with pytest.raises(Refused, match="EXIT_CRITERIA_UNMET"):
        storage.win(PIPELINE, LATER)
    storage.tick(PIPELINE, "understand.need_confirmed")
    won = storage.win(PIPELINE, LATER)
    assert (won.amount, won.lead_id, won.close_time) == (Money(500_00, "EUR"), "lead_na_1", LATER)
    assert (storage.state, storage.probability_percent) == (OpportunityState.WON, 100)


def test_losing_needs_a_note_for_other() -> None:
    storage = opportunity()
    with pytest.raises(Invalid, match="NOTE_REQUIRED"):
        storage.lose(LossReason.OTHER, "", "", LATER)
    lost = storage.lose(LossReason.COMPETITOR, "", "Globex", LATER)
    assert lost.reason == "competitor"
    assert (storage.state, storage.probability_percent, storage.lost_to) == (
        OpportunityState.LOST,
        0,
        "Globex",
    )


def test_reopening_forgets_why_it_was_closed() -> None:
    storage = opportunity()
    storage.lose(LossReason.PRICE, "", "", LATER)
    reopened = storage.reopen(PIPELINE, LATER + timedelta(days=1))
    assert (reopened.closed_as, storage.loss_reason, storage.close_time) == ("lost", None, None)
    assert (storage.stage, storage.probability_percent) == ("identify", 10)
    with pytest.raises(Refused, match="OPPORTUNITY_OPEN"):
        storage.reopen(PIPELINE, LATER)


def test_a_closed_opportunity_does_not_change() -> None:
    storage = opportunity()
    storage.lose(LossReason.PRICE, "", "", LATER)
    for change in (
        lambda: storage.revise({"name": "x"}),
        lambda: storage.tick(PIPELINE, "understand.need_confirmed"),
        lambda: storage.move(PIPELINE, "understand", "", LATER),
        lambda: storage.lose(LossReason.PRICE, "", "", LATER),
        lambda: storage.check_deletable(visits=1, uses=""),
    ):
        with pytest.raises(Refused, match="OPPORTUNITY_CLOSED"):
            change()
    assert storage.name == "Storage"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"amount": Money(-1, "EUR")}, "AMOUNT_NEGATIVE"),
        ({"amount": Money(1, "XYZ")}, "CURRENCY_UNKNOWN"),
        ({"expected_close_date": "2026-02-30"}, "DATE_INVALID"),
        ({"team": (TeamMember("u1", "", 60), TeamMember("u2", "", 60))}, "SPLITS_UNEVEN"),
        ({"team": (TeamMember("u1", "", 50), TeamMember("u1", "", 50))}, "MEMBER_REPEATED"),
    ],
)
def test_refuses_wrong_fields(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        opportunity(**fields)


def test_rots_only_while_open_and_only_after_its_time() -> None:
    storage = opportunity()
    due = START + timedelta(days=14)
    assert not storage.is_rotting(due - timedelta(seconds=1))
    assert storage.is_rotting(due)
    storage.lose(LossReason.TIMING, "", "", due)
    assert not storage.is_rotting(due)


def test_only_a_mistaken_entry_may_go() -> None:
    storage = opportunity()
    storage.check_deletable(visits=1, uses="")
    with pytest.raises(Refused, match="OPPORTUNITY_MOVED"):
        storage.check_deletable(visits=2, uses="")
    with pytest.raises(Refused, match="OPPORTUNITY_IN_USE"):
        storage.check_deletable(visits=1, uses="quotes: 1")


@given(st.integers(0, 10**12), st.lists(st.integers(1, 99), max_size=6, unique=True))
def test_credits_sum_to_the_amount_whatever_the_splits(amount: int, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), 100]
    splits = [high - low for low, high in itertools.pairwise(edges)]
    team = tuple(TeamMember(f"u{i}", "", split) for i, split in enumerate(splits))
    shared = opportunity(amount=Money(amount, "JPY"), team=team)
    assert sum(credit.amount_minor for credit in shared.credits()) == amount


def test_a_visit_lasts_until_it_is_left() -> None:
    visit = StageVisit("opp_na_1", 1, "identify", GlobalStage.SELECT, START, "user_na_1")
    assert visit.seconds(LATER) == 7200
    over = replace(visit, leave_time=LATER)
    assert over.seconds(LATER + timedelta(days=9)) == 7200
