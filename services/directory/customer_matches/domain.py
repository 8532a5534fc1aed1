"""What is true of a customer match: a pair across regions that somebody confirms or dismisses (PLT-4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.errors import Refused
from chassis.match_keys import MatchHash


class CustomerType(StrEnum):
    """What kind of record a customer is."""

    ACCOUNT = "account"
    CONTACT = "contact"


class CustomerIdentifierKind(StrEnum):
    """What customers of different regions are compared by."""

    EMAIL = "email"
    PHONE = "phone"
    TAX_ID = "tax_id"


class CustomerMatchStrength(StrEnum):
    """How likely it is that they are the same."""

    WEAK = "weak"
    STRONG = "strong"


class CustomerMatchState(StrEnum):
    """What was decided about a match."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


class CustomerMatchDismissReason(StrEnum):
    """Why a match is none; not a text, so that nobody is described in it."""

    DIFFERENT_CUSTOMERS = "different_customers"
    SHARED_IDENTIFIER = "shared_identifier"
    RELATED_CUSTOMERS = "related_customers"
    WRONG_IDENTIFIER = "wrong_identifier"


@dataclass(frozen=True)
class HashedCustomer:
    """A customer of some region, as the regions know each other's."""

    id: str
    region: str
    type: CustomerType


@dataclass(frozen=True)
class CustomerMatchFound:
    """A customer of this region may be the same as one of another region."""

    match_id: str
    customer_id: str
    other_customer_id: str
    other_region: str
    strength: CustomerMatchStrength


@dataclass(frozen=True)
class CustomerMatchWithdrawn:
    """The identifiers of the two do not match any more."""

    match_id: str
    customer_id: str
    other_customer_id: str


@dataclass(frozen=True)
class CustomerMatchConfirmed:
    """Somebody said that they are the same customer."""

    match_id: str
    customer_id: str
    other_customer_id: str


@dataclass(frozen=True)
class CustomerMatchDismissed:
    """Somebody said that they are not."""

    match_id: str
    customer_id: str
    other_customer_id: str
    reason: CustomerMatchDismissReason


@dataclass
class CustomerMatch:
    """A customer of this region who may be the same as one of another."""

    id: str
    customer_id: str
    customer_type: CustomerType
    other_customer_id: str
    other_customer_type: CustomerType
    other_region: str
    kinds: tuple[CustomerIdentifierKind, ...] = ()
    strength: CustomerMatchStrength = CustomerMatchStrength.WEAK
    state: CustomerMatchState = CustomerMatchState.WITHDRAWN
    """Nothing matches until `rematch` says what does."""
    dismiss_reason: CustomerMatchDismissReason | None = None
    decider_id: str = ""
    decide_time: datetime | None = None
    hashes: tuple[MatchHash, ...] = ()
    """What is the same; of a dismissed match, all that was ever seen and is known to mean nothing."""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def rematch(
        self, other_region: str, shared: Collection[MatchHash]
    ) -> CustomerMatchFound | None:
        """Note what the two share now, at least one hash; the event if that opens the match.

        A dismissed match stays dismissed while nothing else is shared than what it was dismissed for.
        """
        self.other_region = other_region
        dismissed = self.state is CustomerMatchState.DISMISSED
        if dismissed and self._is_known(shared):
            self.hashes = _in_order({*self.hashes, *shared})
            return None
        self.hashes = _in_order(shared)
        self.kinds = _kinds(shared)
        self.strength = strength(self.kinds, alike=self.customer_type == self.other_customer_type)
        if self.state in (CustomerMatchState.OPEN, CustomerMatchState.CONFIRMED):
            return None
        self._undecide(CustomerMatchState.OPEN)
        return CustomerMatchFound(
            self.id, self.customer_id, self.other_customer_id, other_region, self.strength
        )

    def withdraw(self) -> CustomerMatchWithdrawn | None:
        """Note that they share nothing any more; None if that is no news, or it was dismissed anyway."""
        if self.state in (CustomerMatchState.WITHDRAWN, CustomerMatchState.DISMISSED):
            return None
        self._undecide(CustomerMatchState.WITHDRAWN)
        return CustomerMatchWithdrawn(self.id, self.customer_id, self.other_customer_id)

    def confirm(self, decider_id: str, *, at: datetime) -> CustomerMatchConfirmed:
        """Say that they are the same. Errors: Refused(CUSTOMER_MATCH_DECIDED)."""
        self._decide(CustomerMatchState.CONFIRMED, decider_id, at)
        self.dismiss_reason = None
        return CustomerMatchConfirmed(self.id, self.customer_id, self.other_customer_id)

    def dismiss(
        self, reason: CustomerMatchDismissReason, decider_id: str, *, at: datetime
    ) -> CustomerMatchDismissed:
        """Say that they are not. Errors: Refused(CUSTOMER_MATCH_DECIDED)."""
        self._decide(CustomerMatchState.DISMISSED, decider_id, at)
        self.dismiss_reason = reason
        return CustomerMatchDismissed(self.id, self.customer_id, self.other_customer_id, reason)

    def _decide(self, state: CustomerMatchState, decider_id: str, at: datetime) -> None:
        if self.state in (state, CustomerMatchState.WITHDRAWN):
            raise Refused("CUSTOMER_MATCH_DECIDED", state=self.state)
        self.state, self.decider_id, self.decide_time = state, decider_id, at

    def _undecide(self, state: CustomerMatchState) -> None:
        self.state, self.dismiss_reason = state, None
        self.decider_id, self.decide_time = "", None

    def _is_known(self, shared: Collection[MatchHash]) -> bool:
        """Whether all of it was there when the match was dismissed, under a key of that time.

        Both customers are hashed under each of their keys, so one common key shows all that they share.
        """
        keys = {each.key_id for each in self.hashes} & {each.key_id for each in shared}
        return bool(keys) and {each for each in shared if each.key_id in keys} <= set(self.hashes)


def strength(kinds: Collection[CustomerIdentifierKind], *, alike: bool) -> CustomerMatchStrength:
    """How much the same kinds of identifiers say; alike: about two accounts, or two contacts.

    A contact that has the telephone number and the e-mail address of an account may just work there.
    """
    if CustomerIdentifierKind.TAX_ID in kinds or (alike and len(kinds) > 1):
        return CustomerMatchStrength.STRONG
    return CustomerMatchStrength.WEAK


def _kinds(hashes: Collection[MatchHash]) -> tuple[CustomerIdentifierKind, ...]:
    return tuple(CustomerIdentifierKind(kind) for kind in sorted({each.kind for each in hashes}))


def _in_order(hashes: Collection[MatchHash]) -> tuple[MatchHash, ...]:
    return tuple(sorted(hashes, key=lambda each: (each.kind, each.key_id, each.hash)))
