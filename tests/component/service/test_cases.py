"""Cases through real gRPC on a real PostgreSQL (SVC-1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from meridian.service.v1 import case_pb2, message_pb2

from chassis.errors import Aborted, Denied, Invalid, MeridianError, NotFound, Refused
from services.service.cases.timers import close_resolved
from services.service.manifest import SERVICE
from tests.component.service.desk import Clockwork, Desk, moment
from tests.running import RunningService

OPEN = case_pb2.CASE_STATE_OPEN
COMPLAINT = case_pb2.CASE_KIND_COMPLAINT


def refusal_of(action: Callable[[], object]) -> MeridianError:
    with pytest.raises(MeridianError) as refusal:
        action()
    return refusal.value


def test_a_case_is_opened_read_and_announced(service: RunningService, desk: Desk) -> None:
    case = desk.case(priority=case_pb2.CASE_PRIORITY_HIGH, channel=case_pb2.CASE_CHANNEL_PHONE)

    assert case.id.startswith("case_na_")
    assert case.state == case_pb2.CASE_STATE_NEW
    assert case.kind == case_pb2.CASE_KIND_QUESTION
    assert case.account_verified
    assert not case.HasField("complaint")
    assert desk.get(case.id) == case
    assert service.events() == ["CaseCreated"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"subject": ""}, "INVALID_FIELDS"),
        ({"account_id": ""}, "ACCOUNT_MISSING"),
        ({"account_id": "acc_na_9"}, "ACCOUNT_UNKNOWN"),
        ({"asset_id": "ast_na_9"}, "ASSET_UNKNOWN"),
    ],
)
def test_a_case_needs_a_subject_and_somebody_whose_it_is(
    service: RunningService, desk: Desk, fields: dict[str, Any], reason: str
) -> None:
    refusal = refusal_of(lambda: desk.case(**fields))

    assert isinstance(refusal, Invalid)
    assert refusal.reason == reason
    assert service.table("cases") == []


def test_a_case_is_taken_also_while_sales_is_down(
    run_service: Callable[..., RunningService],
) -> None:
    lonely = run_service(SERVICE, sales="127.0.0.1:1")
    anna = Desk(lonely.caller("user_anna", "service.*@region"))

    assert not anna.case().account_verified
    assert lonely.events() == ["CaseCreated"]


def test_a_case_is_worked_from_new_to_closed_and_reopened(
    service: RunningService, desk: Desk
) -> None:
    case_id = desk.case().id

    assigned = desk.do("Assign", case_id, owner_id="user_bert", team_id="team_1")
    held = desk.do("Hold", case_id, reason=case_pb2.PENDING_REASON_VENDOR)
    resumed = desk.do("Resume", case_id)
    resolved = desk.do("Resolve", case_id, resolution="Put it out.")
    closed = desk.do("Close", case_id, etag=resolved.etag)
    reopened = desk.do("Reopen", case_id, reason="It burns again.")

    assert (assigned.state, assigned.owner_id, assigned.team_id) == (OPEN, "user_bert", "team_1")
    assert held.pending_reason == case_pb2.PENDING_REASON_VENDOR
    assert (resumed.state, resumed.pending_reason) == (OPEN, 0)
    assert (resolved.resolution, resolved.HasField("auto_close_time")) == ("Put it out.", True)
    assert closed.HasField("close_time")
    assert (reopened.state, reopened.reopen_count) == (case_pb2.CASE_STATE_REOPENED, 1)
    assert [message.body for message in desk.conversation(case_id)] == ["It burns again."]
    assert service.events() == [
        "CaseCreated",
        "CaseAssigned",
        "CaseHeld",
        "CaseResumed",
        "CaseResolved",
        "CaseClosed",
        "CaseReopened",
        "MessageCreated",
    ]


def test_an_agent_takes_a_case(service: RunningService, desk: Desk) -> None:
    case_id = desk.case().id
    agent = Desk(service.caller("user_bert", "service.cases.update@region"))

    taken = agent.do("Take", case_id)

    assert (taken.state, taken.owner_id) == (OPEN, "user_bert")
    assert service.events() == ["CaseCreated", "CaseAssigned"]


@pytest.mark.parametrize(
    ("verb", "arguments", "reason"),
    [
        ("Resume", {}, "CASE_NOT_PENDING"),
        ("Close", {}, "CASE_NOT_RESOLVED"),
        ("Reopen", {"reason": "x"}, "CASE_NOT_REOPENABLE"),
        ("Acknowledge", {"acknowledgement": "x"}, "CASE_NOT_COMPLAINT"),
        ("Assign", {}, "ASSIGNEE_MISSING"),
        ("Attach", {"parent_id": "case_na_9"}, "PARENT_UNKNOWN"),
        ("Merge", {"into_id": "case_na_9"}, "MERGE_TARGET_UNKNOWN"),
        ("Split", {"message_ids": ["msg_na_9"], "subject": "x"}, "MESSAGE_UNKNOWN"),
        ("Hold", {"reason": 1, "etag": "7"}, "STALE_ETAG"),
    ],
)
def test_a_refused_verb_changes_nothing(
    service: RunningService, desk: Desk, verb: str, arguments: dict[str, Any], reason: str
) -> None:
    case = desk.case()

    refusal = refusal_of(lambda: desk.do(verb, case.id, **arguments))

    assert refusal.reason == reason
    assert desk.get(case.id) == case
    assert service.events() == ["CaseCreated"]


def test_a_closed_case_takes_no_message(desk: Desk) -> None:
    case_id = desk.case().id
    desk.do("Resolve", case_id, resolution="Done.")
    desk.do("Close", case_id)

    assert isinstance(refusal_of(lambda: desk.write(case_id, "Hello?")), Refused)
    assert desk.conversation(case_id) == []


def test_a_complaint_needs_all_four_before_it_closes(desk: Desk) -> None:
    case_id = desk.case(kind=COMPLAINT).id
    desk.do("Resolve", case_id, resolution="Replaced.")

    refusal = refusal_of(lambda: desk.do("Close", case_id))
    assert refusal.params == {"missing": "acknowledgement, root_cause, remedy, sign_off"}

    desk.do("Acknowledge", case_id, acknowledgement="We are sorry.")
    desk.update(case_id, "complaint", complaint={"root_cause": "Cable", "remedy": "New cable"})
    signed = desk.do("SignOff", case_id)
    assert signed.complaint.signed_off_by_id == "user_anna"
    assert signed.complaint.acknowledgement == "We are sorry."
    assert desk.do("Close", case_id).state == case_pb2.CASE_STATE_CLOSED


@pytest.mark.parametrize("path", ["priority", "account_id", "state"])
def test_what_verbs_change_an_update_does_not(desk: Desk, path: str) -> None:
    case = desk.case()

    assert refusal_of(lambda: desk.update(case.id, path)).reason == "FIELD_NOT_UPDATABLE"
    assert desk.get(case.id) == case


def test_an_answer_opens_a_case_and_a_customers_word_resumes_it(
    service: RunningService, desk: Desk, customer: Desk, clock: Clockwork
) -> None:
    case_id = desk.case().id
    desk.write(case_id, "Have you tried water?")
    assert desk.get(case_id).state == OPEN
    desk.do("Hold", case_id, reason=case_pb2.PENDING_REASON_CUSTOMER)

    clock.move(minutes=5)
    customer.write(case_id, "Yes.", direction=message_pb2.MESSAGE_DIRECTION_OUTBOUND)

    assert desk.get(case_id).state == OPEN
    assert [message.direction for message in desk.conversation(case_id)] == [
        message_pb2.MESSAGE_DIRECTION_OUTBOUND,
        message_pb2.MESSAGE_DIRECTION_INBOUND,
    ]
    assert service.events() == [
        "CaseCreated",
        "MessageCreated",
        "CaseAnswered",
        "CaseHeld",
        "MessageCreated",
        "CaseResumed",
    ]


def test_customers_never_see_internal_notes(desk: Desk, customer: Desk) -> None:
    case_id = customer.case(account_id="").id
    note = desk.note(case_id, "A difficult one.")
    desk.write(case_id, "We are on it.")

    assert [message.body for message in customer.conversation(case_id)] == ["We are on it."]
    assert customer.conversation(case_id, filter="kind = INTERNAL_NOTE") == []
    with pytest.raises(NotFound):
        customer.message(case_id, note.id)
    assert desk.message(case_id, note.id).body == "A difficult one."
    with pytest.raises(Denied) as refusal:
        customer.note(case_id, "Psst.")
    assert refusal.value.reason == "NOTE_BY_CUSTOMER"


def test_customers_see_and_open_cases_of_their_own_account_only(
    service: RunningService, desk: Desk, customer: Desk
) -> None:
    mine, foreign = customer.case(account_id=""), desk.case(account_id="acc_na_2")

    assert mine.account_id == "acc_na_1"
    assert customer.listed() == ["Printer on fire"]
    assert isinstance(refusal_of(lambda: customer.get(foreign.id)), NotFound)
    assert isinstance(refusal_of(lambda: customer.write(foreign.id, "Hi")), NotFound)
    assert refusal_of(lambda: customer.case(account_id="acc_na_2")).reason == "FOREIGN_ACCOUNT"
    assert isinstance(refusal_of(lambda: customer.do("Close", mine.id)), Denied)
    assert len(service.table("cases")) == 2


def test_merging_keeps_the_whole_conversation_and_moves_the_children(
    desk: Desk, clock: Clockwork
) -> None:
    double, kept, child = desk.case(), desk.case(), desk.case()
    desk.do("Attach", child.id, parent_id=double.id)
    desk.write(double.id, "First")
    clock.move(minutes=1)
    desk.write(kept.id, "Second")

    merged = desk.do("Merge", double.id, into_id=kept.id)

    assert (merged.state, merged.merged_into_id) == (case_pb2.CASE_STATE_MERGED, kept.id)
    assert [(message.body, message.origin_case_id) for message in desk.conversation(kept.id)] == [
        ("First", double.id),
        ("Second", ""),
    ]
    assert desk.conversation(double.id) == []
    assert desk.get(child.id).parent_id == kept.id


def test_splitting_moves_messages_into_a_new_case(service: RunningService, desk: Desk) -> None:
    whole = desk.case(priority=case_pb2.CASE_PRIORITY_HIGH)
    desk.write(whole.id, "About the fire")
    ink = desk.write(whole.id, "About the ink")

    part = desk.do("Split", whole.id, message_ids=[ink.id], subject="Ink")

    assert (part.subject, part.split_from_id, part.account_id) == ("Ink", whole.id, "acc_na_1")
    assert part.priority == case_pb2.CASE_PRIORITY_HIGH
    assert [message.body for message in desk.conversation(part.id)] == ["About the ink"]
    assert [message.body for message in desk.conversation(whole.id)] == ["About the fire"]
    assert service.events()[-2:] == ["CaseCreated", "CaseSplit"]


def test_a_resolved_case_closes_by_itself_once(
    service: RunningService, desk: Desk, clock: Clockwork
) -> None:
    case, complaint = desk.case(), desk.case(kind=COMPLAINT)
    for each in (case, complaint):
        desk.do("Resolve", each.id, resolution="Done.")

    clock.move(days=6, hours=23)
    close_resolved(service.app)
    assert desk.get(case.id).state == case_pb2.CASE_STATE_RESOLVED

    clock.move(hours=2)
    close_resolved(service.app)
    close_resolved(service.app)
    assert desk.get(case.id).state == case_pb2.CASE_STATE_CLOSED
    assert moment(desk.get(case.id).close_time) == "11-30 10:00"
    assert desk.get(complaint.id).state == case_pb2.CASE_STATE_RESOLVED
    assert service.events().count("CaseClosed") == 1


def test_lists_filter_order_and_page(desk: Desk, clock: Clockwork) -> None:
    for subject, priority in (("A", 4), ("B", 2), ("C", 4), ("D", 1)):
        desk.case(subject=subject, priority=priority)
        clock.move(minutes=1)

    assert desk.listed(page_size=3) == ["D", "C", "B", "A"]
    assert desk.listed(filter="priority = URGENT", order_by="create_time") == ["A", "C"]
    assert desk.listed(filter="state = NEW AND NOT priority = URGENT", page_size=1) == ["D", "B"]
    refusal = refusal_of(lambda: desk.listed(filter="description = x"))
    assert [v.reason for v in refusal.violations] == ["FILTER_FIELD_UNKNOWN"]  # type: ignore[attr-defined]


def test_an_agent_of_another_team_does_not_see_a_case(service: RunningService, desk: Desk) -> None:
    case_id = desk.case().id
    desk.do("Assign", case_id, team_id="team_1")
    near = Desk(service.caller("user_nora", "service.cases.*@team", teams=("team_1",)))
    far = Desk(service.caller("user_frank", "service.cases.*@team", teams=("team_2",)))

    assert near.get(case_id).id == case_id
    assert isinstance(refusal_of(lambda: far.get(case_id)), NotFound)


def test_the_same_key_opens_one_case(service: RunningService, desk: Desk) -> None:
    keyed = Desk(desk.caller.with_key("key-1"))

    assert keyed.case() == keyed.case()
    assert len(service.table("cases")) == 1


def test_two_changes_of_the_same_version_cannot_both_win(desk: Desk) -> None:
    case = desk.case()
    desk.do("Assign", case.id, owner_id="user_bert", etag=case.etag)

    refusal = refusal_of(lambda: desk.do("Assign", case.id, owner_id="user_eva", etag=case.etag))

    assert isinstance(refusal, Aborted)
    assert desk.get(case.id).owner_id == "user_bert"


def test_what_cannot_be_attached_or_merged_stays_as_it_is(
    service: RunningService, desk: Desk
) -> None:
    top, part, other = desk.case(), desk.case(), desk.case()
    foreign = desk.case(account_id="acc_na_2")
    desk.do("Attach", part.id, parent_id=top.id)
    before = service.events()

    for verb, case_id, arguments, reason in (
        ("Attach", other.id, {"parent_id": part.id}, "PARENT_IS_CHILD"),
        ("Attach", top.id, {"parent_id": other.id}, "CASE_HAS_CHILDREN"),
        ("Attach", top.id, {"parent_id": top.id}, "PARENT_IS_SELF"),
        ("Merge", other.id, {"into_id": other.id}, "MERGE_INTO_SELF"),
        ("Merge", other.id, {"into_id": foreign.id}, "MERGE_ACCOUNTS_DIFFER"),
    ):
        refusal = refusal_of(lambda v=verb, c=case_id, a=arguments: desk.do(v, c, **a))  # type: ignore[misc]
        assert refusal.reason == reason

    assert service.events() == before
    assert desk.get(other.id) == other
    assert desk.do("Attach", part.id, parent_id="").parent_id == ""
