"""Customers that leave, and copies of those that are to come, in the database."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chassis.records.rows import from_row, to_row
from chassis.relocation.tables import ENDS, NEVER, OVER, PIECES, RELOCATIONS
from chassis.relocation.writing import Owner

if TYPE_CHECKING:
    from chassis.app import Transaction


#: The digest of what was sent, and perhaps never came there.
UNSURE = "?"


class RelocationState(StrEnum):
    """How far a part is that leaves."""

    COPYING = "copying"
    """It is being copied; nothing is deleted."""
    COPIED = "copied"
    """The other region has a copy. It waits for the other services' parts."""
    DEPARTING = "departing"
    """It leaves as soon as the copy is what is here."""
    DEPARTED = "departed"
    """It left. What turns up afterwards follows it."""
    RETURNED = "returned"
    """It came back. A copy of what turned up may be in the other region, to be dropped there."""
    CLOSED = "closed"


@dataclass
class Relocation:
    """A customer who leaves for another region, as one service sees it.

    digest: of what the other region has and has not inserted; empty if nothing, or UNSURE. known_ids: the
    customer's, and those of records that left. delay: what was last announced as the reason why it cannot
    go on. claim: how often a process began to look at it; who did so earlier has no say in it any more. due_time: when
    it is looked at next; None if it waits for what others tell.
    """

    id: str
    account_id: str
    to_region: str
    owner_id: str
    team_id: str
    business_unit_id: str
    state: RelocationState = RelocationState.COPYING
    digest: str = ""
    known_ids: tuple[str, ...] = ()
    attempts: int = 0
    delay: str = ""
    claim: int = 0
    due_time: datetime | None = None
    create_time: datetime | None = None

    @property
    def has_left(self) -> bool:
        """Whether the customer left; they may have come back."""
        return self.state in (RelocationState.DEPARTED, RelocationState.RETURNED)

    def come_back(self, now: datetime) -> None:
        """Nothing follows any more; what may have been copied for that is dropped in the other region."""
        if not self.digest:
            self.close()
            return
        self.state, self.known_ids = RelocationState.RETURNED, ()
        self.due_time, self.attempts = now, 0

    def close(self) -> None:
        """Nothing more is to be done."""
        self.state, self.delay = RelocationState.CLOSED, ""
        self.due_time, self.known_ids = None, ()


@dataclass(frozen=True)
class Piece:
    """A piece of a copy that came from another region. claim: the sender's, see Relocation."""

    move_id: str
    digest: str
    number: int
    count: int
    from_region: str
    account_id: str
    owner_id: str
    team_id: str
    business_unit_id: str
    content: bytes
    claim: int
    receive_time: datetime

    @property
    def owner(self) -> Owner:
        """Whose the records will be."""
        return Owner(self.owner_id, self.team_id, self.business_unit_id)


# ---- what leaves -------------------------------------------------------------------------------


def add(tx: Transaction, relocation: Relocation) -> None:
    """Write a new one, due at once."""
    relocation.due_time = relocation.create_time = tx.now
    tx.execute(sa.insert(_relocations(tx)), to_row(relocation))


def save(tx: Transaction, relocation: Relocation) -> None:
    """Write a changed one that this transaction holds."""
    table = _relocations(tx)
    same = table.c.id == relocation.id
    tx.execute(sa.update(table).where(same).values(to_row(relocation)))


def hold(tx: Transaction, move_id: str) -> Relocation | None:
    """One of them, for nobody else until the transaction ends; None if there is none."""
    return _first(tx, _relocations(tx).c.id == move_id, skip_locked=False)


def claim(tx: Transaction, lease: timedelta) -> Relocation | None:
    """One that is due, which nobody else looks at for the time of the lease; None if none is."""
    relocation = _first(tx, _relocations(tx).c.due_time <= tx.now, skip_locked=True)
    if relocation is not None:
        relocation.due_time, relocation.claim = tx.now + lease, relocation.claim + 1
        save(tx, relocation)
    return relocation


def meet(tx: Transaction, account_id: str, move_id: str) -> None:
    """Rows of a customer arrive here by this move, who may have left from here by others.

    By an earlier one: they came back, and nothing follows them any more to where they had left for. By a
    later one: what arrives now was on its way for long, and follows them.
    """
    table = _relocations(tx)
    departed = sa.select(table).where(
        table.c.account_id == account_id, table.c.state == RelocationState.DEPARTED
    )
    for row in tx.execute(departed.order_by(table.c.id).with_for_update()).all():
        relocation = from_row(Relocation, row)
        if _birth(relocation.id) < _birth(move_id):
            relocation.come_back(tx.now)
        else:
            relocation.due_time, relocation.attempts = tx.now, 0
        save(tx, relocation)


