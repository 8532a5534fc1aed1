"""What a service must do once after its database was restored to an earlier moment (ADR 1202).

Streams may then hold events of a future that was given up, and count as delivered what the database has
not received. So streams and consumers are discarded, and made again from the outbox; what was handled is
passed over, because its receipt came back with its effect.
"""

from __future__ import annotations

import sqlalchemy as sa

from chassis import consumer, streams
from chassis.app import App
from chassis.border import INCOMING
from chassis.broker import Broker, BrokerRefused
from chassis.feed.numbers import begin_new_life
from chassis.manifest import BORDER

_NO_STREAM, _NO_CONSUMER = 10059, 10014


def begin_anew(app: App) -> int:
    """Have everything in the outbox published again; how many events that are.

    Every receipt is as if it came now, so that it outlives the repetition of its event, however long ago
    that moment is. Other regions are told what this one has forgotten, where that matters to them. Only while
    no work process of the service runs.
    """
    tables = app.service.metadata.tables
    with app.transaction() as tx:
        tx.execute(sa.delete(tables["streams"]))
        tx.execute(sa.update(tables["inbox"]).values(receive_time=tx.now))
        begin_new_life(tx)
        again = tx.execute(sa.update(tables["outbox"]).values(publish_time=None)).rowcount
        # Also where no peers are known: one of several regions on a machine may be restored as if it were alone.
        if app.service.restored:
            app.service.restored(tx)
    return again


def discard_streams(app: App, broker: Broker, border: Broker | None) -> None:
    """Remove the service's stream, and its consumers of all others: its workers make them again.

    border: NATS as the account that the regions share, if there are others. What left this region is
    theirs already and stays. Raises BrokerUnavailable, BrokerRefused.
    """
    for source in app.service.sources():
        name = consumer.duty(app.service.name, source)
        if source != BORDER:
            stream = streams.stream_name(source, app.region)
            _remove(broker, f"CONSUMER.DELETE.{stream}.{name}")
        elif border:
            _remove(border, f"CONSUMER.DELETE.{INCOMING}.{name}")
    _remove(broker, f"STREAM.DELETE.{streams.stream_name(app.service.name, app.region)}")


def _remove(broker: Broker, request: str) -> None:
    try:
        broker.api(request)
    except BrokerRefused as refusal:
        if refusal.code not in (_NO_STREAM, _NO_CONSUMER):
            raise
