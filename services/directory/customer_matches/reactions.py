"""What follows when a region tells by what one of its customers is recognised (PLT-4)."""

from __future__ import annotations

from copy import copy

from meridian.directory.events.v1 import customer_match_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.sales.events.v1 import customer_events_pb2

from chassis.app import Transaction
from chassis.match_keys import MatchHash
from services.directory.customer_matches import hashes, store
from services.directory.customer_matches.domain import (
    CustomerMatch,
    CustomerMatchState,
    CustomerType,
    HashedCustomer,
)


def on_customer_identified(tx: Transaction, event: customer_events_pb2.CustomerIdentified) -> None:
    """Remember the hashes of a customer of any region, and match it with those of other regions.

    A match is kept in the two regions whose customers they are.
    """
    customer = HashedCustomer(event.customer_id, tx.call.origin, CustomerType(event.customer_type))
    told = [MatchHash(each.kind, each.key_id, each.hash) for each in event.hashes]
    _identify(tx, customer, told, event.sequence)


def on_customers_forgotten(tx: Transaction, event: customer_events_pb2.CustomersForgotten) -> None:
    """Forget the customers that a region, restored to an earlier moment, has forgotten."""
    since, until = event.since_sequence, event.until_sequence
    for customer in hashes.told_between(tx, tx.call.origin, since, until):
        _identify(tx, customer, [], until + 1)


def _identify(
    tx: Transaction, customer: HashedCustomer, told: list[MatchHash], sequence: int
) -> None:
    if not hashes.replace(tx, customer, told, sequence):
        return
    known = {_other(tx, match, customer): match for match in store.of_customer(tx, customer)}
    found = {each for each in hashes.candidates(tx, customer, told) if _across(tx, customer, each)}
    shared = hashes.shared(tx, told, [*known, *found])
    for other, match in known.items():
        if other in shared and (other in found or match.state is not CustomerMatchState.WITHDRAWN):
            _rematch(tx, match, match.other_region, shared[other])
        else:
            _withdraw(tx, match)
    for other in sorted(found - set(known), key=lambda each: each.id):
        _match(tx, customer, other, shared[other])


def _across(tx: Transaction, customer: HashedCustomer, other: HashedCustomer) -> bool:
    """Whether one of the two is a customer of this region and the other is not."""
    return (customer.region == tx.region) != (other.region == tx.region)


def _other(tx: Transaction, match: CustomerMatch, customer: HashedCustomer) -> HashedCustomer:
    """With whom the match pairs this customer."""
    if customer.region == tx.region:
        return HashedCustomer(
            match.other_customer_id, match.other_region, match.other_customer_type
        )
    return HashedCustomer(match.customer_id, tx.region, match.customer_type)


def _match(
    tx: Transaction, customer: HashedCustomer, other: HashedCustomer, shared: set[MatchHash]
) -> None:
    mine, theirs = (customer, other) if customer.region == tx.region else (other, customer)
    match = store.of_pair(tx, mine.id, theirs.id)
    if match is None:
        match = CustomerMatch(
            tx.new_id("match"), mine.id, mine.type, theirs.id, theirs.type, theirs.region
        )
        store.add(tx, match)
    _rematch(tx, match, theirs.region, shared)


def _rematch(
    tx: Transaction, match: CustomerMatch, other_region: str, shared: set[MatchHash]
) -> None:
    before = copy(match)
    opened = match.rematch(other_region, shared)
    if match != before:
        store.save(tx, match)
    if opened is not None:
        tx.announce(opened)


def _withdraw(tx: Transaction, match: CustomerMatch) -> None:
    withdrawn = match.withdraw()
    if withdrawn is not None:
        store.save(tx, match)
        tx.announce(withdrawn)
