"""Assets that come into being because sales delivered something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from meridian.sales.events.v1 import order_events_pb2

from chassis.app import Transaction
from services.service.assets import store
from services.service.assets.domain import Asset, warranty_days


def assets_of_delivery(tx: Transaction, event: order_events_pb2.OrderLineFulfilled) -> None:
    """Enter what was delivered: an asset for each serial, and one for all units without.

    A delivery that was entered before, also under another event id, changes nothing. A serial that
    the product already has breaks the uniqueness of serials: the event ends among the dead letters,
    for somebody to look at and replay.
    """
    for asset in _delivered(tx, event):
        if asset.origin and store.from_origin(tx, asset.origin) is None:
            created = asset.create()
            store.add(tx, asset)
            tx.announce(created)


def _delivered(tx: Transaction, event: order_events_pb2.OrderLineFulfilled) -> Iterator[Asset]:
    delivery = event.fulfilment_id or f"{event.order_id}/{event.line_id}"
    for serial in event.serials:
        yield _asset(tx, event, f"{delivery}/{serial}", serial=serial)
    unnumbered = event.quantity - len(event.serials)
    if unnumbered > 0:
        yield _asset(tx, event, f"{delivery}/", quantity=unnumbered)


def _asset(
    tx: Transaction,
    event: order_events_pb2.OrderLineFulfilled,
    origin: str,
    *,
    serial: str = "",
    quantity: int = 1,
) -> Asset:
    start_date, end_date = warranty_days(
        event.fulfilled_time.ToDatetime(UTC), event.warranty_months
    )
    return Asset(
        id=tx.new_id("ast"),
        account_id=event.account_id,
        contact_id=event.contact_id,
        product_id=event.product_id,
        product_name=event.product_name,
        product_name_zh=event.product_name_zh,
        sku=event.sku,
        serial=serial,
        quantity=quantity,
        order_id=event.order_id,
        order_line_id=event.line_id,
        warranty_start_date=start_date,
        warranty_end_date=end_date,
        origin=origin,
    )
