"""Which values an extension field takes, and how they are merged into a record (GOV-2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.extensions.declarations import (
    LONGEST_TEXT,
    Declaration,
    ExtensionType,
    Fault,
    from_text,
    merge,
    require,
)
from chassis.messages import read

VAT = Declaration(
    "account", "vat", ExtensionType.CHOICE, True, ("standard", "reverse", "old"), ("old",)
)
TAGS = Declaration(
    "account", "tags", ExtensionType.MULTIPLE_CHOICE, choices=("red", "blue", "old"),
    retired_choices=("old",),
)  # fmt: skip
SEATS = Declaration("account", "seats", ExtensionType.INTEGER, minimum="1", maximum="500")
RATE = Declaration("account", "rate", ExtensionType.DECIMAL, minimum="-0.5")
NOTE = Declaration("account", "note", ExtensionType.TEXT, max_length=5)
SINCE = Declaration(
    "account", "since", ExtensionType.DATE, minimum="2000-01-01", maximum="2099-12-31"
)
LISTED = Declaration("account", "listed", ExtensionType.BOOLEAN)
GONE = Declaration("account", "gone", ExtensionType.TEXT, required=True, retired=True)
EVERY = {each.name: each for each in (VAT, TAGS, SEATS, RATE, NOTE, SINCE, LISTED, GONE)}


@pytest.mark.parametrize(
    ("declaration", "value", "kept"),
    [
        (VAT, "reverse", "reverse"),
        (TAGS, ["blue", "red", "blue"], ["blue", "red"]),
        (SEATS, 500, 500),
        (SEATS, 2.0, 2),
        (RATE, -0.5, -0.5),
        (RATE, 123456789.123456, 123456789.123456),
        (NOTE, "五个汉字！", "五个汉字！"),
        (SINCE, "2024-02-29", "2024-02-29"),
        (LISTED, False, False),
        (NOTE, "", None),
        (TAGS, [], None),
        (SEATS, None, None),
    ],
)
def test_a_value_of_its_type_is_taken(declaration: Declaration, value: Any, kept: Any) -> None:
    assert declaration.accept(value) == kept


@pytest.mark.parametrize(
    ("declaration", "value", "reason"),
    [
        (VAT, "export", "EXTENSION_NOT_A_CHOICE"),
        (VAT, "old", "EXTENSION_NOT_A_CHOICE"),
        (VAT, ["reverse"], "EXTENSION_NOT_A_CHOICE"),
        (TAGS, "red", "EXTENSION_NOT_CHOICES"),
        (TAGS, ["red", 1], "EXTENSION_NOT_CHOICES"),
        (TAGS, ["old"], "EXTENSION_NOT_CHOICES"),
        (SEATS, 0, "EXTENSION_TOO_SMALL"),
        (SEATS, 501, "EXTENSION_TOO_GREAT"),
        (SEATS, "5", "EXTENSION_NOT_INTEGER"),
        (SEATS, 1.5, "EXTENSION_NOT_INTEGER"),
        (SEATS, True, "EXTENSION_NOT_INTEGER"),
        (SEATS, 2**53, "EXTENSION_NOT_INTEGER"),
        (SEATS, float("inf"), "EXTENSION_NOT_INTEGER"),
        (RATE, "1", "EXTENSION_NOT_DECIMAL"),
        (RATE, float("nan"), "EXTENSION_NOT_DECIMAL"),
        (RATE, 0.1234567, "EXTENSION_NOT_DECIMAL"),
        (RATE, 1e15, "EXTENSION_NOT_DECIMAL"),
        (RATE, -0.6, "EXTENSION_TOO_SMALL"),
        (NOTE, 5, "EXTENSION_NOT_TEXT"),
        (NOTE, "a\0", "TEXT_WITH_NUL"),
        (NOTE, "123456", "EXTENSION_TOO_LONG"),
        (SINCE, "2023-02-29", "EXTENSION_NOT_DATE"),
        (SINCE, "20240101", "EXTENSION_NOT_DATE"),
        (SINCE, "1999-12-31", "EXTENSION_TOO_EARLY"),
        (SINCE, "2100-01-01", "EXTENSION_TOO_LATE"),
        (LISTED, 1, "EXTENSION_NOT_BOOLEAN"),
        (LISTED, {"a": 1}, "EXTENSION_NOT_BOOLEAN"),
        (GONE, "a", "EXTENSION_RETIRED"),
    ],
)
def test_another_value_is_refused_with_the_reason(
    declaration: Declaration, value: Any, reason: str
) -> None:
    with pytest.raises(Fault) as fault:
        declaration.accept(value)
    assert fault.value.reason == reason


def test_a_text_without_a_limit_of_its_own_has_the_general_one() -> None:
    free = Declaration("account", "free", ExtensionType.TEXT)
    assert free.accept("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    with pytest.raises(Fault):
        free.accept("x" * (LONGEST_TEXT + 1))


def test_what_is_stored_stays_allowed() -> None:
    assert VAT.accept("old", "old") == "old"
    assert TAGS.accept(["old", "red"], ["old"]) == ["old", "red"]
    assert GONE.accept("a", "a") == "a"
    assert SEATS.accept("many", "many") == "many"


def test_given_values_are_merged_into_those_that_are_stored() -> None:
    faults: dict[str, Fault] = {}
    stored = {"vat": "reverse", "seats": 5, "brought": {"deep": [1]}}

    merged = merge(EVERY, {"seats": 7, "note": "hi", "brought": {"deep": [1]}}, stored, faults)

    assert merged == {"vat": "reverse", "seats": 7, "note": "hi", "brought": {"deep": [1]}}
    assert faults == {}


def test_null_removes_what_is_not_required() -> None:
    faults: dict[str, Fault] = {}
    merged = merge(EVERY, {"seats": None, "gone": None}, {"seats": 5, "gone": "x"}, faults)
    assert (merged, faults) == ({}, {})

    merge(EVERY, {"vat": None}, {"vat": "reverse"}, faults)
    assert faults["vat"].reason == "EXTENSION_REQUIRED"


def test_every_wrong_value_is_named_at_once() -> None:
    faults: dict[str, Fault] = {}
    given_values = {"vat": "export", "colour": "red", "seats": "5", "note": "fine"}

    merge(EVERY, given_values, {"brought": 1}, faults)
    merge(EVERY, {"brought": 2}, {"brought": 1}, faults)

    assert {name: fault.reason for name, fault in faults.items()} == {
        "vat": "EXTENSION_NOT_A_CHOICE",
        "colour": "EXTENSION_UNKNOWN",
        "seats": "EXTENSION_NOT_INTEGER",
        "brought": "EXTENSION_BROUGHT_ALONG",
    }
    assert faults["colour"].params["declared"] == "vat, tags, seats, rate, note, since, listed"


def test_a_new_record_needs_what_is_required_and_not_retired() -> None:
    faults: dict[str, Fault] = {}
    require(EVERY, {"seats": 5}, faults)
    assert {name: fault.reason for name, fault in faults.items()} == {"vat": "EXTENSION_REQUIRED"}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (ExtensionType.TEXT, "a b", "a b"),
        (ExtensionType.INTEGER, " 12 ", 12),
        (ExtensionType.DECIMAL, "12.50", 12.5),
        (ExtensionType.BOOLEAN, "TRUE", True),
        (ExtensionType.DATE, "2026-01-31", "2026-01-31"),
        (ExtensionType.CHOICE, "reverse", "reverse"),
        (ExtensionType.MULTIPLE_CHOICE, "red; blue;", ["red", "blue"]),
    ],
)
def test_values_are_read_from_text(kind: ExtensionType, text: str, value: Any) -> None:
    assert from_text(kind, text) == value


@pytest.mark.parametrize("kind", [ExtensionType.INTEGER, ExtensionType.DECIMAL, ExtensionType.DATE])
@pytest.mark.parametrize("text", ["", "x", "1e999999999", "Infinity", "１２", "--1", "1.5.2"])
def test_a_text_that_is_no_value_is_refused(kind: ExtensionType, text: str) -> None:
    with pytest.raises(Fault):
        from_text(kind, text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*EVERY, "other"]), json_values))
def test_whatever_is_given_is_taken_or_named_and_taken_values_are_taken_again(
    values: dict[str, Any],
) -> None:
    faults: dict[str, Fault] = {}
    merged = merge(EVERY, values, {}, faults)
    assert not faults.keys() & merged.keys()

    again: dict[str, Fault] = {}
    assert merge(EVERY, merged, {}, again) == merged
    assert again == {}


def test_every_reason_has_its_texts() -> None:
    source = Path(__file__).parents[3] / "chassis" / "extensions" / "declarations.py"
    texts = read(Path(__file__).parents[3] / "chassis" / "messages.toml")
    reasons = {each.split('"')[0] for each in source.read_text().split('"EXTENSION_')[1:]}
    assert len(reasons) == 16
    for reason in reasons:
        assert set(texts[f"EXTENSION_{reason}"]) == {"en", "zh"}
