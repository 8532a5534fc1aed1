"""Extension values are a dict in the code and the text of a JSON object in a message (GOV-2)."""

from __future__ import annotations

import pytest
from meridian.sales.v1.account_pb2 import Account

from chassis.errors import Invalid
from chassis.records.decoding import from_proto
from chassis.records.encoding import to_proto
from services.sales.accounts import domain


def test_values_come_through_a_message_as_they_were() -> None:
    given = {"seats": 5, "rate": 0.1, "tags": ["红", "blue"], "listed": False}

    message = to_proto(domain.Account("account_na_1", "Acme", extensions=given), Account)

    assert from_proto(message, domain.Account)["extensions"] == given


def test_no_values_are_an_empty_text() -> None:
    message = to_proto(domain.Account("account_na_1", "Acme"), Account)
    assert message.extensions == ""
    assert from_proto(message, domain.Account)["extensions"] == {}


@pytest.mark.parametrize("text", ["[1]", "5", "null", "{", '{"a": NaN}', "vat=reverse"])
def test_a_text_that_is_no_object_is_refused_by_its_place(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        from_proto(Account(name="Acme", extensions=text), domain.Account)
    assert [(each.field, each.reason) for each in refusal.value.violations] == [
        ("account.extensions", "EXTENSIONS_MALFORMED")
    ]
