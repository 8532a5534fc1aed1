"""What all mirrored records of a service are, in one number that hub and region can compare."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from chassis.app import Transaction

_BYTES = 16


@dataclass(frozen=True)
class Digest:
    """How many records there are, and the sum of the hashes of noun, id and version of each, in hex.

    The sum does not depend on the order. Equal versions are taken for equal contents.
    """

    records: int
    value: str


def digest_of(versions: Iterable[tuple[str, str, int]]) -> Digest:
    """The digest of records given as noun, id and version."""
    count = total = 0
    for noun, record_id, version in versions:
        each = hashlib.blake2b(f"{noun} {record_id} {version}".encode(), digest_size=_BYTES)
        total += int.from_bytes(each.digest(), "big")
        count += 1
    return Digest(count, f"{total % (1 << 8 * _BYTES):0{2 * _BYTES}x}")


def present(tx: Transaction) -> Digest:
    """The digest of what the database of this service holds now."""
    return digest_of(
        (noun.noun, row.id, row.version)
        for noun in tx.service.mirror.nouns
        for row in tx.execute(sa.select(noun.table.c.id, noun.table.c.version).where(noun.chosen()))
    )
