"""What a service consists of, written once in its manifest.py and assembled by serve, work and migrate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis.mirror.declaration import NOTHING, Mirror
from chassis.relocation.declaration import NOTHING as KEEPS_NOTHING
from chassis.relocation.declaration import Estate

if TYPE_CHECKING:
    from chassis.app import App, Transaction
    from chassis.server import Servicer

#: The source of events that come over the border between regions.
BORDER = "border"


@dataclass(frozen=True)
class Reaction:
    """What happens here because of an event from elsewhere.

    handler(tx, event) runs in the transaction that also notes the receipt, so its effect happens once
    however often the event arrives. It must not call another service.

    border=True: it is about the event of every region, this one included, as it comes over the border
    (chassis.border); `tx.call.origin` is the region where it happened.
    """

    event: type[Message]
    handler: Callable[[Transaction, Any], None]
    border: bool = False

    @property
    def source(self) -> str:
        """Where its events come from: the service that announces them, or the border."""
        return BORDER if self.border else str(self.event.DESCRIPTOR.full_name.split(".")[1])


@dataclass(frozen=True)
class Timer:
    """Work that is due by the clock: handler(app) is called every so many seconds in the work role.

    Several processes may call it at once and any of them may die: it claims what is due in the database.
    """

    name: str
    every_seconds: float
    handler: Callable[[App], None]


@dataclass(frozen=True)
class Figure:
    """A figure of the business that every worker of the service tells as a metric, for dashboards.

    name: the metric's, without "meridian_"; labels: beside "service", in the order of the keys that
    read(tx) gives. It gives every label value each time, from a small set that is known beforehand:
    states and kinds, never an id, never a person. It reads a bounded number of rows (chassis.figures).
    """

    name: str
    text: str
    labels: tuple[str, ...]
    read: Callable[[Transaction], Mapping[tuple[str, ...], int]]


@dataclass(frozen=True)
class Service:
    """A service: its name, folder, tables, servicers, reactions, timers and figures."""

    name: str
    folder: Path
    metadata: sa.MetaData
    servicers: tuple[type[Servicer], ...]
    reactions: tuple[Reaction, ...] = ()
    timers: tuple[Timer, ...] = ()
    figures: tuple[Figure, ...] = ()
    mirror: Mirror = NOTHING
    """The nouns that are written in the hub and mirrored to other regions, see chassis.mirror.assembly."""
    restored: Callable[[Transaction], None] | None = None
    """Tells other regions what this one has forgotten, when its database was restored (chassis.restoration)."""
    estate: Estate = KEEPS_NOTHING
    """What it keeps of a customer, who can move to another region with it, see chassis.relocation.assembly."""
    seed: Callable[[App], None] | None = None
    """Writes what every database of the service holds; runs after each migration, so it can be repeated."""

    def sources(self) -> list[str]:
        """Where the events come from to which this service reacts."""
        return sorted({reaction.source for reaction in self.reactions})

    def reactions_from(self, source: str) -> list[Reaction]:
        """What happens here because of the events of one source."""
        return [reaction for reaction in self.reactions if reaction.source == source]
