"""Customer matches: what opens one, what a decision about it means, and how strong it is (PLT-4)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refused
from chassis.match_keys import MatchHash
from services.directory.customer_matches.domain import (
    CustomerIdentifierKind,
    CustomerMatch,
    CustomerMatchConfirmed,
    CustomerMatchDismissed,
    CustomerMatchDismissReason,
    CustomerMatchFound,
    CustomerMatchState,
    CustomerMatchStrength,
    CustomerMatchWithdrawn,
    CustomerType,
    strength,
)

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REASON = CustomerMatchDismissReason.SHARED_IDENTIFIER
EMAIL, PHONE, TAX_ID = CustomerIdentifierKind
MAIL = MatchHash("email", "k1", "a1")
MAIL_2 = MatchHash("email", "k2", "a2")
OTHER_MAIL = MatchHash("email", "k1", "b1")
OTHER_MAIL_2 = MatchHash("email", "k2", "b2")


def new_match(*shared: MatchHash) -> CustomerMatch:
    new = CustomerMatch(
        "match_1",
        "account_na_1",
        CustomerType.ACCOUNT,
        "account_emea_1",
        CustomerType.ACCOUNT,
        "emea",
    )
    if shared:
        new.rematch("emea", shared)
    return new


def test_what_two_share_opens_their_match() -> None:
    new = new_match()

    found = new.rematch("emea", {MAIL, MatchHash("tax_id", "k1", "t1")})

    assert found == CustomerMatchFound(
        "match_1", "account_na_1", "account_emea_1", "emea", CustomerMatchStrength.STRONG
    )
    assert (new.state, new.kinds) == (CustomerMatchState.OPEN, (EMAIL, TAX_ID))


def test_an_open_match_is_found_once() -> None:
    assert new_match(MAIL).rematch("emea", {MAIL, OTHER_MAIL}) is None


@pytest.mark.parametrize(
    ("kinds", "alike", "expected"),
    [
        ([EMAIL], True, CustomerMatchStrength.WEAK),
        ([PHONE], True, CustomerMatchStrength.WEAK),
        ([EMAIL, PHONE], True, CustomerMatchStrength.STRONG),
        ([EMAIL, PHONE], False, CustomerMatchStrength.WEAK),
        ([TAX_ID], True, CustomerMatchStrength.STRONG),
        ([TAX_ID], False, CustomerMatchStrength.STRONG),
    ],
)
def test_strength(
    kinds: list[CustomerIdentifierKind], alike: bool, expected: CustomerMatchStrength
) -> None:
    assert strength(kinds, alike=alike) is expected


def test_a_match_is_confirmed_and_dismissed_by_somebody() -> None:
    one = new_match(MAIL)

    assert one.confirm("user_1", at=MOMENT) == CustomerMatchConfirmed(
        "match_1", "account_na_1", "account_emea_1"
    )
    assert (one.state, one.decider_id, one.decide_time) == (
        CustomerMatchState.CONFIRMED,
        "user_1",
        MOMENT,
    )
    assert one.dismiss(REASON, "user_2", at=MOMENT) == CustomerMatchDismissed(
        "match_1", "account_na_1", "account_emea_1", REASON
    )
    assert (one.state, one.decider_id, one.dismiss_reason) == (
        CustomerMatchState.DISMISSED,
        "user_2",
        REASON,
    )


def test_what_was_decided_is_not_decided_again() -> None:
    one = new_match(MAIL)
    one.confirm("user_1", at=MOMENT)
    with pytest.raises(Refused, match="CUSTOMER_MATCH_DECIDED"):
        one.confirm("user_2", at=MOMENT)
    one.dismiss(REASON, "user_1", at=MOMENT)
    with pytest.raises(Refused, match="CUSTOMER_MATCH_DECIDED"):
        one.dismiss(REASON, "user_2", at=MOMENT)
    assert one.decider_id == "user_1"


def test_who_shares_nothing_any_more_matches_no_more() -> None:
    one = new_match(MAIL)

    assert one.withdraw() == CustomerMatchWithdrawn("match_1", "account_na_1", "account_emea_1")
    assert one.withdraw() is None
    with pytest.raises(Refused, match="CUSTOMER_MATCH_DECIDED"):
        one.confirm("user_1", at=MOMENT)
    assert one.rematch("emea", {MAIL}) is not None


def test_a_dismissed_match_comes_back_for_something_new_alone() -> None:
    one = new_match(MAIL)
    one.dismiss(REASON, "user_1", at=MOMENT)

    assert one.withdraw() is None
    assert one.rematch("emea", {MAIL}) is None
    assert one.state is CustomerMatchState.DISMISSED
    assert one.rematch("emea", {MAIL, OTHER_MAIL}) is not None
    assert (one.state, one.decider_id, one.dismiss_reason) == (CustomerMatchState.OPEN, "", None)


def test_a_dismissed_match_does_not_come_back_under_another_key() -> None:
    one = new_match(MAIL)
    one.dismiss(REASON, "user_1", at=MOMENT)

    assert one.rematch("emea", {MAIL, MAIL_2}) is None
    assert one.rematch("emea", {MAIL_2}) is None
    assert one.rematch("emea", {MAIL_2, OTHER_MAIL_2}) is not None


@given(
    st.lists(
        st.sampled_from(["rematch", "rematch other", "withdraw", "confirm", "dismiss"]), max_size=12
    )
)
def test_the_state_says_what_was_announced_last(steps: list[str]) -> None:
    one, announced = new_match(), []
    for step in steps:
        try:
            match step:
                case "rematch":
                    announced.append(one.rematch("emea", {MAIL}))
                case "rematch other":
                    announced.append(one.rematch("emea", {OTHER_MAIL}))
                case "withdraw":
                    announced.append(one.withdraw())
                case "confirm":
                    announced.append(one.confirm("user_1", at=MOMENT))
                case "dismiss":
                    announced.append(one.dismiss(REASON, "user_1", at=MOMENT))
        except Refused:
            announced.append(None)
    last = next((type(each) for each in reversed(announced) if each is not None), None)
    assert {
        None: CustomerMatchState.WITHDRAWN,
        CustomerMatchFound: CustomerMatchState.OPEN,
        CustomerMatchWithdrawn: CustomerMatchState.WITHDRAWN,
        CustomerMatchConfirmed: CustomerMatchState.CONFIRMED,
        CustomerMatchDismissed: CustomerMatchState.DISMISSED,
    }[last] is one.state
    decided = one.state in (CustomerMatchState.CONFIRMED, CustomerMatchState.DISMISSED)
    assert bool(one.decider_id) is decided
