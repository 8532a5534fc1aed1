"""The stream of a service in a region: made by its owner, and made again from the outbox when it is lost.

The databases are the record. Each service remembers when its stream was born; a stream that is missing
or younger than remembered was lost, and all that the outbox still has is published once more. Whoever
has handled an event passes over its repetition, because its inbox says so.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from chassis.app import App
from chassis.border import INCOMING, Border, outgoing, outgoing_subjects
from chassis.border import sources as border_sources
from chassis.broker import Broker, BrokerRefused

log = logging.getLogger(__name__)

#: How long streams and outboxes keep an event that was published.
RETENTION = timedelta(days=7)
#: How long a stream knows the ids of what it stored; later repetitions only the inbox recognises.
DUPLICATE_WINDOW = timedelta(minutes=2)

_NOT_FOUND = 10059
_NANOSECONDS = 1_000_000_000


def stream_name(service: str, region: str) -> str:
    """What the stream of a service is called, "NA_SALES"."""
    return f"{region}_{service}".upper()


def ensure(app: App, broker: Broker, replicas: int = 1) -> bool:
    """Make the stream of this service unless it is there. True if it was lost or never there.

    Only for the process that relays this service's outbox. Raises BrokerUnavailable, BrokerRefused.
    """
    name = stream_name(app.service.name, app.region)
    subjects = [f"meridian.{app.region}.{app.service.name}.>"]
    return _published_again(app, name, _birth(broker, name, {"subjects": subjects}, replicas))


def ensure_border(app: App, border: Border, replicas: int = 1) -> None:
    """Make the streams of the border unless they are there, and bring them up to date.

    Any service's relay may: they are the region's. What this service has announced is published again
    if what leaves the region was lost. Raises BrokerUnavailable, BrokerRefused.
    """
    subjects = outgoing_subjects(border.region, border.hub)
    if subjects:
        name = outgoing(border.region)
        _published_again(app, name, _birth(border.broker, name, {"subjects": subjects}, replicas))
    sources = border_sources(border.region, border.hub, border.regions)
    _birth(border.broker, INCOMING, {"sources": sources}, replicas)


def _published_again(app: App, name: str, birth: str) -> bool:
    """Publish all that the outbox has again if the stream is another than we knew. True if so."""
    table = app.service.metadata.tables["streams"]
    with app.reading() as tx:
        known = tx.execute(sa.select(table.c.birth).where(table.c.name == name)).scalar()
    if known == birth:
        return False
    with app.transaction() as tx:
        tx.execute(sa.delete(table).where(table.c.name == name))
        tx.execute(sa.insert(table).values(name=name, birth=birth))
        outbox = app.service.metadata.tables["outbox"]
        again = tx.execute(
            sa.update(outbox).where(outbox.c.publish_time.is_not(None)).values(publish_time=None)
        ).rowcount
    if again:
        log.info("stream %s is new: %d events are published again", name, again)
    return True


def _birth(broker: Broker, name: str, contents: dict[str, Any], replicas: int) -> str:
    """When the stream was made: now if it was not there. contents: its subjects or its sources."""
    wanted = _settings(name, contents, replicas)
    try:
        found = broker.api(f"STREAM.INFO.{name}")
    except BrokerRefused as refusal:
        if refusal.code != _NOT_FOUND:
            raise
        return str(broker.api(f"STREAM.CREATE.{name}", wanted)["created"])
    if any(_differs(found["config"].get(key), value) for key, value in contents.items()):
        broker.api(f"STREAM.UPDATE.{name}", wanted)
    return str(found["created"])


def _differs(found: Any, wanted: list[Any]) -> bool:
    """Whether lists differ; their order means nothing."""
    return sorted(map(str, found or [])) != sorted(map(str, wanted))


def _settings(name: str, contents: dict[str, Any], replicas: int) -> dict[str, Any]:
    """Nothing but age removes an event: streams cannot be purged, only lost."""
    return contents | {
        "name": name,
        "retention": "limits",
        "storage": "file",
        "discard": "old",
        "max_age": int(RETENTION.total_seconds()) * _NANOSECONDS,
        "duplicate_window": int(DUPLICATE_WINDOW.total_seconds()) * _NANOSECONDS,
        "num_replicas": replicas,
        "allow_atomic": True,
        "allow_direct": True,
        "deny_delete": True,
        "deny_purge": True,
    }
