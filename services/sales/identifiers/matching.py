"""By what a customer is compared with those of other regions: keyed hashes, never the identifiers (PLT-4).

Compared are e-mail addresses, phone numbers with their country, and tax ids with theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis import identifiers as normal_forms
from chassis.match_keys import MatchHash, MatchKeys
from services.sales.identifiers.domain import Identifier, IdentifierType


@dataclass(frozen=True)
class CustomerIdentified:
    """What a customer is recognised by has changed, or was hashed under other keys."""

    customer_id: str
    customer_type: str
    sequence: int
    hashes: tuple[MatchHash, ...]


@dataclass(frozen=True)
class CustomersForgotten:
    """The region was restored, and does not know any more what it announced with numbers between these."""

    region: str
    since_sequence: int
    until_sequence: int


@dataclass
class Identification:
    """What was last announced about a customer."""

    customer_id: str
    customer_type: str
    """What it is: "account" or "contact"."""
    sequence: int = 0
    """Of what was announced last: the time in milliseconds, and more than before. So it goes on counting up
    when the database has been restored to an earlier moment, and nobody takes what is new for old."""
    key_ids: str = ""
    """Under which keys the announced hashes were made; empty if that is still to be done."""
    digest: str = ""
    """Of the announced hashes; empty if there was none."""

    def tell(
        self, hashes: Sequence[MatchHash], key_ids: str, *, at: datetime
    ) -> CustomerIdentified | None:
        """Announce these hashes, made under these keys; None if they were announced last, or there is no key."""
        self.key_ids = key_ids
        digest = _digest(hashes)
        if not key_ids or digest == self.digest:
            return None
        self.digest, self.sequence = digest, self._next(at)
        return CustomerIdentified(
            self.customer_id, self.customer_type, self.sequence, tuple(hashes)
        )

    def end(self, *, at: datetime) -> CustomerIdentified | None:
        """Announce that the customer is gone; None if nobody has ever heard of it."""
        if not self.digest:
            return None
        return CustomerIdentified(self.customer_id, self.customer_type, self._next(at), ())

    def _next(self, at: datetime) -> int:
        return max(self.sequence + 1, int(at.timestamp() * 1000))


def comparable(identifier: Identifier) -> str:
    """What of a normalised identifier means the same in every region; empty if nothing does."""
    match identifier.type:
        case IdentifierType.EMAIL:
            return identifier.normalised
        case IdentifierType.PHONE:
            return normal_forms.international_phone(identifier.value)
        case IdentifierType.TAX_ID:
            return normal_forms.issued_number(identifier.issuer, identifier.value)
    return ""


def hashed(identifiers: Sequence[Identifier], keys: MatchKeys) -> list[MatchHash]:
    """The hashes of what can be compared among these, each once."""
    values = dict.fromkeys((each.type.value, comparable(each)) for each in identifiers)
    return [found for kind, value in values if value for found in keys.hashes(kind, value)]


def _digest(hashes: Sequence[MatchHash]) -> str:
    if not hashes:
        return ""
    text = "\n".join(sorted(f"{each.kind}|{each.key_id}|{each.hash}" for each in hashes))
    return hashlib.sha256(text.encode()).hexdigest()
