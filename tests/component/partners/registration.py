"""Deals for component tests, brought to the state that a test starts from, through the API alone."""

from __future__ import annotations

from typing import Any

from meridian.partners.v1 import deal_pb2, deal_service_pb2

from tests.running import Caller

DEALS = deal_service_pb2.DESCRIPTOR.services_by_name["DealService"]
NORDWIND = {
    "name": "Nordwind AG",
    "tax_id": "DE 811 222 333",
    "email_domain": "nordwind.example",
    "country": "DE",
}


def draft(caller: Caller, partner_id: str = "", **fields: Any) -> deal_pb2.Deal:
    """A deal with all that is needed to submit it."""
    complete = {
        "partner_id": partner_id,
        "customer": NORDWIND,
        "product_line": "storage",
        "expected_amount": {"amount_minor": 25_000_000, "currency": "EUR"},
        "expected_close_date": "2999-12-31",
    }
    request = deal_service_pb2.CreateDealRequest(deal=complete | fields)
    deal: deal_pb2.Deal = caller.call(DEALS).CreateDeal(request)
    return deal


def submit(caller: Caller, partner_id: str = "", **fields: Any) -> deal_pb2.Deal:
    """A deal that waits for its review."""
    request = deal_service_pb2.SubmitDealRequest(id=draft(caller, partner_id, **fields).id)
    deal: deal_pb2.Deal = caller.call(DEALS).SubmitDeal(request)
    return deal


def bring_under_review(caller: Caller, partner_id: str, **fields: Any) -> deal_pb2.Deal:
    """A deal that waits for its decision."""
    request = deal_service_pb2.ReviewDealRequest(id=submit(caller, partner_id, **fields).id)
    deal: deal_pb2.Deal = caller.call(DEALS).ReviewDeal(request)
    return deal


def approve(caller: Caller, deal_id: str, **fields: Any) -> deal_pb2.Deal:
    """Protect a deal under review."""
    request = deal_service_pb2.ApproveDealRequest(id=deal_id, **fields)
    deal: deal_pb2.Deal = caller.call(DEALS).ApproveDeal(request)
    return deal


def reject(caller: Caller, deal_id: str) -> deal_pb2.Deal:
    """Turn a deal down."""
    request = deal_service_pb2.RejectDealRequest(
        id=deal_id, reason=deal_pb2.DEAL_REJECT_REASON_CONFLICT, note="the other was first"
    )
    deal: deal_pb2.Deal = caller.call(DEALS).RejectDeal(request)
    return deal


def convert(caller: Caller, deal_id: str, **fields: Any) -> deal_pb2.Deal:
    """Hand an approved deal over to sales."""
    request = deal_service_pb2.ConvertDealRequest(id=deal_id, **fields)
    deal: deal_pb2.Deal = caller.call(DEALS).ConvertDeal(request)
    return deal


def decisions(caller: Caller, deal_id: str) -> list[deal_pb2.DealDecision]:
    """What was decided about a deal, oldest first."""
    request = deal_service_pb2.ListDealDecisionsRequest(deal_id=deal_id)
    return list(caller.call(DEALS).ListDealDecisions(request).decisions)
