"""Handovers through real gRPC on a real PostgreSQL (MKT-3, PRM-4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from meridian.sales.v1 import handover_pb2
from meridian.sales.v1.account_service_pb2 import AssignAccountRequest, DeactivateAccountRequest
from meridian.sales.v1.activity_service_pb2 import CreateActivityRequest
from meridian.sales.v1.contact_service_pb2 import GetContactRequest
from meridian.sales.v1.handover_service_pb2 import (
    GetHandoverRequest,
    ListHandoversRequest,
    RevertHandoverRequest,
)
from meridian.sales.v1.opportunity_service_pb2 import GetOpportunityRequest

from chassis.errors import Denied, Invalid, NotFound, Refused
from chassis.money import Money
from services.sales.orders import store as orders
from services.sales.orders.domain import Order
from tests.component.sales.people import (
    ACCOUNTS,
    ACTIVITIES,
    CONTACTS,
    HANDOVERS,
    OPPORTUNITIES,
    account,
    contact,
    every,
    handover,
    opportunity,
    refusal_of,
)
from tests.running import Caller, RunningService

TAX_ID = {"type": "IDENTIFIER_TYPE_TAX_ID", "issuer": "DE", "value": "DE 811 907 980"}
PLAN: dict[str, Any] = {
    "source_id": "lead_na_1",
    "lead_id": "lead_na_1",
    "campaign_id": "campaign_na_1",
    "account": {"name": "Acme GmbH", "identifiers": [TAX_ID]},
    "contact": {"family_name": "Lee", "language": "zh-CN"},
    "opportunity": {
        "name": "Storage for Acme",
        "amount": {"amount_minor": 120_000_00, "currency": "EUR"},
        "product_line": "storage",
        "expected_close_date": "2027-03-31",
    },
}
CREATED = ["AccountCreated", "ContactCreated", "OpportunityCreated", "HandoverAccepted"]


def revert(caller: Caller, handover_id: str, etag: str = "") -> handover_pb2.Handover:
    request = RevertHandoverRequest(id=handover_id, etag=etag)
    reverted: handover_pb2.Handover = caller.call(HANDOVERS).RevertHandover(request)
    return reverted


def counts(sales: RunningService) -> list[int]:
    tables = ("accounts", "contacts", "contact_roles", "identifiers", "opportunities")
    return [len(sales.table(name)) for name in (*tables, "opportunity_stage_visits")]


def test_a_lead_becomes_account_contact_and_opportunity(
    sales: RunningService, anna: Caller
) -> None:
    taken = handover(anna, **PLAN, owner_id="user_otto", team_id="team_2")

    assert taken.state == handover_pb2.HANDOVER_STATE_ACCEPTED
    assert taken.account_created
    assert taken.contact_created
    assert taken.opportunity_created
    assert not taken.HasField("account")
    deal = anna.call(OPPORTUNITIES).GetOpportunity(GetOpportunityRequest(id=taken.opportunity_id))
    assert (deal.account_id, deal.contact_id, deal.lead_id, deal.campaign_id) == (
        taken.account_id,
        taken.contact_id,
        "lead_na_1",
        "campaign_na_1",
    )
    assert (deal.amount.amount_minor, deal.amount.currency) == (120_000_00, "EUR")
    assert (deal.owner_id, deal.team_id, deal.stage) == ("user_otto", "team_2", "identify")
    person = anna.call(CONTACTS).GetContact(GetContactRequest(id=taken.contact_id))
    assert [role.account_id for role in person.roles] == [taken.account_id]
    assert sales.events() == CREATED
    assert anna.call(HANDOVERS).GetHandover(GetHandoverRequest(id=taken.id)) == taken


def test_the_same_source_again_changes_nothing(sales: RunningService, anna: Caller) -> None:
    first = handover(anna, **PLAN)

    assert handover(anna, **PLAN | {"account": {"name": "Another"}}) == first
    assert counts(sales) == [1, 1, 1, 1, 1, 1]
    assert sales.events() == CREATED


def test_the_same_source_at_the_same_moment_is_taken_over_once(
    sales: RunningService, anna: Caller
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: handover(anna, **PLAN), range(8)))

    assert all(answer == answers[0] for answer in answers)
    assert counts(sales) == [1, 1, 1, 1, 1, 1]
    assert sales.events() == CREATED


def test_links_what_there_is(sales: RunningService, anna: Caller) -> None:
    acme = account(anna)
    lee = contact(anna)

    taken = handover(anna, source_id="deal_na_1", account={"id": acme.id}, contact={"id": lee.id})

    assert (taken.account_id, taken.contact_id, taken.opportunity_id) == (acme.id, lee.id, "")
    assert not taken.account_created
    assert not taken.contact_created
    joined = anna.call(CONTACTS).GetContact(GetContactRequest(id=lee.id))
    assert [role.account_id for role in joined.roles] == [acme.id]


def test_a_company_known_by_its_tax_id_is_not_entered_twice(
    sales: RunningService, anna: Caller
) -> None:
    acme = account(anna, identifiers=[TAX_ID | {"value": "de811907980"}])

    taken = handover(anna, **PLAN)

    assert (taken.account_id, taken.account_created) == (acme.id, False)
    assert len(sales.table("accounts")) == 1


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"account": {}}, "handover.account", "ACCOUNT_PLAN_LINK_OR_NAME"),
        ({"account": {"id": "account_na_x"}}, "handover.account.id", "ACCOUNT_NOT_FOUND"),
        ({"contact": {"id": "contact_na_x"}}, "handover.contact.id", "CONTACT_NOT_FOUND"),
        (
            {"opportunity": {"name": "x", "pipeline_id": "none"}},
            "handover.opportunity.pipeline_id",
            "PIPELINE_NOT_FOUND",
        ),
        ({"source_id": ""}, "handover.source_id", "STRING_MIN_LEN"),
        (
            {"account": {"name": "A", "identifiers": [TAX_ID | {"issuer": ""}]}},
            "handover.account.identifiers[0].issuer",
            "ISSUER_REQUIRED",
        ),
    ],
)
def test_a_plan_that_cannot_be_carried_out_leaves_nothing(
    sales: RunningService, anna: Caller, change: dict[str, Any], field: str, reason: str
) -> None:
    refusal = refusal_of(lambda: handover(anna, **PLAN | change))

    assert isinstance(refusal, Invalid)
    assert [(each.field, each.reason) for each in refusal.violations] == [(field, reason)]
    assert counts(sales) == [0] * 6
    assert sales.table("handovers") == []
    assert sales.events() == []


def test_an_inactive_account_takes_nothing_new(sales: RunningService, anna: Caller) -> None:
    acme = account(anna)
    anna.call(ACCOUNTS).DeactivateAccount(DeactivateAccountRequest(id=acme.id))

    refusal = refusal_of(lambda: handover(anna, **PLAN | {"account": {"id": acme.id}}))

    assert (type(refusal), refusal.reason) == (Refused, "ACCOUNT_INACTIVE")
    assert sales.table("handovers") == []


def test_of_two_racing_deals_for_one_customer_and_line_one_is_refused(
    sales: RunningService, anna: Caller
) -> None:
    acme = account(anna)
    deal = {"name": "x", "product_line": "Storage", "refuse_if_open_deal": True}

    def attempt(number: int) -> str:
        plan = {"source_id": f"deal_na_{number}", "account": {"id": acme.id}, "opportunity": deal}
        try:
            return handover(anna, **plan).opportunity_id
        except Refused as refusal:
            return refusal.reason

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(attempt, range(6)))

    assert answers.count("OPEN_DEAL_EXISTS") == 5
    assert len(sales.table("opportunities")) == len(sales.table("handovers")) == 1


def test_a_handover_is_undone_while_nothing_has_happened(
    sales: RunningService, anna: Caller
) -> None:
    taken = handover(anna, **PLAN)

    reverted = revert(anna, taken.id, taken.etag)

    assert reverted.state == handover_pb2.HANDOVER_STATE_REVERTED
    assert counts(sales) == [0] * 6
    assert sales.events() == [*CREATED, "HandoverReverted"]
    assert revert(anna, taken.id) == reverted
    assert handover(anna, **PLAN) == reverted
    assert sales.events() == [*CREATED, "HandoverReverted"]


def test_undoing_takes_back_the_role_it_gave_and_keeps_what_it_linked(
    sales: RunningService, anna: Caller
) -> None:
    acme, lee = account(anna), contact(anna)
    taken = handover(
        anna,
        source_id="deal_na_1",
        account={"id": acme.id},
        contact={"id": lee.id},
        opportunity={"name": "x"},
    )

    revert(anna, taken.id)

    assert counts(sales) == [1, 1, 0, 0, 0, 0]


def test_a_handover_stays_once_something_happened(sales: RunningService, anna: Caller) -> None:
    taken = handover(anna, **PLAN)
    accounts = anna.call(ACCOUNTS)
    accounts.AssignAccount(AssignAccountRequest(id=taken.account_id, owner_id="user_otto"))
    contact(anna, roles=[{"account_id": taken.account_id}])
    opportunity(anna, taken.account_id, contact_id=taken.contact_id)
    task = {"kind": "ACTIVITY_KIND_TASK", "title": "Call", "subject_id": taken.opportunity_id}
    anna.call(ACTIVITIES).CreateActivity(CreateActivityRequest(activity=task))
    before = counts(sales)

    refusal = refusal_of(lambda: revert(anna, taken.id))

    assert (type(refusal), refusal.reason) == (Refused, "HANDOVER_IN_USE")
    assert refusal.params["happened"].split(", ") == [
        "accounts changed",
        "activities",
        "contacts",
        "opportunities",
    ]
    assert counts(sales) == before


def test_an_order_keeps_a_handover(sales: RunningService, anna: Caller) -> None:
    taken = handover(anna, **PLAN)
    nothing = Money.zero("EUR")
    with sales.app.transaction() as tx:
        amounts = (nothing, nothing, nothing, nothing, nothing)
        order = Order(tx.new_id("order"), taken.account_id, "book_na_1", "EUR", (), *amounts)
        order.opportunity_id = taken.opportunity_id
        orders.add(tx, order)

    refusal = refusal_of(lambda: revert(anna, taken.id))

    assert refusal.params == {"happened": "orders"}


def test_lists_by_source_and_state(anna: Caller) -> None:
    first = handover(anna, source_id="lead_na_1", account={"name": "A"})
    second = handover(anna, source_id="lead_na_2", account={"name": "B"})
    revert(anna, second.id)
    ask = anna.call(HANDOVERS).ListHandovers

    def found(**query: Any) -> list[str]:
        return [each.id for each in every(ask, ListHandoversRequest, **query)]

    assert found(filter='source_id = "lead_na_1"') == [first.id]
    assert found(filter="state = REVERTED") == [second.id]
    assert found(order_by="source_id", page_size=1) == [first.id, second.id]


def test_permission_and_sight_are_needed(sales: RunningService, anna: Caller) -> None:
    taken = handover(anna, **PLAN)
    stranger = sales.caller("user_stan", "sales.handovers.read@own")

    assert isinstance(refusal_of(lambda: handover(stranger, **PLAN)), Denied)
    read = GetHandoverRequest(id=taken.id)
    unseen = refusal_of(lambda: stranger.call(HANDOVERS).GetHandover(read))
    assert isinstance(unseen, NotFound)
