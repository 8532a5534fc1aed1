"""A handover's rules."""

from __future__ import annotations

import pytest

from chassis.errors import Refused
from services.sales.handovers.domain import Handover, HandoverReverted, HandoverState


def handover() -> Handover:
    return Handover(
        "handover_na_1",
        source_id="lead_na_1",
        lead_id="lead_na_1",
        account_id="account_na_1",
        opportunity_id="opp_na_1",
    )


def test_accepting_announces_what_came_of_it() -> None:
    accepted = handover().accept()
    assert (accepted.source_id, accepted.account_id, accepted.contact_id) == (
        "lead_na_1",
        "account_na_1",
        "",
    )


def test_reverts_once() -> None:
    taken = handover()
    assert taken.revert([]) == HandoverReverted(
        "handover_na_1", "lead_na_1", "lead_na_1", "", "", ""
    )
    assert taken.state is HandoverState.REVERTED
    assert taken.revert(["account_changed"]) is None


def test_does_not_revert_once_something_happened() -> None:
    taken = handover()
    with pytest.raises(Refused) as refusal:
        taken.revert(["account_changed", "activities"])
    assert refusal.value.params == {"happened": "account_changed, activities"}
    assert taken.state is HandoverState.ACCEPTED
