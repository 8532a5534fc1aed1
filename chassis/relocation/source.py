"""The region that a customer leaves: copies what is here, and deletes it once the copy is what is here.

Each step is a transaction, found by its due time, and any process may die at any moment: a copy that was
sent twice is the same copy, and a part leaves whole or not at all. Nobody is kept from working meanwhile:
what changes after it was copied makes another digest, and is copied again. A row that somebody inserted
beside the departure is found when the part is looked at again, and follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chassis.relocation import forgotten, reading, store
from chassis.relocation.declaration import Estate, Obstacle
from chassis.relocation.reading import Holding, chunks
from chassis.relocation.sending import NotTaken, send
from chassis.relocation.store import UNSURE, Relocation, RelocationState

if TYPE_CHECKING:
    from chassis.app import App, Transaction

#: How long nobody else looks at a relocation while one process copies it.
_LEASE = timedelta(seconds=30)
#: From one attempt to the next, twice as long each time up to the longest.
_PATIENCE, _LONGEST_PATIENCE = timedelta(seconds=1), timedelta(seconds=15)
#: When a part that left is looked at again.
LOOKS = tuple(timedelta(seconds=each) for each in (10, 60, 600, 3600))
_AT_ONCE = 20


@dataclass(frozen=True)
class PartCopied:
    """The other region has a copy that it could insert."""

    move_id: str
    account_id: str
    digest: str
    rows: int


@dataclass(frozen=True)
class PartDelayed:
    """The part cannot go on now and is tried again by itself."""

    move_id: str
    account_id: str
    reason: str
    subject: str


@dataclass(frozen=True)
class PartRefused:
    """The part cannot leave, or cannot be inserted there."""

    move_id: str
    account_id: str
    reason: str
    subject: str


@dataclass(frozen=True)
class RecordsDeparted:
    """Records of the part live in another region from now on."""

    move_id: str
    account_id: str
    to_region: str
    record_ids: tuple[str, ...]
    depart_time: datetime


@dataclass(frozen=True)
class PartDeparted:
    """The rows are deleted here; the other region inserts the copy with this digest."""

    move_id: str
    account_id: str
    from_region: str
    to_region: str
    digest: str
    rows: int
    depart_time: datetime
    claim: int


# ---- what directory says -----------------------------------------------------------------------


def on_started(tx: Transaction, event: Any) -> None:
    """Begin to copy this service's part."""
    if store.hold(tx, event.move_id) is None:
        store.add(
            tx,
            Relocation(
                event.move_id,
                event.account_id,
                event.to_region,
                event.owner_id,
                event.team_id,
                event.business_unit_id,
                known_ids=(event.account_id,),
            ),
        )


def on_departing(tx: Transaction, event: Any) -> None:
    """All parts are copied: this one leaves."""
    relocation = store.hold(tx, event.move_id)
    if relocation is not None and relocation.state is RelocationState.COPIED:
        relocation.state = RelocationState.DEPARTING
        relocation.due_time, relocation.attempts = tx.now, 0
        store.save(tx, relocation)


def on_closed(tx: Transaction, event: Any) -> None:
    """The move failed or was cancelled before anything left; of one that is done, parts are still looked at."""
    relocation = store.hold(tx, event.move_id)
    if relocation is None or event.moved or relocation.has_left:
        return
    relocation.close()
    store.save(tx, relocation)


def on_moved(tx: Transaction, event: Any) -> None:
    """Records of some service left: what hangs on them here, a task about a case for instance, follows."""
    relocation = store.hold(tx, event.move_id)
    if relocation is None:
        forgotten.remember(tx, event)
        return
    if relocation.state in (RelocationState.CLOSED, RelocationState.RETURNED):
        return
    relocation.known_ids = tuple(sorted({*relocation.known_ids, *event.record_ids}))
    if relocation.state is RelocationState.DEPARTED:
        relocation.due_time, relocation.attempts = tx.now, 0
    store.save(tx, relocation)


# ---- what is due -------------------------------------------------------------------------------


def advance(app: App) -> None:
    """Take the next step of each part that is due."""
    if not app.settings.regions.peers:
        return
    for _ in range(_AT_ONCE):
        with app.transaction() as tx:
            relocation = store.claim(tx, _LEASE)
        if relocation is None:
            return
        try:
            _step(app, relocation)
        except NotTaken as refusal:
            with app.transaction() as tx:
                _postpone(tx, relocation, refusal)


