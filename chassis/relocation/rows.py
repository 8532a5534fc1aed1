"""Rows as JSON that is the same in every region, and the digest by which two regions compare them."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from chassis.database import UtcDateTime
from chassis.errors import Invalid
from chassis.tables import OWNERSHIP, owned

Row = dict[str, Any]

#: Bytes of a piece: with what HTTP and JSON add it stays under every gateway's limit of a request.
PIECE = 600_000
#: Pieces of a copy.
MOST_PIECES = 64
#: Bytes that a copy may have when it is unpacked; whoever sends more is not one of us.
_LARGEST = 1 << 30


@dataclass(frozen=True)
class Rows:
    """Rows by table, as JSON has them. Without owner, team and business unit: these change on the way."""

    tables: Mapping[str, list[Row]]

    @cached_property
    def text(self) -> bytes:
        """Canonical JSON: keys sorted, no spaces; the rows of a table stand by primary key."""
        return json.dumps(
            self.tables, ensure_ascii=False, separators=(",", ":"), sort_keys=True
        ).encode()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text).hexdigest()

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(len(rows) for rows in self.tables.values())

    @cached_property
    def ids(self) -> list[str]:
        """The ids of those that are records."""
        return [row["id"] for rows in self.tables.values() for row in rows if "id" in row]

    def pieces(self) -> list[bytes]:
        """The text, compressed and cut."""
        packed = zlib.compress(self.text)
        return [packed[start : start + PIECE] for start in range(0, len(packed), PIECE)]

    @classmethod
    def of_pieces(cls, packed: bytes) -> Rows:
        """The inverse of pieces. Errors: Invalid(RELOCATION_MALFORMED)."""
        try:
            unpacking = zlib.decompressobj()
            tables = json.loads(unpacking.decompress(packed, _LARGEST))
        except (zlib.error, ValueError) as error:
            raise Invalid("RELOCATION_MALFORMED", subject="content") from error
        return cls(tables)


def to_json(row: Mapping[str, Any], table: sa.Table) -> Row:
    """A row of a table as JSON has it, without the columns that say whose it is."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if name in travelling(table)
    }


def from_json(row: Row, table: sa.Table) -> Row:
    """The inverse of to_json. Errors: Invalid(RELOCATION_MALFORMED) if it is not a row of this table."""
    expected = travelling(table)
    if set(row) != expected:
        differing = ", ".join(sorted(set(row) ^ expected))
        raise Invalid("RELOCATION_MALFORMED", subject=f"{table.name}: {differing}")
    return {name: _stored(value, table.c[name]) for name, value in row.items()}


def travelling(table: sa.Table) -> set[str]:
    """The columns that go along: all but those that say whose a row is."""
    return set(table.c.keys()) - (set(OWNERSHIP) if owned(table) else set())


def _stored(value: Any, column: sa.Column[Any]) -> Any:
    if isinstance(column.type, UtcDateTime) and value is not None:
        return datetime.fromisoformat(value)
    return value
