"""What a service consists of, written once in its manifest.py and assembled by serve, work and migrate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from google.protobuf.message import Message

if TYPE_CHECKING:
    from chassis.app import App, Transaction
    from chassis.server import Servicer


@dataclass(frozen=True)
class Reaction:
    """What happens here because of an event from elsewhere.

    handler(tx, event) runs in the transaction that also notes the receipt, so its effect happens once
    however often the event arrives. It must not call another service.
    """

    event: type[Message]
    handler: Callable[[Transaction, Any], None]


@dataclass(frozen=True)
class Timer:
    """Work that is due by the clock: handler(app) is called every so many seconds in the work role.

    Several processes may call it at once and any of them may die: it claims what is due in the database.
    """

    name: str
    every_seconds: float
    handler: Callable[[App], None]


@dataclass(frozen=True)
class Service:
    """A service: its name, folder, tables, servicers, reactions and timers."""

    name: str
    folder: Path
    metadata: sa.MetaData
    servicers: tuple[type[Servicer], ...]
    reactions: tuple[Reaction, ...] = ()
    timers: tuple[Timer, ...] = ()
    seed: Callable[[App], None] | None = None
    """Writes what every database of the service holds; runs after each migration, so it can be repeated."""