def _step(app: App, claimed: Relocation) -> None:
    """Copy what the other region has not, then leave if it is time. Raises NotTaken."""
    estate = app.service.estate
    with app.transaction() as tx:
        # Whoever comes back meanwhile waits: what came back is not read as what is to follow.
        seen = _still_claimed(tx, claimed)
        if seen is None:
            return
        _look_for_obstacles(tx, estate, seen)
        holding = reading.read(tx, estate, seen.known_ids)
        is_over = seen.has_left and holding.is_empty and not seen.digest
        is_copied = holding.rows.digest == seen.digest
        if not is_over and not is_copied:
            store.save(tx, replace(seen, digest=UNSURE))
    if not is_over and not is_copied:
        send(app, seen, holding.rows)
    with app.transaction() as tx:
        held = _still_claimed(tx, claimed)
        if held is None:
            return
        if is_over:
            _look_later(tx, held, is_news=held.known_ids != seen.known_ids)
        elif held.state is RelocationState.COPYING:
            _copied(tx, held, holding)
        else:
            held.digest = holding.rows.digest
            _leave(tx, estate, held)
        store.save(tx, held)


def _still_claimed(tx: Transaction, claimed: Relocation) -> Relocation | None:
    """The relocation as it is now; None if it is another's to look at, or something else is to be done by now.

    Whoever claimed it later does what has to be done, and the other region no longer keeps what we send.
    """
    held = store.hold(tx, claimed.id)
    if held is None or held.claim != claimed.claim or held.state is not claimed.state:
        return None
    return held


def _look_for_obstacles(tx: Transaction, estate: Estate, relocation: Relocation) -> None:
    if relocation.has_left:
        return
    found: Obstacle | None = next(iter(estate.obstacles(tx, relocation.account_id)), None)
    if found is not None:
        raise NotTaken(found.reason, found.subject, is_final=True)


def _copied(tx: Transaction, held: Relocation, holding: Holding) -> None:
    held.digest, held.state = holding.rows.digest, RelocationState.COPIED
    held.due_time, held.attempts, held.delay = None, 0, ""
    tx.announce(PartCopied(held.id, held.account_id, held.digest, holding.rows.count))


def _leave(tx: Transaction, estate: Estate, held: Relocation) -> None:
    """Delete what is here if it is what the other region has; else copy again at once."""
    if held.state is RelocationState.DEPARTING:
        _look_for_obstacles(tx, estate, held)
    holding = reading.read(tx, estate, held.known_ids, locking=True)
    if holding.rows.digest != held.digest:
        held.due_time = tx.now
        return
    estate.leaving(tx, held.account_id, holding.rows.ids)
    reading.delete(tx, estate, holding)
    _announce_departure(tx, held, holding)
    held.digest = ""
    if held.state is RelocationState.RETURNED:
        held.close()
        return
    held.state, held.delay, held.attempts = RelocationState.DEPARTED, "", 0
    held.known_ids = tuple(sorted({*held.known_ids, *holding.rows.ids}))
    held.due_time = tx.now + LOOKS[0]


def _announce_departure(tx: Transaction, held: Relocation, holding: Holding) -> None:
    here, rows = tx.region, holding.rows
    batches: list[Sequence[str]] = list(chunks(rows.ids))
    tx.announce(
        *(
            RecordsDeparted(held.id, held.account_id, held.to_region, tuple(ids), tx.now)
            for ids in batches
        ),
        PartDeparted(
            held.id,
            held.account_id,
            here,
            held.to_region,
            rows.digest,
            rows.count,
            tx.now,
            held.claim,
        ),
    )


def _look_later(tx: Transaction, held: Relocation, *, is_news: bool) -> None:
    """Nothing turned up. After the last look the part waits for what others tell.

    is_news: records left meanwhile on which something may hang that was not looked for.
    """
    if is_news:
        held.due_time, held.attempts = tx.now, 0
        return
    held.attempts += 1
    is_last = held.attempts >= len(LOOKS)
    held.due_time = None if is_last else tx.now + LOOKS[held.attempts]


def _postpone(tx: Transaction, claimed: Relocation, refusal: NotTaken) -> None:
    """Try again later, or, where that is of no use and nothing has left, end it."""
    held = _still_claimed(tx, claimed)
    if held is None:
        return
    told = (held.id, held.account_id, refusal.reason, refusal.subject)
    if refusal.reason == forgotten.ARRIVED:
        forgotten.give_up(tx, held)
        held.due_time = tx.now + LOOKS[0]
    elif refusal.is_final and held.state is RelocationState.COPYING:
        tx.announce(PartRefused(*told))
        held.close()
    else:
        delay = f"{refusal.reason} {refusal.subject}"[:200]
        if delay != held.delay:
            tx.announce(PartDelayed(*told))
        held.delay = delay
        held.due_time = tx.now + min(_PATIENCE * 2 ** min(held.attempts, 10), _LONGEST_PATIENCE)
        held.attempts += 1
    store.save(tx, held)
