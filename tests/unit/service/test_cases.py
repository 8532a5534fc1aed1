"""Cases: every verb in every state, complaints, merge, split, and arbitrary histories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Denied, Invalid, MeridianError, Refused
from services.service.cases.complaints import Complaint
from services.service.cases.domain import AUTO_CLOSE_AFTER, Case, account_of_new_case
from services.service.cases.facts import (
    CaseAnswered,
    CaseAttached,
    CaseChannel,
    CaseKind,
    CasePriority,
    CaseReopened,
    CaseResumed,
    CaseState,
    PendingReason,
)
from services.service.sla_policies.domain import ClockKind, EscalationAction, EscalationStep

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def case(state: CaseState = CaseState.NEW, **fields: object) -> Case:
    made = Case("case_1", "Printer on fire", "acc_1", state=state, **fields)  # type: ignore[arg-type]
    made.create()
    if state is CaseState.PENDING:
        made.pending_reason = PendingReason.CUSTOMER
    return made


def step(action: EscalationAction, **target: str) -> EscalationStep:
    return EscalationStep(ClockKind.RESOLUTION, 80, action, **target)


VERBS: dict[str, Callable[[Case], object]] = {
    "assign": lambda case: case.assign("usr_1", ""),
    "prioritize": lambda case: case.prioritize(CasePriority.URGENT),
    "hold": lambda case: case.hold(PendingReason.VENDOR),
    "resume": lambda case: case.resume(),
    "resolve": lambda case: case.resolve("Put it out.", AT),
    "close": lambda case: case.close(AT),
    "reopen": lambda case: case.reopen(),
    "answer": lambda case: case.answer(AT),
    "hear": lambda case: case.hear(),
    "merge": lambda case: case.merge(Case("case_2", "Other", "acc_1")),
    "attach": lambda case: case.attach(Case("case_2", "Other", "acc_1"), False),
    "change": lambda case: case.change({"subject": "Still on fire"}),
    "split": lambda case: case.split("case_3", "Ink too"),
}
N, O, P, R, C, A, M = CaseState  # noqa: E741
# What each verb makes of each state; states that are left out refuse it.
ALLOWED: dict[str, dict[CaseState, CaseState]] = {
    "assign": {N: O, O: O, P: P, R: R, A: A},
    "prioritize": {N: N, O: O, P: P, R: R, A: A},
    "hold": {N: P, O: P, A: P},
    "resume": {P: O},
    "resolve": {N: R, O: R, P: R, A: R},
    "close": {R: C},
    "reopen": {R: A, C: A},
    "answer": {N: O, O: O, P: P, R: R, A: A},
    "hear": {N: N, O: O, P: O, R: A, A: A},
    "merge": {N: M, O: M, P: M, R: M, A: M},
    "attach": {N: N, O: O, P: P, R: R, A: A},
    "change": {N: N, O: O, P: P, R: R, A: A},
    "split": {N: N, O: O, P: P, R: R, A: A},
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", CaseState)
def test_every_verb_in_every_state(verb: str, state: CaseState) -> None:
    subject = case(state)
    untouched = case(state)
    if state in ALLOWED[verb]:
        VERBS[verb](subject)
        assert subject.state is ALLOWED[verb][state]
        return
    with pytest.raises(Refused):
        VERBS[verb](subject)
    assert subject == untouched


@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=30))
def test_any_history_leaves_a_case_that_makes_sense(history: list[str]) -> None:
    subject = case()
    for verb in history:
        try:
            VERBS[verb](subject)
        except MeridianError:
            continue
    assert (subject.state is CaseState.PENDING) == (subject.pending_reason is not None)
    assert (subject.state is CaseState.MERGED) == bool(subject.merged_into_id)
    if subject.state in (CaseState.RESOLVED, CaseState.CLOSED):
        assert subject.resolution
        assert subject.resolve_time
    assert (subject.state is CaseState.CLOSED) == (subject.close_time is not None)


def complaint() -> Case:
    return case(kind=CaseKind.COMPLAINT)


def test_a_complaint_closes_only_with_all_four() -> None:
    subject = complaint()
    subject.resolve("Replaced.", AT)
    with pytest.raises(Refused) as refusal:
        subject.close(AT)
    assert refusal.value.params == {"missing": "acknowledgement, root_cause, remedy, sign_off"}
    subject.acknowledge("We are sorry.", AT)
    subject.change({"complaint": Complaint(root_cause="Loose cable", remedy="New cable")})
    with pytest.raises(Refused) as refusal:
        subject.close(AT)
    assert refusal.value.params == {"missing": "sign_off"}
    subject.sign_off("usr_9", AT)
    subject.close(AT)
    assert subject.state is CaseState.CLOSED


def test_a_new_root_cause_takes_the_sign_off_away() -> None:
    subject = complaint()
    subject.acknowledge("We are sorry.", AT)
    subject.change({"complaint": Complaint(root_cause="Loose cable", remedy="New cable")})
    subject.sign_off("usr_9", AT)
    subject.change({"complaint": Complaint(root_cause="Loose cable", remedy="New cable")})
    assert subject.complaint.signed_off_by_id == "usr_9"
    subject.change({"complaint": Complaint(root_cause="Worn cable", remedy="New cable")})
    assert (subject.complaint.signed_off_by_id, subject.complaint.sign_off_time) == ("", None)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda c: c.sign_off("usr_9", AT), "COMPLAINT_INCOMPLETE"),
        (lambda c: c.change({"kind": CaseKind.QUESTION}), "COMPLAINT_STAYS_COMPLAINT"),
        (lambda c: (c.acknowledge("a", AT), c.acknowledge("b", AT)), "COMPLAINT_ACKNOWLEDGED"),
    ],
)
def test_what_complaints_refuse(act: Callable[[Case], object], reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        act(complaint())
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("step", "priority", "team", "events"),
    [
        (step(EscalationAction.NOTIFY_ROLE, role="supervisor"), "high", "team_a", []),
        (step(EscalationAction.RAISE_PRIORITY), "urgent", "team_a", ["CasePrioritized"]),
        (
            step(EscalationAction.REASSIGN_TEAM, team_id="team_b"),
            "high",
            "team_b",
            ["CaseAssigned"],
        ),
    ],
)
def test_what_escalation_does(
    step: EscalationStep, priority: str, team: str, events: list[str]
) -> None:
    subject = case(CaseState.OPEN, priority=CasePriority.HIGH, team_id="team_a")
    assert [type(event).__name__ for event in subject.escalate(step)] == events
    assert (subject.priority, subject.team_id, subject.escalation_count) == (priority, team, 1)


def test_a_resolved_case_closes_by_itself_and_a_complaint_once_it_is_signed_off() -> None:
    subject = case()
    subject.resolve("Put it out.", AT)
    assert subject.auto_close_time == AT + AUTO_CLOSE_AFTER
    subject.reopen()
    assert subject.auto_close_time is None
    grievance = complaint()
    grievance.resolve("Replaced.", AT)
    assert grievance.auto_close_time is None
    grievance.acknowledge("We are sorry.", AT)
    grievance.change({"complaint": Complaint(root_cause="Loose cable", remedy="New cable")})
    grievance.sign_off("usr_9", AT)
    assert grievance.auto_close_time == AT + AUTO_CLOSE_AFTER


def test_complaint_verbs_need_a_complaint() -> None:
    with pytest.raises(Refused) as refusal:
        case().acknowledge("We are sorry.", AT)
    assert refusal.value.reason == "CASE_NOT_COMPLAINT"


def test_the_first_answer_is_announced_once() -> None:
    subject = case()
    assert subject.answer(AT) == CaseAnswered("case_1", AT)
    assert subject.answer(AT + timedelta(hours=1)) is None
    assert subject.first_response_time == AT


def test_a_customers_message_ends_waiting_for_the_customer_only() -> None:
    assert case(CaseState.PENDING).hear() == CaseResumed("case_1")
    waiting = case(CaseState.OPEN)
    waiting.hold(PendingReason.PART)
    assert waiting.hear() is None
    assert waiting.state is CaseState.PENDING
    assert case(CaseState.RESOLVED).hear() == CaseReopened("case_1", "acc_1", 1)


@pytest.mark.parametrize(
    ("into", "error"),
    [
        (Case("case_1", "Itself", "acc_1"), Invalid("MERGE_INTO_SELF")),
        (Case("case_2", "Closed", "acc_1", state=CaseState.CLOSED), Refused("MERGE_TARGET_CLOSED")),
        (Case("case_2", "Foreign", "acc_2"), Refused("MERGE_ACCOUNTS_DIFFER")),
    ],
)
def test_what_cannot_be_merged_into(into: Case, error: MeridianError) -> None:
    subject = case()
    with pytest.raises(type(error)) as refusal:
        subject.merge(into)
    assert refusal.value.reason == error.reason
    assert subject == case()


@pytest.mark.parametrize(
    ("child", "into_parent", "parent"),
    [
        ("case_4", "", "case_2"),
        ("case_4", "case_1", "case_2"),
        ("case_4", "case_9", "case_9"),
        ("case_2", "case_1", ""),
    ],
)
def test_children_follow_a_merged_parent(child: str, into_parent: str, parent: str) -> None:
    into = Case("case_2", "Other", "acc_1", parent_id=into_parent)
    moved = Case(child, "Child", "acc_1", parent_id="case_1", state=CaseState.CLOSED)
    assert moved.follow(case(), into) == CaseAttached(child, parent)


def test_trees_are_two_levels_deep() -> None:
    subject = case()
    with pytest.raises(Refused, match="PARENT_IS_CHILD"):
        subject.attach(Case("case_2", "Child", "acc_1", parent_id="case_3"), False)
    with pytest.raises(Refused, match="CASE_HAS_CHILDREN"):
        subject.attach(Case("case_2", "Other", "acc_1"), True)
    with pytest.raises(Invalid, match="PARENT_IS_SELF"):
        subject.attach(case(), False)
    assert subject.attach(Case("case_2", "Other", "acc_1"), False).parent_id == "case_2"
    assert subject.attach(None, False).parent_id == ""


def test_a_part_that_is_split_off_keeps_the_customer_and_the_urgency() -> None:
    whole = case(CaseState.OPEN, priority=CasePriority.HIGH, channel=CaseChannel.PHONE)
    part, created, split = whole.split("case_3", "Ink too")
    assert (part.account_id, part.priority, part.state) == (
        "acc_1",
        CasePriority.HIGH,
        CaseState.NEW,
    )
    assert (part.split_from_id, created.case_id, split.new_case_id) == (
        "case_1",
        "case_3",
        "case_3",
    )


def test_a_customer_opens_cases_of_the_own_account_only() -> None:
    assert account_of_new_case("", "acc_1") == "acc_1"
    assert account_of_new_case("acc_2", "") == "acc_2"
    with pytest.raises(Denied, match="FOREIGN_ACCOUNT"):
        account_of_new_case("acc_2", "acc_1")


def test_priorities_rise_up_to_urgent() -> None:
    assert CasePriority.LOW.raised is CasePriority.NORMAL
    assert CasePriority.URGENT.raised is CasePriority.URGENT
