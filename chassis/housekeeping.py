"""What every service's database is relieved of as time passes.

A receipt is kept longer than its event can come again: a stream is rebuilt from what the outbox still
has, and each repetition renews the receipt (chassis.inbox).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from chassis import figures, idempotency
from chassis.app import App
from chassis.manifest import Timer
from chassis.streams import RETENTION

KEEP_RECEIPTS = 2 * RETENTION
KEEP_SETTLED_LETTERS = timedelta(days=90)

_CHUNK = 1000


def prune_outbox(app: App) -> None:
    """Delete published events past their retention, in small transactions, the oldest first."""
    outbox = app.service.metadata.tables["outbox"]
    oldest = (
        sa.select(outbox.c.position, outbox.c.publish_time)
        .order_by(outbox.c.position)
        .limit(_CHUNK)
    )
    full = True
    while full:
        with app.transaction() as tx:
            rows = tx.execute(oldest).all()
            old = [row.position for row in rows if _before(row.publish_time, tx.now - RETENTION)]
            tx.execute(sa.delete(outbox).where(outbox.c.position.in_(old)))
        full = len(old) == _CHUNK


def prune_inbox(app: App) -> None:
    """Delete receipts of events that cannot come again."""
    inbox = app.service.metadata.tables["inbox"]
    with app.transaction() as tx:
        tx.execute(sa.delete(inbox).where(inbox.c.receive_time < tx.now - KEEP_RECEIPTS))


def forget_idempotency_keys(app: App) -> None:
    """Delete answers whose idempotency keys nobody will send again."""
    with app.transaction() as tx:
        idempotency.forget(tx.connection, app.service.metadata.tables["idempotency_keys"], tx.now)


def prune_dead_letters(app: App) -> None:
    """Delete dead letters that were settled long ago."""
    letters = app.service.metadata.tables["dead_letters"]
    with app.transaction() as tx:
        tx.execute(sa.delete(letters).where(letters.c.resolve_time < tx.now - KEEP_SETTLED_LETTERS))


def _before(moment: datetime | None, limit: datetime) -> bool:
    return moment is not None and moment < limit


#: The timers that every service has beside its own.
TIMERS = (
    Timer("chassis.prune_outbox", 3600, prune_outbox),
    Timer("chassis.prune_inbox", 3600, prune_inbox),
    Timer("chassis.prune_dead_letters", 3600, prune_dead_letters),
    Timer("chassis.forget_idempotency_keys", 600, forget_idempotency_keys),
    Timer("chassis.tell_figures", 30, figures.tell),
)