def close_forgotten(tx: Transaction, account_id: str, move_id: str) -> None:
    """A customer comes back by this move: nothing more is to be found out about earlier ones that were forgotten."""
    table = _relocations(tx)
    forgotten = sa.select(table).where(table.c.account_id == account_id, table.c.owner_id == UNSURE)
    for row in tx.execute(forgotten.order_by(table.c.id).with_for_update()).all():
        relocation = from_row(Relocation, row)
        if _birth(relocation.id) < _birth(move_id):
            relocation.close()
            save(tx, relocation)


# ---- what comes --------------------------------------------------------------------------------


def put_piece(tx: Transaction, piece: Piece) -> None:
    """Keep a piece, in the place of the same one."""
    table = _table(tx, PIECES)
    tx.execute(
        sa.delete(table).where(
            *_same_copy(table, piece.move_id, piece.digest), table.c.number == piece.number
        )
    )
    tx.execute(sa.insert(table), to_row(piece))


def pieces(tx: Transaction, move_id: str, digest: str) -> list[Piece]:
    """The pieces of a copy that are here, in order, for nobody else until the transaction ends."""
    table = _table(tx, PIECES)
    found = sa.select(table).where(*_same_copy(table, move_id, digest)).order_by(table.c.number)
    return [from_row(Piece, row) for row in tx.execute(found.with_for_update())]


def drop_copies(tx: Transaction, move_id: str, below: int = OVER) -> None:
    """Delete the copies of a move that were sent under earlier claims than this, or all."""
    table = _table(tx, PIECES)
    tx.execute(sa.delete(table).where(table.c.move_id == move_id, table.c.claim < below))


def raise_to(tx: Transaction, move_id: str, claim: int) -> bool:
    """Keep copies of the move from this claim on; False if only later ones are kept already.

    Nobody else receives or drops copies of the move until the transaction ends.
    """
    table = _table(tx, ENDS)
    same = table.c.move_id == move_id
    _begin(tx, move_id)
    least: int = tx.execute(sa.select(table.c.claim).where(same).with_for_update()).scalar_one()
    if claim > least:
        tx.execute(sa.update(table).where(same).values(claim=claim, end_time=tx.now))
    return claim >= least


def _begin(tx: Transaction, move_id: str) -> None:
    """Note that copies of a move are kept, unless that is known."""
    table = _table(tx, ENDS)
    if tx.execute(sa.select(table.c.claim).where(table.c.move_id == move_id)).first():
        return
    # Who receives the first piece twice at once notes it twice.
    with contextlib.suppress(sa.exc.IntegrityError), tx.connection.begin_nested():
        tx.execute(sa.insert(table), {"move_id": move_id, "end_time": tx.now, "claim": 0})


def note_arrival(tx: Transaction, move_id: str, claim: int) -> None:
    """Rows of the move that departed under this claim stand here. Its copies were kept until now."""
    table = _table(tx, ENDS)
    tx.execute(sa.update(table).where(table.c.move_id == move_id).values(arrived=claim))


def arrived(tx: Transaction, move_id: str) -> int:
    """The claim under which rows of the move departed that arrived here last, or NEVER."""
    table = _table(tx, ENDS)
    found = tx.execute(sa.select(table.c.arrived).where(table.c.move_id == move_id)).scalar()
    return NEVER if found is None else int(found)


def has_gone_on(tx: Transaction, account_id: str, move_id: str) -> bool:
    """Whether a customer who arrived by this move has left again by a later one."""
    table = _relocations(tx)
    left = sa.select(table.c.id).where(
        table.c.account_id == account_id, table.c.state == RelocationState.DEPARTED
    )
    return any(_birth(each) > _birth(move_id) for each in tx.execute(left).scalars())


def _same_copy(table: sa.Table, move_id: str, digest: str) -> tuple[Any, Any]:
    return table.c.move_id == move_id, table.c.digest == digest


def _first(
    tx: Transaction, which: sa.ColumnElement[bool], *, skip_locked: bool
) -> Relocation | None:
    table = _relocations(tx)
    oldest = sa.select(table).where(which).order_by(table.c.due_time, table.c.id).limit(1)
    row = tx.execute(oldest.with_for_update(skip_locked=skip_locked)).one_or_none()
    return None if row is None else from_row(Relocation, row)


def _birth(move_id: str) -> str:
    """What sorts moves of all regions by their time of birth."""
    return move_id.rpartition("_")[2]


def _relocations(tx: Transaction) -> sa.Table:
    return _table(tx, RELOCATIONS)


def _table(tx: Transaction, name: str) -> sa.Table:
    return tx.service.metadata.tables[name]
