"""What a manifest says of the nouns that its service mirrors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis import descriptors
from chassis.mirror import rows
from chassis.records.encoding import to_protos

if TYPE_CHECKING:
    from chassis.app import Transaction


@dataclass(frozen=True)
class Mirrored:
    """A noun whose records are mirrored.

    event: the message that carries a whole record, with these fields: 1 the record's id, 2 the
    record as a resource, 3 removed, 4 copy_id. where: which rows are mirrored, if not all; the others
    belong to the region that wrote them. withheld: fields of the resource that stay in the hub.

    The table has id, version and update_time. A noun that is more than one row overrides `read`,
    `write` and `remove`.
    """

    event: type[Message]
    table: sa.Table
    where: sa.ColumnElement[bool] | None = None
    withheld: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        """What it is called in the subject of its event, "price_book"."""
        return descriptors.subject_of(self.event.DESCRIPTOR).partition(".")[0]

    @cached_property
    def resource(self) -> Any:
        """The field of the event that carries the record."""
        return self.event.DESCRIPTOR.fields_by_number[2]

    @property
    def id_field(self) -> str:
        """The field of the event that names the record."""
        return self.event.DESCRIPTOR.fields_by_number[1].name

    def chosen(self) -> sa.ColumnElement[bool]:
        """The rows that are mirrored."""
        return sa.true() if self.where is None else self.where

    def among(self, record_ids: Iterable[str]) -> sa.ColumnElement[bool]:
        """The mirrored rows that have one of these ids."""
        return sa.and_(self.table.c.id.in_(list(record_ids)), self.chosen())

    def read(self, tx: Transaction, record_ids: Sequence[str]) -> dict[str, Message]:
        """The resources of those of these records that are mirrored, as they cross, by id."""
        found = tx.execute(sa.select(self.table).where(self.among(record_ids))).all()
        resource_type = descriptors.message_class(self.resource.message_type)
        records: list[Any] = to_protos(found, resource_type)
        for record in records:
            for name in self.withheld:
                record.ClearField(name)
        return {record.id: record for record in records}

    def write(self, tx: Transaction, resource: Message) -> None:
        """Write a record as the hub has it, in place of whatever is here."""
        rows.replace(tx, self.table, rows.row_of(resource, self.table))

    def remove(self, tx: Transaction, record_ids: Sequence[str]) -> None:
        """Delete records that the hub no longer has."""
        tx.execute(sa.delete(self.table).where(self.among(record_ids)))


@dataclass(frozen=True)
class Mirror:
    """All that one service mirrors, in the order in which it is sent: what is named comes first."""

    nouns: tuple[Mirrored, ...]

    @cached_property
    def by_table(self) -> dict[str, Mirrored]:
        """The mirrored nouns by the name of their table."""
        return {each.table.name: each for each in self.nouns}

    def noun(self, name: str) -> Mirrored | None:
        """The noun of this name."""
        return next((each for each in self.nouns if each.noun == name), None)

    def after(self, name: str) -> Mirrored | None:
        """The noun that is sent after this one; None after the last."""
        names = [each.noun for each in self.nouns]
        return self.noun(names[index]) if (index := names.index(name) + 1) < len(names) else None


NOTHING = Mirror(())
