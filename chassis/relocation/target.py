"""The region that a customer comes to: keeps a copy until its rows have left, and inserts them then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chassis.errors import Denied, Invalid, Refused
from chassis.ids import region_of
from chassis.relocation import reading, store, writing
from chassis.relocation.rows import Rows
from chassis.relocation.store import UNSURE, Piece
from chassis.relocation.tables import OVER
from chassis.tokens import foreign_service

if TYPE_CHECKING:
    from chassis.app import Transaction


@dataclass(frozen=True)
class PartArrived:
    """The rows stand here, and were read again and compared."""

    move_id: str
    account_id: str
    from_region: str
    to_region: str
    digest: str
    rows: int
    arrive_time: datetime


def receive(tx: Transaction, move_id: str, told: Any) -> Rows | None:
    """Keep a piece. With the last one: the rows, which could be inserted; None before.

    Errors: Denied(RELOCATION_NOT_YOURS) for whoever is not this service of the move's region; Refused(
    RELOCATION_CLOSED, RELOCATION_ARRIVED, RELOCATION_INCOMPLETE, RELOCATION_CONFLICT,
    RELOCATION_REFERENCE_MISSING); Invalid(RELOCATION_MALFORMED).
    """
    sender = region_of(move_id)
    if tx.call.identity.subject != foreign_service(sender, tx.service.name):
        raise Denied("RELOCATION_NOT_YOURS")
    _look_whether_over(tx, move_id, told)
    store.put_piece(tx, _piece(tx, move_id, told, sender))
    if told.number < told.count - 1:
        return None
    pieces = store.pieces(tx, move_id, told.digest)
    rows = _rows(pieces)
    rehearsal = tx.connection.begin_nested()
    try:
        _insert(tx, pieces[0], rows)
    finally:
        rehearsal.rollback()
    return rows


def on_departed(tx: Transaction, event: Any) -> None:
    """The rows have left the other region: insert them here.

    Errors: Refused(RELOCATION_INCOMPLETE) without the copy, and whatever its insertion raises.
    """
    if event.to_region != tx.region or event.from_region != tx.call.origin:
        return
    if event.claim <= store.arrived(tx, event.move_id):
        return  # a region that was restored to a moment before the departure has them depart again
    store.raise_to(tx, event.move_id, event.claim + 1)
    pieces = store.pieces(tx, event.move_id, event.digest)
    rows = _rows(pieces)
    store.meet(tx, event.account_id, event.move_id)
    _insert(tx, pieces[0], rows)
    store.drop_copies(tx, event.move_id, below=event.claim + 1)
    store.note_arrival(tx, event.move_id, event.claim)
    tx.announce(
        PartArrived(
            event.move_id,
            event.account_id,
            event.from_region,
            event.to_region,
            rows.digest,
            rows.count,
            tx.now,
        )
    )


def on_closed(tx: Transaction, event: Any) -> None:
    """The move failed or was cancelled: its copies are of no use, and none that is still on its way is kept."""
    if event.to_region != tx.region or event.from_region != tx.call.origin or event.moved:
        return
    store.raise_to(tx, event.move_id, OVER)
    store.drop_copies(tx, event.move_id)


def _look_whether_over(tx: Transaction, move_id: str, told: Any) -> None:
    """Errors: Refused(RELOCATION_ARRIVED) if what is sent arrived already and has not left since;
    Refused(RELOCATION_CLOSED) if nothing more of the move or of this claim is kept.
    """
    is_news = store.raise_to(tx, move_id, told.claim)
    has_arrived = told.claim <= store.arrived(tx, move_id)
    if has_arrived and not store.has_gone_on(tx, told.account_id, move_id):
        raise Refused("RELOCATION_ARRIVED")
    if not is_news or told.owner_id == UNSURE:
        raise Refused("RELOCATION_CLOSED")


def _piece(tx: Transaction, move_id: str, told: Any, sender: str) -> Piece:
    return Piece(
        move_id,
        told.digest,
        told.number,
        told.count,
        sender,
        told.account_id,
        told.owner_id,
        told.team_id,
        told.business_unit_id,
        told.content,
        told.claim,
        tx.now,
    )


def _rows(pieces: list[Piece]) -> Rows:
    """What the pieces are together. Errors: Refused(RELOCATION_INCOMPLETE), Invalid(RELOCATION_MALFORMED)."""
    if not pieces or [each.number for each in pieces] != list(range(pieces[0].count)):
        raise Refused("RELOCATION_INCOMPLETE")
    rows = Rows.of_pieces(b"".join(each.content for each in pieces))
    if rows.digest != pieces[0].digest:
        raise Invalid("RELOCATION_MALFORMED", subject="digest")
    return rows


def _insert(tx: Transaction, copy: Piece, rows: Rows) -> None:
    """Insert the rows and read them again.

    Errors: as writing.insert and what the estate finds wrong; RELOCATION_MALFORMED if they differ.
    """
    estate = tx.service.estate
    writing.insert(tx, estate, rows, copy.owner)
    estate.arrived(tx, copy.account_id, rows.ids)
    if reading.read_again(tx, estate, rows).digest != rows.digest:
        raise Invalid("RELOCATION_MALFORMED", subject="rows")
