"""Ids that say what a record is and where it was born: ``lead_emea_01jf8r5s7q…``.

<prefix>_<region>_<26 characters>: a UUIDv7 (RFC 9562) in Crockford's base32, lower case, so that
ids sort by their time of birth. The region is where the record was born, not where it lives now.
"""

from __future__ import annotations

import os
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]


def new_id(prefix: str, region: str, now: datetime) -> str:
    """A new id, unique without coordination (74 random bits in each millisecond)."""
    random = int.from_bytes(os.urandom(10), "big")
    value = (
        (int(now.timestamp() * 1000) & 0xFFFFFFFFFFFF) << 80
        | 0x7 << 76
        | (random >> 68 & 0xFFF) << 64
        | 0b10 << 62
        | random & 0x3FFFFFFFFFFFFFFF
    )
    return f"{prefix}_{region}_{_base32(value)}"


def region_of(record_id: str) -> str:
    """The region in which a record was born; empty if this is not one of our ids."""
    parts = record_id.split("_")
    return parts[1] if len(parts) == 3 else ""


def _base32(value: int) -> str:
    return "".join([_PAIRS[value >> shift & 0x3FF] for shift in range(120, -1, -10)])
