"""JSON to and from protobuf: json_format is the oracle, refusals name the field."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from gateway.transcoding import Codecs
from gateway.wrong import Wrong
from tests import trial

Thing = trial.message("Thing")
codec = Codecs().of(Thing.DESCRIPTOR)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
int32 = st.integers(-(2**31), 2**31 - 1)
int64 = st.integers(-(2**63), 2**63 - 1)
doubles = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | doubles | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
leaves = st.fixed_dictionaries({}, optional={"label": words, "quantity": int32})
parts = st.fixed_dictionaries(
    {}, optional={"label": words, "quantity": int32, "inner": st.lists(leaves, max_size=2)}
)
times = st.builds(
    lambda seconds, nanos: {"seconds": seconds, "nanos": nanos},
    st.integers(-62_135_596_800, 253_402_300_799),
    st.integers(0, 999_999_999),
)
durations = st.builds(
    lambda sign, seconds, nanos: {"seconds": sign * seconds, "nanos": sign * nanos},
    st.sampled_from([-1, 1]),
    st.integers(0, 315_576_000_000 - 1),
    st.integers(0, 999_999_999),
)
sizes = st.one_of(
    st.just({}),
    st.builds(lambda v: {"metres": v}, int32),
    st.builds(lambda v: {"words": v}, words),
    st.builds(lambda v: {"measured": v}, parts),
)
plain_things = st.fixed_dictionaries(
    {},
    optional={
        "id": words,
        "name": words,
        "ready": st.booleans(),
        "small": int32,
        "large": int64,
        "natural": st.integers(0, 2**32 - 1),
        "wide": st.integers(0, 2**64 - 1),
        "ratio": doubles,
        "share": st.floats(width=32, allow_nan=False, allow_infinity=False),
        "blob": st.binary(max_size=9),
        "colour": st.sampled_from([0, 1, 2]),
        "part": parts,
        "parts": st.lists(parts, max_size=2),
        "tags": st.lists(words, max_size=3),
        "numbers": st.lists(int64, max_size=3),
        "colours": st.lists(st.sampled_from([0, 1, 2]), max_size=3),
        "counts": st.dictionaries(words, int32, max_size=3),
        "shelf": st.dictionaries(int64, st.builds(trial.message("Part"), label=words), max_size=2),
        "answers": st.dictionaries(st.booleans(), words, max_size=2),
        "nickname": words,
        "rank": int32,
        "create_time": times,
        "lasted": durations,
        "maybe_text": st.builds(lambda v: {"value": v}, words),
        "maybe_large": st.builds(lambda v: {"value": v}, int64),
        "maybe_ready": st.builds(lambda v: {"value": v}, st.booleans()),
        "times": st.lists(times, max_size=2),
        "price": st.builds(lambda v: {"amount_minor": v, "currency": "EUR"}, int64),
    },
)


@st.composite
def things(draw: st.DrawFn) -> Any:
    thing = Thing(**draw(plain_things), **draw(sizes))
    if draw(st.booleans()):
        json_format.ParseDict(draw(json_values), thing.anything)
    if draw(st.booleans()):
        json_format.ParseDict(
            draw(st.dictionaries(words, json_values, max_size=3)), thing.extensions
        )
    if draw(st.booleans()):
        thing.mask.paths.extend(["name", "part.inner_label"])
    return thing


def refused(value: Any) -> list[tuple[str, str]]:
    with pytest.raises(Wrong) as caught:
        codec.parse(value)
    return [(violation.field, violation.reason) for violation in caught.value.violations]


@given(things())
def test_rendering_agrees_with_json_format(thing: Any) -> None:
    rendered = orjson.loads(orjson.dumps(codec.render(thing)))
    mask = rendered.pop("mask", None)
    expected = json.loads(
        json_format.MessageToJson(
            thing, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
    )
    assert (expected.pop("mask", None) is None) == (mask is None)
    assert rendered == expected
    assert mask in (None, "name,part.inner_label")


@given(things())
def test_what_is_rendered_parses_to_the_same(thing: Any) -> None:
    assert codec.parse(orjson.loads(orjson.dumps(codec.render(thing)))) == thing


@given(things(), st.booleans())
def test_what_json_format_writes_parses_to_the_same(thing: Any, snake_case: bool) -> None:
    text = json_format.MessageToJson(thing, preserving_proto_field_name=snake_case)
    assert codec.parse(orjson.loads(text)) == thing


@given(
    st.dictionaries(st.sampled_from(list(Thing.DESCRIPTOR.fields_by_name)), json_values, max_size=4)
)
def test_whatever_is_accepted_json_format_accepts_as_the_same(value: dict[str, Any]) -> None:
    value = orjson.loads(orjson.dumps(value))
    try:
        parsed = codec.parse(value)
    except Wrong:
        return
    if "mask" not in value:
        assert parsed == json_format.ParseDict(value, Thing())


def test_what_is_no_number_of_its_type_is_told_the_rule_of_its_field() -> None:
    with pytest.raises(Wrong) as wrong:
        codec.parse({"small": 2**31})
    assert wrong.value.violations[0].params == {"least": "0", "most": "1000"}


@pytest.mark.parametrize(
    ("value", "field", "reason"),
    [
        ({"nmae": "x"}, "nmae", "UNKNOWN_FIELD_NEAR"),
        ({"quite_unheard_of": 1}, "quite_unheard_of", "UNKNOWN_FIELD"),
        ({"smile": 1}, "smile", "UNKNOWN_FIELD"),
        ({"name": 7}, "name", "WRONG_TYPE"),
        ({"ready": "true"}, "ready", "WRONG_TYPE"),
        ({"small": 2**31}, "small", "OUT_OF_RANGE"),
        ({"small": 1.5}, "small", "WRONG_TYPE"),
        ({"small": True}, "small", "WRONG_TYPE"),
        ({"large": "1_000"}, "large", "WRONG_TYPE"),
        ({"natural": -1}, "natural", "OUT_OF_RANGE"),
        ({"ratio": "NaN"}, "ratio", "WRONG_TYPE"),
        ({"ratio": "1e999"}, "ratio", "OUT_OF_RANGE"),
        ({"share": 1e39}, "share", "OUT_OF_RANGE"),
        ({"blob": "?"}, "blob", "WRONG_FORMAT"),
        ({"colour": "COLOUR_GREEN"}, "colour", "UNKNOWN_ENUM_VALUE"),
        ({"colour": 9}, "colour", "UNKNOWN_ENUM_VALUE"),
        ({"part": []}, "part", "WRONG_TYPE"),
        ({"parts": {}}, "parts", "WRONG_TYPE"),
        (
            {"parts": [{}, {"inner": [{"quantity": "x"}]}]},
            "parts[1].inner[0].quantity",
            "WRONG_TYPE",
        ),
        ({"tags": [None]}, "tags[0]", "WRONG_TYPE"),
        ({"counts": {"a": "x"}}, "counts.a", "WRONG_TYPE"),
        ({"shelf": {"a": {}}}, "shelf.a", "WRONG_TYPE"),
        ({"answers": {"yes": ""}}, "answers.yes", "WRONG_TYPE"),
        ({"create_time": "yesterday"}, "create_time", "WRONG_FORMAT"),
        ({"create_time": "2026-02-30T00:00:00Z"}, "create_time", "WRONG_FORMAT"),
        ({"create_time": "2026-02-03T00:00:00"}, "create_time", "WRONG_FORMAT"),
        ({"lasted": "1 hour"}, "lasted", "WRONG_FORMAT"),
        ({"mask": "a,,1"}, "mask", "WRONG_FORMAT"),
        ({"extensions": []}, "extensions", "WRONG_TYPE"),
        ({"maybe_large": "x"}, "maybe_large", "WRONG_TYPE"),
        ({"metres": 1, "words": "x"}, "size", "ONEOF_CONFLICT"),
        (
            {"create_time": None, "createTime": None, "maybe_text": "a", "maybeText": "b"},
            "maybeText",
            "FIELD_TWICE",
        ),
        ([], "", "WRONG_TYPE"),
    ],
)
def test_a_wrong_value_is_named_with_its_path(value: Any, field: str, reason: str) -> None:
    assert refused(value) == [(field, reason)]


def test_all_wrong_values_are_named_together() -> None:
    assert refused({"name": 1, "small": "x", "no": 1}) == [
        ("name", "WRONG_TYPE"),
        ("small", "WRONG_TYPE"),
        ("no", "UNKNOWN_FIELD"),
    ]


def test_a_value_nested_too_deeply_is_refused() -> None:
    deep: Any = []
    for _ in range(40):
        deep = [deep]
    assert refused({"anything": deep})[0][1] == "TOO_DEEP"


def test_null_means_absent_except_for_a_value() -> None:
    parsed = codec.parse({"name": None, "part": None, "anything": None})
    assert parsed == json_format.ParseDict({"anything": None}, Thing())


def test_an_array_of_paths_is_a_field_mask_too() -> None:
    assert codec.parse({"mask": ["name", "createTime"]}).mask.paths == ["name", "create_time"]
