"""What one service in one process has: its database, its clock, its neighbours, and transactions.

A slice meets this as ``self.transaction(call)``, ``self.reading(call)`` and ``self.neighbour(…)`` in its
servicer, and as the ``tx`` that reactions get and the ``app`` that timers get.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from chassis import crash_points, idempotency, outbox
from chassis.call import Call
from chassis.client import Client, Neighbours
from chassis.configuration import parse
from chassis.database import Database
from chassis.extensions.copies import Declarations
from chassis.ids import new_id
from chassis.manifest import Service
from chassis.mirror import changes
from chassis.mirror.changes import Changes
from chassis.settings import RegionSettings, Settings

M = TypeVar("M", bound=Message)


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass
class Transaction:
    """One unit of work: what it writes is kept whole, together with the events that tell of it."""

    connection: sa.Connection
    service: Service
    call: Call
    region: str
    now: datetime
    declarations: Declarations
    """The extension fields of this region, where the service has extensible resources."""
    regions: RegionSettings
    response: Message | None = None
    changes: Changes = field(default_factory=Changes)

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Run one statement."""
        return self.connection.execute(statement, parameters)

    def new_id(self, prefix: str) -> str:
        """An id for a record born in this region now."""
        return new_id(prefix, self.region, self.now)

    def seeing(self, permission: str) -> Transaction:
        """This transaction for a caller who sees also what another permission of theirs shows.

        For what a request refers to: who may read every account may sell to any of them, though they
        change only what is their own.
        """
        granted = self.call.identity.visibility_for(permission)
        visibility = max(self.call.visibility, granted or self.call.visibility)
        return replace(self, call=replace(self.call, visibility=visibility))

    def announce(self, *events: Any) -> None:
        """Write domain events to the outbox; they are published after the commit, at least once."""
        outbox.write(self, events)

    def reply(self, response: M) -> M:
        """The answer to the call: kept under its idempotency key, if it has one."""
        self.response = response
        return response


@dataclass
class App:
    """One service in one process."""

    service: Service
    database: Database
    region: str = "na"
    neighbours: Neighbours = field(default_factory=Neighbours)
    clock: Callable[[], datetime] = utc_now
    settings: Settings = field(default_factory=lambda: parse({}))
    declarations: Declarations = field(default_factory=Declarations)

    @contextlib.contextmanager
    def transaction(self, call: Call | None = None) -> Iterator[Transaction]:
        """A transaction: committed when the block ends, undone when it raises.

        With a call that carries an idempotency key, a block that has been answered before does not run.
        """
        call = call or self.system_call()
        keys = self.service.metadata.tables["idempotency_keys"]
        with self.database.writing() as connection:
            tx = self._on(connection, call)
            key = call.idempotency_key
            if key:
                idempotency.begin(
                    connection, keys, call.identity.subject, key, call.method, call.request
                )
            yield tx
            changes.complete(tx)
            if key and tx.response is not None:
                answer = {
                    "subject": call.identity.subject,
                    "key": key,
                    "method": call.method,
                    "response": tx.response.SerializeToString(),
                    "create_time": tx.now,
                }
                idempotency.finish(connection, keys, answer, call.request)
            crash_points.reached("transaction.before_commit")
        crash_points.reached("transaction.after_commit")

    @contextlib.contextmanager
    def reading(self, call: Call | None = None) -> Iterator[Transaction]:
        """A connection for reading: no transaction, each statement sees the latest commit."""
        call = call or self.system_call()
        with self.database.reading() as connection:
            yield self._on(connection, call)

    def _on(self, connection: sa.Connection, call: Call) -> Transaction:
        return Transaction(
            connection,
            self.service,
            call,
            self.region,
            call.now,
            self.declarations,
            self.settings.regions,
        )

    def system_call(self) -> Call:
        """The call of the service itself: timers and reactions, which see every row."""
        return Call.of_service(self.service.name, self.region, self.clock())

    def neighbour(self, descriptor: ServiceDescriptor) -> Client:
        """The service that serves this descriptor, over gRPC."""
        return self.neighbours.client(descriptor)
