"""Opportunities through real gRPC on a real PostgreSQL (SAL-2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from meridian.sales.v1 import opportunity_pb2, pipeline_pb2
from meridian.sales.v1.account_service_pb2 import DeactivateAccountRequest
from meridian.sales.v1.opportunity_service_pb2 import (
    AssignOpportunityRequest,
    CheckItemRequest,
    DeleteOpportunityRequest,
    GetOpportunityRequest,
    ListOpportunitiesRequest,
    ListStageVisitsRequest,
    LoseOpportunityRequest,
    MoveOpportunityRequest,
    ReopenOpportunityRequest,
    UpdateOpportunityRequest,
    WinOpportunityRequest,
)

from chassis.app import utc_now
from chassis.errors import Aborted, Denied, Invalid, NotFound, Refused
from tests.component.sales.people import (
    ACCOUNTS,
    OPPORTUNITIES,
    account,
    contact,
    every,
    opportunity,
    refusal_of,
)
from tests.running import Caller, RunningService

EUR = {"amount_minor": 100_01, "currency": "EUR"}


def move(caller: Caller, record_id: str, stage: str, **more: Any) -> opportunity_pb2.Opportunity:
    request = MoveOpportunityRequest(id=record_id, stage=stage, **more)
    moved: opportunity_pb2.Opportunity = caller.call(OPPORTUNITIES).MoveOpportunity(request)
    return moved


def win(caller: Caller, record_id: str) -> opportunity_pb2.Opportunity:
    request = WinOpportunityRequest(id=record_id)
    won: opportunity_pb2.Opportunity = caller.call(OPPORTUNITIES).WinOpportunity(request)
    return won


def visits(caller: Caller, record_id: str) -> list[tuple[str, bool, str]]:
    request = ListStageVisitsRequest(opportunity_id=record_id)
    found = caller.call(OPPORTUNITIES).ListStageVisits(request).stage_visits
    return [(each.stage, each.HasField("leave_time"), each.reason) for each in found]


def names(caller: Caller, **query: Any) -> list[str]:
    ask = caller.call(OPPORTUNITIES).ListOpportunities
    return [each.name for each in every(ask, ListOpportunitiesRequest, **query)]


def test_an_opportunity_is_entered_read_and_announced(sales: RunningService, anna: Caller) -> None:
    acme = account(anna)
    lee = contact(anna, roles=[{"account_id": acme.id}])
    team = [
        {"user_id": "user_anna", "role": "owner", "split_percent": 50},
        {"user_id": "user_otto", "role": "presales", "split_percent": 50},
    ]
    new = opportunity(
        anna, acme.id, contact_id=lee.id, amount=EUR, team=team, competitors=["Globex"]
    )

    assert new.id.startswith("opp_na_")
    assert (new.state, new.stage, new.global_stage) == (
        opportunity_pb2.OPPORTUNITY_STATE_OPEN,
        "identify",
        pipeline_pb2.GLOBAL_STAGE_SELECT,
    )
    assert (new.pipeline_id, new.activity) == (
        "pipeline_global_standard",
        "select.identify_customer",
    )
    assert [member.credit.amount_minor for member in new.team] == [50_01, 50_00]
    assert new.rotting_time.ToDatetime() - new.stage_enter_time.ToDatetime() == timedelta(days=14)
    assert anna.call(OPPORTUNITIES).GetOpportunity(GetOpportunityRequest(id=new.id)) == new
    assert sales.events() == ["AccountCreated", "ContactCreated", "OpportunityCreated"]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"name": ""}, "opportunity.name", "STRING_MIN_LEN"),
        ({"account_id": "nowhere"}, "opportunity.account_id", "ACCOUNT_NOT_FOUND"),
        ({"contact_id": "nobody"}, "opportunity.contact_id", "CONTACT_NOT_FOUND"),
        ({"pipeline_id": "none"}, "opportunity.pipeline_id", "PIPELINE_NOT_FOUND"),
        (
            {"amount": EUR | {"amount_minor": -1}},
            "opportunity.amount.amount_minor",
            "AMOUNT_NEGATIVE",
        ),
        ({"amount": EUR | {"currency": "euro"}}, "opportunity.amount.currency", "STRING_PATTERN"),
        ({"expected_close_date": "2026-02-30"}, "opportunity.expected_close_date", "DATE_INVALID"),
        (
            {"team": [{"user_id": "u", "split_percent": 99}]},
            "opportunity.team",
            "SPLITS_UNEVEN",
        ),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(
    sales: RunningService, anna: Caller, fields: dict[str, Any], field: str, reason: str
) -> None:
    acme = account(anna)

    refusal = refusal_of(lambda: opportunity(anna, **{"account_id": acme.id} | fields))

    assert isinstance(refusal, Invalid)
    assert [(each.field, each.reason) for each in refusal.violations] == [(field, reason)]
    assert sales.table("opportunities") == sales.table("opportunity_stage_visits") == []
    assert sales.events() == ["AccountCreated"]


def test_the_contact_must_belong_to_the_account(anna: Caller) -> None:
    acme, lee = account(anna), contact(anna)

    refusal = refusal_of(lambda: opportunity(anna, acme.id, contact_id=lee.id))

    assert (type(refusal), refusal.reason) == (Invalid, "CONTACT_ELSEWHERE")


def test_moves_are_checked_remembered_and_announced(sales: RunningService, anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id)
    move(anna, storage.id, "understand")

    refusal = refusal_of(lambda: move(anna, storage.id, "validate"))
    assert (type(refusal), refusal.params) == (
        Refused,
        {"criteria": "understand.need_confirmed"},
    )

    tick = CheckItemRequest(id=storage.id, item="understand.need_confirmed")
    assert list(anna.call(OPPORTUNITIES).CheckItem(tick).checked_items) == [
        "understand.need_confirmed"
    ]
    moved = move(anna, storage.id, "validate")
    assert (moved.stage, moved.probability_percent) == ("validate", 40)
    move(anna, storage.id, "identify", reason="another buyer")

    assert visits(anna, storage.id) == [
        ("identify", True, ""),
        ("understand", True, ""),
        ("validate", True, ""),
        ("identify", False, "another buyer"),
    ]
    assert sales.events()[2:] == ["OpportunityStageChanged"] * 3


def test_going_back_needs_a_reason(anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id)
    move(anna, storage.id, "understand")

    refusal = refusal_of(lambda: move(anna, storage.id, "identify"))

    assert (type(refusal), refusal.reason) == (Invalid, "MOVE_REASON_REQUIRED")
    assert visits(anna, storage.id)[-1] == ("understand", False, "")


def test_won_reopened_and_lost(sales: RunningService, anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id, amount=EUR, lead_id="lead_na_1")
    ask = anna.call(OPPORTUNITIES)

    won = win(anna, storage.id)
    reopened = ask.ReopenOpportunity(ReopenOpportunityRequest(id=storage.id, reason="unsigned"))
    lost = ask.LoseOpportunity(
        LoseOpportunityRequest(id=storage.id, reason="LOSS_REASON_COMPETITOR", lost_to="Globex")
    )

    assert (won.state, won.probability_percent) == (opportunity_pb2.OPPORTUNITY_STATE_WON, 100)
    assert won.HasField("close_time")
    assert (reopened.stage, reopened.probability_percent) == ("identify", 10)
    assert (lost.loss_reason, lost.lost_to) == (opportunity_pb2.LOSS_REASON_COMPETITOR, "Globex")
    assert visits(anna, storage.id) == [("identify", True, ""), ("identify", True, "unsigned")]
    assert sales.events()[1:] == [
        "OpportunityCreated",
        "OpportunityWon",
        "OpportunityReopened",
        "OpportunityLost",
    ]


def test_without_an_amount_nothing_is_won(sales: RunningService, anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id)

    refusal = refusal_of(lambda: win(anna, storage.id))

    assert (type(refusal), refusal.reason) == (Refused, "AMOUNT_REQUIRED")
    assert [row["state"] for row in sales.table("opportunities")] == ["open"]


def test_losing_needs_its_reason(anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id)
    ask = anna.call(OPPORTUNITIES)

    unsaid = refusal_of(lambda: ask.LoseOpportunity(LoseOpportunityRequest(id=storage.id)))
    other = LoseOpportunityRequest(id=storage.id, reason="LOSS_REASON_OTHER")
    unexplained = refusal_of(lambda: ask.LoseOpportunity(other))

    assert [each.violations[0].field for each in (unsaid, unexplained)] == ["reason", "note"]


def test_a_closed_opportunity_is_not_changed(sales: RunningService, anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id, amount=EUR)
    win(anna, storage.id)
    request = UpdateOpportunityRequest(opportunity={"id": storage.id, "name": "x"})

    refusal = refusal_of(lambda: anna.call(OPPORTUNITIES).UpdateOpportunity(request))

    assert (type(refusal), refusal.params) == (Refused, {"state": "won"})
    assert [row["name"] for row in sales.table("opportunities")] == ["Storage"]


def test_an_update_keeps_where_it_came_from(anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id, lead_id="lead_na_1")
    ask = anna.call(OPPORTUNITIES)
    values = {"id": storage.id, "lead_id": "lead_na_2", "next_step": "Call", "amount": EUR}

    updated = ask.UpdateOpportunity(UpdateOpportunityRequest(opportunity=values))
    masked = UpdateOpportunityRequest(opportunity=values, update_mask={"paths": ["lead_id"]})

    assert (updated.lead_id, updated.next_step) == ("lead_na_1", "Call")
    assert refusal_of(lambda: ask.UpdateOpportunity(masked)).reason == "FIELD_NOT_UPDATABLE"


def test_two_changes_of_one_version_cannot_both_win(anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id)
    move(anna, storage.id, "understand", etag=storage.etag)

    refusal = refusal_of(lambda: move(anna, storage.id, "identify", etag=storage.etag, reason="no"))

    assert (type(refusal), refusal.reason) == (Aborted, "STALE_ETAG")


def test_only_a_mistaken_entry_is_deleted(sales: RunningService, anna: Caller) -> None:
    acme = account(anna)
    mistaken, moved = opportunity(anna, acme.id), opportunity(anna, acme.id)
    move(anna, moved.id, "understand")
    ask = anna.call(OPPORTUNITIES)

    ask.DeleteOpportunity(DeleteOpportunityRequest(id=mistaken.id))
    refusal = refusal_of(lambda: ask.DeleteOpportunity(DeleteOpportunityRequest(id=moved.id)))

    assert refusal.reason == "OPPORTUNITY_MOVED"
    assert [row["id"] for row in sales.table("opportunities")] == [moved.id]


def test_an_inactive_account_gets_no_new_business(anna: Caller) -> None:
    acme = account(anna)
    storage = opportunity(anna, acme.id, amount=EUR)
    win(anna, storage.id)
    anna.call(ACCOUNTS).DeactivateAccount(DeactivateAccountRequest(id=acme.id))
    reopen = ReopenOpportunityRequest(id=storage.id, reason="more")

    assert refusal_of(lambda: opportunity(anna, acme.id)).reason == "ACCOUNT_INACTIVE"
    assert (
        refusal_of(lambda: anna.call(OPPORTUNITIES).ReopenOpportunity(reopen)).reason
        == "ACCOUNT_INACTIVE"
    )


def test_rotting_is_told(sales: RunningService, anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id)
    assert storage.rotting is False

    table = sales.app.service.metadata.tables["opportunities"]
    with sales.database.writing() as connection:
        connection.execute(table.update().values(rotting_time=utc_now() - timedelta(seconds=1)))

    read = GetOpportunityRequest(id=storage.id)
    assert anna.call(OPPORTUNITIES).GetOpportunity(read).rotting is True
    now = utc_now().isoformat()
    assert names(anna, filter=f'state = OPEN AND rotting_time < "{now}"') == ["Storage"]


def test_lists_filter_order_and_page(anna: Caller) -> None:
    acme = account(anna)
    amounts = {"A": 500, "B": None, "C": 100, "D": None, "E": 300}
    for name, minor in amounts.items():
        amount = None if minor is None else {"amount_minor": minor, "currency": "EUR"}
        opportunity(anna, acme.id, name=name, amount=amount, expected_close_date="2027-01-05")

    assert names(anna, order_by="amount_minor", page_size=2) == ["C", "E", "A", "B", "D"]
    assert names(anna, order_by="amount_minor desc", page_size=1) == ["A", "E", "C", "D", "B"]
    assert names(anna, filter="amount_minor >= 300 AND state = OPEN") == ["E", "A"]
    assert names(anna, filter='stage = "identify" AND expected_close_date < "2027-01-05"') == []
    assert len(names(anna, filter='owner_id = "user_anna"', page_size=2)) == 5


def test_sight_and_permission(sales: RunningService, anna: Caller) -> None:
    storage = opportunity(anna, account(anna).id)
    own = sales.caller("user_otto", "sales.opportunities.read@own")
    read = GetOpportunityRequest(id=storage.id)

    assert isinstance(refusal_of(lambda: own.call(OPPORTUNITIES).GetOpportunity(read)), NotFound)
    assert isinstance(refusal_of(lambda: win(own, storage.id)), Denied)
    assign = AssignOpportunityRequest(id=storage.id, owner_id="user_otto")
    anna.call(OPPORTUNITIES).AssignOpportunity(assign)
    assert own.call(OPPORTUNITIES).GetOpportunity(read).owner_id == "user_otto"


def test_who_reads_an_account_may_sell_to_it(sales: RunningService, anna: Caller) -> None:
    acme = account(anna)
    lee = contact(anna, roles=[{"account_id": acme.id}])
    reading = ("sales.accounts.read@region", "sales.contacts.read@region")
    seller = sales.caller("user_otto", "sales.opportunities.*@own", *reading)
    stranger = sales.caller("user_stan", "sales.opportunities.*@own", "sales.accounts.read@own")

    sold = opportunity(seller, acme.id, contact_id=lee.id)
    refusal = refusal_of(lambda: opportunity(stranger, acme.id))

    assert sold.owner_id == "user_otto"
    assert (type(refusal), refusal.reason) == (Invalid, "ACCOUNT_NOT_FOUND")
