"""Extension fields pass the gateway as they are, and stand in the description of the API (GOV-2)."""

from __future__ import annotations

from typing import Any

import grpc
import orjson
import pytest
from meridian.directory.v1.extension_field_pb2 import ExtensionField
from meridian.directory.v1.extension_field_service_pb2 import ExtensionSchema
from meridian.sales.v1.account_pb2 import Account
from openapi_spec_validator import validate

from gateway import openapi
from gateway.contract import installed
from gateway.description import Descriptions
from gateway.extensions import REFRESH_SECONDS, KnownExtensions, described
from gateway.routing import routes
from gateway.transcoding import Codecs
from gateway.wrong import Wrong

CODEC = Codecs().of(Account.DESCRIPTOR)
CHOICES = [
    {"value": "standard", "label": {"en": "Standard", "zh": "标准"}},
    {"value": "old", "label": {"en": "Old", "zh": "旧"}, "retired": True},
]


def field(kind: str, **more: Any) -> ExtensionField:
    described = {
        "resource": "EXTENSION_RESOURCE_ACCOUNT",
        "name": kind.lower(),
        "type": f"EXTENSION_TYPE_{kind}",
        "label": {"en": kind.title(), "zh": f"字段{kind}"},
    }
    return ExtensionField(**described | more)


EVERY = ExtensionSchema(
    extension_fields=[
        field("TEXT", max_length=5, help={"en": "A note.", "zh": "备注。"}, required=True),
        field("INTEGER", minimum="1"),
        field("DECIMAL", maximum="9.5"),
        field("BOOLEAN"),
        field("DATE", minimum="2026-01-31"),
        field("CHOICE", choices=CHOICES),
        field("MULTIPLE_CHOICE", choices=CHOICES),
    ]
)


def test_an_object_travels_as_its_text() -> None:
    given = {"vat": "reverse", "seats": 5, "deep": {"list": [1.5, None, "汉"]}}

    message = CODEC.parse({"name": "Acme", "extensions": given})

    assert orjson.loads(message.extensions) == given
    assert orjson.loads(orjson.dumps(CODEC.render(message)))["extensions"] == given


def test_without_extension_fields_there_is_an_empty_object() -> None:
    assert CODEC.render(Account(name="Acme"))["extensions"] == {}


@pytest.mark.parametrize("value", ["{}", [], 5, True])
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(Wrong) as wrong:
        CODEC.parse({"extensions": value})
    assert [(each.field, each.reason) for each in wrong.value.violations] == [
        ("extensions", "WRONG_TYPE")
    ]


def test_an_object_nested_too_deeply_is_refused() -> None:
    value: Any = 1
    for _ in range(300):
        value = {"deeper": value}
    with pytest.raises(Wrong) as wrong:
        CODEC.parse({"extensions": value})
    assert wrong.value.violations[0].reason == "TOO_DEEP"


def test_the_description_with_every_type_is_valid_and_tells_the_rules() -> None:
    contract = installed()
    plain = openapi.document(contract, routes(contract))

    document = described(plain, EVERY, "zh")

    validate(document)
    shown = document["components"]["schemas"]["AccountExtensionsInput"]["properties"]
    assert shown["text"]["type"] == ["string", "null"]
    assert (shown["text"]["maxLength"], shown["text"]["title"]) == (5, "字段TEXT")
    assert shown["text"]["description"] == "备注。 新建记录时必填。"
    assert (shown["integer"]["minimum"], shown["decimal"]["maximum"]) == (1, 9.5)
    assert shown["date"]["x-minimum"] == "2026-01-31"
    assert shown["choice"]["enum"] == ["standard", "old", None]
    assert shown["choice"]["x-retired"] == ["old"]
    assert shown["multiple_choice"]["items"]["x-labels"]["standard"]["zh"] == "标准"
    answered = document["components"]["schemas"]["AccountExtensions"]
    assert answered["properties"]["choice"]["enum"] == ["standard", "old"]
    assert answered["additionalProperties"]
    assert plain["components"]["schemas"]["AccountExtensions"]["properties"] == {}


class Directory:
    """Answers with what it is given, or not at all."""

    def __init__(self) -> None:
        self.schema: ExtensionSchema | None = ExtensionSchema()
        self.asked = 0

    def __call__(self) -> ExtensionSchema:
        self.asked += 1
        if self.schema is None:
            raise grpc.RpcError
        return self.schema


def test_what_was_known_last_is_shown_while_directory_is_down() -> None:
    directory, now = Directory(), [0.0]
    known = KnownExtensions(directory, clock=lambda: now[0])
    directory.schema = EVERY
    assert known.current() == EVERY
    directory.schema = None
    now[0] += REFRESH_SECONDS
    assert known.current() == EVERY

    directory.schema = ExtensionSchema()
    assert (known.current(), directory.asked) == (EVERY, 2)
    now[0] += REFRESH_SECONDS
    assert known.current() == ExtensionSchema()


def test_a_description_is_made_once_for_each_language_and_change() -> None:
    directory, now = Directory(), [0.0]
    contract = installed()
    known = KnownExtensions(directory, clock=lambda: now[0])
    descriptions = Descriptions(contract, routes(contract), known)
    first = descriptions.current("en")
    assert descriptions.current("en") is first
    assert descriptions.current("zh") is not first

    directory.schema = EVERY
    now[0] += REFRESH_SECONDS

    assert b'"title":"Multiple_Choice"' in descriptions.current("en").written
    assert "AccountExtensions" in {name for name, _, _ in first.pages["sales"].types}
