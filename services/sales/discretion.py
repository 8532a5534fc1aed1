"""What a customer's own users are not told: how we came to our prices, and what was said about it inside."""

from __future__ import annotations

from meridian.sales.v1 import order_pb2, quote_pb2

from chassis.call import Call


def quote_for(call: Call, quote: quote_pb2.Quote) -> quote_pb2.Quote:
    """The quote as this caller may read it."""
    if call.identity.account_id:
        _leave_out_steps(quote)
        for name in ("rejection_note", "submitter_id", "approver_id"):
            quote.ClearField(name)
    return quote


def order_for(call: Call, order: order_pb2.Order) -> order_pb2.Order:
    """The order as this caller may read it."""
    if call.identity.account_id:
        _leave_out_steps(order)
    return order


def _leave_out_steps(document: quote_pb2.Quote | order_pb2.Order) -> None:
    for line in document.lines:
        line.ClearField("price_steps")
