"""What directory keeps of customers that moved, in whichever region: every region knows all placements."""

from __future__ import annotations

from datetime import UTC

from meridian.directory.events.v1 import customer_events_pb2

from chassis.app import Transaction
from services.directory.placements import store
from services.directory.placements.domain import Placement

#: Records that are read and written at once.
_BATCH = 500


def on_customer_moved(tx: Transaction, event: customer_events_pb2.CustomerMoved) -> None:
    """Note where the customer's records live from now on, unless a later move is known."""
    moved = event.move_time.ToDatetime(UTC)
    record_ids = list(dict.fromkeys(event.record_ids))
    for start in range(0, len(record_ids), _BATCH):
        told = [
            Placement(record_id, event.to_region, moved, event.move_id, event.account_id)
            for record_id in record_ids[start : start + _BATCH]
        ]
        known = {each.id: each for each in store.find_all(tx, [each.id for each in told])}
        news = [each for each in told if each.overrules(known.get(each.id))]
        if news:
            store.put(tx, news)
