"""Calendars, policies, contracts and clocks through real gRPC on a real PostgreSQL (SVC-2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from meridian.service.v1 import (
    calendar_service_pb2,
    case_pb2,
    clock_pb2,
    contract_service_pb2,
    sla_policy_pb2,
    sla_policy_service_pb2,
)

from chassis.errors import AlreadyExists, Denied, Invalid, Refused
from services.service.cases.timers import check_clocks
from tests.component.service.desk import (
    CALENDARS,
    CONTRACTS,
    OFFICE,
    TARGETS,
    Clockwork,
    Desk,
    moment,
)
from tests.running import RunningService

FIRST_RESPONSE, UPDATE, RESOLUTION = 1, 2, 3
SUPERVISOR = {
    "clock_kind": RESOLUTION,
    "at_percent": 50,
    "action": sla_policy_pb2.ESCALATION_ACTION_NOTIFY_ROLE,
    "role": "supervisor",
}
RAISE = {
    "clock_kind": RESOLUTION,
    "at_percent": 80,
    "action": sla_policy_pb2.ESCALATION_ACTION_RAISE_PRIORITY,
}
REASSIGN = {
    "clock_kind": RESOLUTION,
    "at_percent": 100,
    "action": sla_policy_pb2.ESCALATION_ACTION_REASSIGN_TEAM,
    "team_id": "team_b",
}


def clocks(sla: clock_pb2.CaseSla) -> dict[int, clock_pb2.Clock]:
    """The latest clock of each kind."""
    return {clock.kind: clock for clock in sla.clocks}


def test_the_promise_is_shown_with_its_reason(desk: Desk) -> None:
    policy = desk.policy()
    case = desk.case()
    sla = desk.sla(case.id)

    assert sla.entitlement_kind == sla_policy_pb2.ENTITLEMENT_KIND_DEFAULT
    assert sla.entitlement_reason.startswith("There is neither a contract in force nor an asset")
    assert (sla.sla_policy_id, sla.calendar_name, sla.time_zone) == (policy.id, "Office", "UTC")
    assert {kind: moment(clock.due_time) for kind, clock in clocks(sla).items()} == {
        FIRST_RESPONSE: "11-23 10:00",
        RESOLUTION: "11-24 17:00",
    }
    assert moment(case.due_time) == "11-23 10:00"


def test_the_reason_is_told_in_chinese(service: RunningService, desk: Desk) -> None:
    desk.policy()
    lin = Desk(service.caller("user_lin", "service.*@region", language="zh"))

    assert lin.sla(lin.case().id).entitlement_reason.startswith("既没有有效合同")


def test_clocks_stand_still_while_the_customer_is_waited_for(desk: Desk, clock: Clockwork) -> None:
    desk.policy()
    case_id = desk.case().id
    clock.move(hours=1)
    desk.do("Hold", case_id, reason=case_pb2.PENDING_REASON_CUSTOMER)
    clock.move(hours=3)
    paused = clocks(desk.sla(case_id))[RESOLUTION]
    desk.do("Resume", case_id)
    clock.move(hours=1)
    resumed = clocks(desk.sla(case_id))[RESOLUTION]

    assert paused.phase == clock_pb2.CLOCK_PHASE_PAUSED
    assert not paused.HasField("due_time")
    assert (paused.elapsed_seconds, paused.remaining_seconds) == (3600, 15 * 3600)
    assert moment(resumed.due_time) == "11-25 12:00"
    assert [
        (segment.phase, moment(segment.start_time), segment.working_seconds)
        for segment in resumed.segments
    ] == [
        (clock_pb2.CLOCK_PHASE_RUNNING, "11-23 09:00", 3600),
        (clock_pb2.CLOCK_PHASE_PAUSED, "11-23 10:00", 0),
        (clock_pb2.CLOCK_PHASE_RUNNING, "11-23 13:00", 3600),
    ]
    assert resumed.segments[1].reason == clock_pb2.SEGMENT_REASON_PENDING_CUSTOMER


def test_an_answer_keeps_one_promise_and_makes_the_next(desk: Desk, clock: Clockwork) -> None:
    desk.policy()
    case_id = desk.case().id
    clock.move(minutes=30)
    desk.write(case_id, "We are on it.")

    answered = clocks(desk.sla(case_id))

    assert answered[FIRST_RESPONSE].phase == clock_pb2.CLOCK_PHASE_STOPPED
    assert not answered[FIRST_RESPONSE].HasField("breach_time")
    assert moment(answered[UPDATE].due_time) == "11-24 09:30"
    assert moment(desk.get(case_id).due_time) == "11-24 09:30"


def test_a_late_answer_is_a_breach_without_any_timer(
    service: RunningService, desk: Desk, clock: Clockwork
) -> None:
    desk.policy()
    case_id = desk.case().id
    clock.move(minutes=61)
    desk.write(case_id, "Sorry.")

    assert desk.get(case_id).breached
    assert moment(clocks(desk.sla(case_id))[FIRST_RESPONSE].breach_time) == "11-23 10:00"
    assert service.events().count("CaseBreached") == 1


def test_steps_and_breaches_come_by_the_clock_exactly_once(
    service: RunningService, desk: Desk, clock: Clockwork
) -> None:
    desk.policy(escalation_steps=[SUPERVISOR, RAISE, REASSIGN])
    case_id = desk.case().id
    desk.write(case_id, "We are on it.")
    check_clocks(service.app)
    assert "CaseEscalated" not in service.events()

    clock.move(hours=8)
    check_clocks(service.app)
    check_clocks(service.app)
    assert service.events().count("CaseEscalated") == 1

    clock.move(days=3)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: check_clocks(service.app), range(8)))
    case = desk.get(case_id)
    fired = clocks(desk.sla(case_id))[RESOLUTION].escalations

    assert service.events().count("CaseEscalated") == 3
    assert [step.at_percent for step in fired] == [50, 80, 100]
    assert (case.priority, case.team_id) == (case_pb2.CASE_PRIORITY_HIGH, "team_b")
    assert (case.escalation_count, case.breached) == (3, True)
    assert service.events().count("CaseBreached") == 2  # resolution and update


def test_another_priority_goes_on_with_its_targets(desk: Desk, clock: Clockwork) -> None:
    desk.policy()
    case_id = desk.case().id
    clock.move(minutes=20)
    desk.do("Prioritize", case_id, priority=case_pb2.CASE_PRIORITY_HIGH)

    shown = clocks(desk.sla(case_id))
    assert moment(shown[FIRST_RESPONSE].due_time) == "11-23 09:30"
    assert shown[FIRST_RESPONSE].segments[1].reason == clock_pb2.SEGMENT_REASON_RETARGETED
    assert shown[RESOLUTION].target_minutes == 480


def test_new_hours_move_the_due_times_of_open_cases(
    service: RunningService, desk: Desk, clock: Clockwork
) -> None:
    calendar = desk.calendar()
    desk.policy(calendar_id=calendar.id)
    case_id = desk.case().id
    holiday = {"date": "2026-11-23", "kind": 1, "name": "Stock-taking"}

    desk.caller.call(CALENDARS).UpdateCalendar(
        calendar_service_pb2.UpdateCalendarRequest(
            calendar={"id": calendar.id, "special_days": [holiday]},
            update_mask={"paths": ["special_days"]},
        )
    )
    check_clocks(service.app)

    assert moment(desk.get(case_id).due_time) == "11-24 10:00"
    clock.move(hours=2)
    check_clocks(service.app)
    assert not desk.get(case_id).breached


def test_a_contract_decides_before_the_default(desk: Desk) -> None:
    desk.policy()
    gold = desk.policy(name="Gold", entitlement_kind=sla_policy_pb2.ENTITLEMENT_KIND_CONTRACT)
    contract = {
        "number": "C-1",
        "account_id": "acc_na_1",
        "sla_policy_id": gold.id,
        "start_date": "2026-01-01",
        "end_date": "2026-11-23",
    }
    create = contract_service_pb2.CreateContractRequest(contract=contract)
    made = desk.caller.call(CONTRACTS).CreateContract(create)

    covered, other = desk.sla(desk.case().id), desk.sla(desk.case(account_id="acc_na_2").id)

    assert (covered.sla_policy_name, covered.entitlement_id) == ("Gold", made.id)
    assert made.id in covered.entitlement_reason
    assert other.sla_policy_name == "Standard"
    with pytest.raises(AlreadyExists):
        desk.caller.call(CONTRACTS).CreateContract(create)


def test_without_a_policy_nothing_is_promised_and_that_is_said(desk: Desk) -> None:
    sla = desk.sla(desk.case().id)

    assert list(sla.clocks) == []
    assert sla.entitlement_reason.startswith("No SLA policy was in force")


def test_activating_a_policy_retires_the_one_before(service: RunningService, desk: Desk) -> None:
    first = desk.policy(name="First")
    case_id = desk.case().id
    desk.policy(name="Second")

    get = sla_policy_service_pb2.GetSlaPolicyRequest(id=first.id)
    assert desk.policies.GetSlaPolicy(get).state == sla_policy_pb2.SLA_POLICY_STATE_RETIRED
    assert desk.sla(case_id).sla_policy_name == "First"
    assert desk.sla(desk.case().id).sla_policy_name == "Second"
    assert service.events()[-3:] == ["SlaPolicyRetired", "SlaPolicyActivated", "CaseCreated"]


def test_an_active_policy_cannot_be_changed(desk: Desk) -> None:
    policy = desk.policy()
    update = sla_policy_service_pb2.UpdateSlaPolicyRequest(
        sla_policy={"id": policy.id, "name": "Other"}
    )

    with pytest.raises(Refused, match="SLA_POLICY_NOT_DRAFT"):
        desk.policies.UpdateSlaPolicy(update)


def test_a_policy_needs_a_calendar_that_there_is(service: RunningService, desk: Desk) -> None:
    draft = {"name": "x", "entitlement_kind": 1, "calendar_id": "cal_na_9", "targets": TARGETS}

    with pytest.raises(Invalid, match="CALENDAR_UNKNOWN"):
        desk.policies.CreateSlaPolicy(
            sla_policy_service_pb2.CreateSlaPolicyRequest(sla_policy=draft)
        )
    assert service.table("sla_policies") == []


def test_a_calendar_in_use_stays(service: RunningService, desk: Desk) -> None:
    calendar = desk.calendar()
    desk.policy(calendar_id=calendar.id)

    with pytest.raises(Refused, match="CALENDAR_IN_USE"):
        desk.caller.call(CALENDARS).DeleteCalendar(
            calendar_service_pb2.DeleteCalendarRequest(id=calendar.id)
        )
    assert len(service.table("calendars")) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"time_zone": "Mars/Olympus"}, "UNKNOWN_TIME_ZONE"),
        ({"weekdays": [*OFFICE, OFFICE[0]]}, "WEEKDAY_TWICE"),
        ({"weekdays": []}, "CALENDAR_HARDLY_OPEN"),
        ({"special_days": [{"date": "2026-02-30", "kind": 1}]}, "DATE_IMPOSSIBLE"),
    ],
)
def test_a_calendar_that_cannot_be_computed_with_is_refused(
    service: RunningService, desk: Desk, fields: dict[str, object], reason: str
) -> None:
    with pytest.raises(Invalid, match=reason):
        desk.calendar(**fields)
    assert service.table("calendars") == []


def test_customers_do_not_see_clocks(desk: Desk, customer: Desk) -> None:
    case_id = desk.case().id

    with pytest.raises(Denied):
        customer.sla(case_id)


def test_a_contract_is_renewed_but_keeps_number_and_account(desk: Desk) -> None:
    gold = desk.policy(name="Gold", entitlement_kind=sla_policy_pb2.ENTITLEMENT_KIND_CONTRACT)
    standard = desk.policy()
    contracts = desk.caller.call(CONTRACTS)
    given = {
        "number": "C-1",
        "account_id": "acc_na_1",
        "sla_policy_id": gold.id,
        "start_date": "2026-01-01",
        "end_date": "2026-12-31",
    }
    made = contracts.CreateContract(contract_service_pb2.CreateContractRequest(contract=given))

    def renew(**changes: str) -> str:
        request = contract_service_pb2.UpdateContractRequest(
            contract={"id": made.id, **changes}, update_mask={"paths": list(changes)}
        )
        return str(contracts.UpdateContract(request).end_date)

    assert renew(end_date="2027-12-31") == "2027-12-31"
    for changes, error, reason in (
        ({"number": "C-2"}, Invalid, "FIELD_NOT_UPDATABLE"),
        ({"end_date": "2025-12-31"}, Invalid, "TERM_BACKWARDS"),
        ({"sla_policy_id": "slap_na_9"}, Invalid, "SLA_POLICY_UNKNOWN"),
        ({"sla_policy_id": standard.id}, Refused, "SLA_POLICY_NOT_FOR_CONTRACTS"),
    ):
        with pytest.raises(error, match=reason):
            renew(**changes)
    listed = contracts.ListContracts(
        contract_service_pb2.ListContractsRequest(filter='account_id = "acc_na_1"')
    )
    assert [(each.number, each.end_date) for each in listed.contracts] == [("C-1", "2027-12-31")]


def test_a_draft_is_changed_deleted_and_a_policy_retired(desk: Desk) -> None:
    calendar = desk.calendar()
    given = {"name": "x", "entitlement_kind": 1, "calendar_id": calendar.id, "targets": TARGETS}
    draft = desk.policies.CreateSlaPolicy(
        sla_policy_service_pb2.CreateSlaPolicyRequest(sla_policy=given)
    )
    renamed = desk.policies.UpdateSlaPolicy(
        sla_policy_service_pb2.UpdateSlaPolicyRequest(sla_policy={"id": draft.id, "name": "y"})
    )
    desk.policies.DeleteSlaPolicy(sla_policy_service_pb2.DeleteSlaPolicyRequest(id=draft.id))
    active = desk.policy(calendar_id=calendar.id)
    retire = sla_policy_service_pb2.RetireSlaPolicyRequest(id=active.id)
    retired = desk.policies.RetireSlaPolicy(retire)

    assert (renamed.name, list(renamed.targets)) == ("y", list(draft.targets))
    assert retired.state == sla_policy_pb2.SLA_POLICY_STATE_RETIRED
    with pytest.raises(Refused, match="SLA_POLICY_NOT_ACTIVE"):
        desk.policies.RetireSlaPolicy(retire)
    listed = desk.policies.ListSlaPolicies(sla_policy_service_pb2.ListSlaPoliciesRequest())
    assert [each.name for each in listed.sla_policies] == ["Standard"]
    assert list(desk.sla(desk.case().id).clocks) == []
