"""What follows when directories and services tell how the move of a customer goes.

Directory leads a move by events alone. The services of this region tell of their parts; over the border comes what
departed here and arrived in the other region, and what the directory there answers. Moves of other regions are
passed over.
"""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from meridian.directory.events.v1 import customer_events_pb2, customer_move_events_pb2

from chassis.app import Transaction
from chassis.descriptors import service_of
from chassis.manifest import Reaction
from services.directory.customer_moves import admission, store
from services.directory.customer_moves.departures import Rows
from services.directory.customer_moves.domain import CustomerMove
from services.directory.customer_moves.part_events import (
    OF_SERVICES,
    PartArrived,
    PartCopied,
    PartDelayed,
    PartDeparted,
    PartRefused,
    RecordsDeparted,
)


def on_customer_move_proposed(
    tx: Transaction, event: customer_move_events_pb2.CustomerMoveProposed
) -> None:
    """Answer the region that wants to give a customer to this one."""
    if event.to_region == tx.region and event.from_region == tx.call.origin:
        tx.announce(admission.answer(tx, event.move_id, event.owner_id))


def on_customer_move_answered(
    tx: Transaction, event: customer_move_events_pb2.CustomerMoveAnswered
) -> None:
    """Have the services copy their parts, or fail, as the other region says; nobody else is believed."""
    move = store.lock(tx, event.move_id)
    if move is not None and move.to_region == tx.call.origin:
        said = move.answer(event.reason, event.team_id, event.business_unit_id, at=tx.now)
        _save(tx, move, said)


def on_part_copied(tx: Transaction, event: PartCopied) -> None:
    """Note a copy; with the last one the parts may leave, unless somebody logs in for the customer by now."""
    move = store.lock(tx, event.move_id)
    if move is None:
        return
    move.copy(service_of(event.DESCRIPTOR), event.digest, event.rows, told=_told(tx))
    if not move.can_depart:
        _save(tx, move, None)
    elif admission.has_users(tx, move):
        _save(tx, move, move.refuse("directory", "CUSTOMER_HAS_USERS", "", at=tx.now))
    else:
        _save(tx, move, move.depart(at=tx.now))


def on_part_delayed(tx: Transaction, event: PartDelayed) -> None:
    """Note what a part waits for."""
    move = store.lock(tx, event.move_id)
    if move is not None:
        service = service_of(event.DESCRIPTOR)
        move.hold_up(service, event.reason, event.subject, told=_told(tx))
        _save(tx, move, None)


def on_part_refused(tx: Transaction, event: PartRefused) -> None:
    """Note what is in a part's way; before anything departs, the move fails by it."""
    move = store.lock(tx, event.move_id)
    if move is not None:
        service = service_of(event.DESCRIPTOR)
        move.hold_up(service, event.reason, event.subject, told=_told(tx))
        _save(tx, move, move.refuse(service, event.reason, event.subject, at=tx.now))


def on_records_departed(tx: Transaction, event: RecordsDeparted) -> None:
    """Tell every region where records live now. It is true whatever is known of the move."""
    moved = customer_events_pb2.CustomerMoved(
        move_id=event.move_id,
        account_id=event.account_id,
        from_region=tx.region,
        to_region=event.to_region,
        record_ids=event.record_ids,
        move_time=event.depart_time,
    )
    tx.announce(moved)


def on_part_departed(tx: Transaction, event: PartDeparted) -> None:
    """Note what left this region."""
    move = store.lock(tx, event.move_id)
    if move is not None and tx.call.origin == tx.region:
        rows = _rows(event, event.depart_time)
        service = service_of(event.DESCRIPTOR)
        _save(tx, move, move.note_departed(service, rows, told=_told(tx), at=tx.now))


def on_part_arrived(tx: Transaction, event: PartArrived) -> None:
    """Note what stands in the other region. No other region is believed."""
    move = store.lock(tx, event.move_id)
    if move is not None and tx.call.origin == move.to_region:
        rows = _rows(event, event.arrive_time)
        _save(tx, move, move.note_arrived(service_of(event.DESCRIPTOR), rows, at=tx.now))


def _rows(event: PartDeparted | PartArrived, time: Timestamp) -> Rows:
    return Rows(event.digest, event.rows, time.ToDatetime(UTC))


def _told(tx: Transaction) -> datetime:
    """When the event happened."""
    return tx.call.event_time or tx.now


def _save(tx: Transaction, move: CustomerMove, event: object | None) -> None:
    """Write a move, and announce what became of it."""
    store.save(tx, move)
    if event is not None:
        tx.announce(event)


REACTIONS = (
    Reaction(customer_move_events_pb2.CustomerMoveProposed, on_customer_move_proposed, border=True),
    Reaction(customer_move_events_pb2.CustomerMoveAnswered, on_customer_move_answered, border=True),
    *(Reaction(each.PartCopied, on_part_copied) for each in OF_SERVICES),
    *(Reaction(each.PartDelayed, on_part_delayed) for each in OF_SERVICES),
    *(Reaction(each.PartRefused, on_part_refused) for each in OF_SERVICES),
    *(Reaction(each.RecordsDeparted, on_records_departed) for each in OF_SERVICES),
    *(Reaction(each.PartDeparted, on_part_departed, border=True) for each in OF_SERVICES),
    *(Reaction(each.PartArrived, on_part_arrived, border=True) for each in OF_SERVICES),
)
