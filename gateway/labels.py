"""How people read the enum values of every service, in the language that they ask for."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import EnumDescriptor, EnumValueDescriptor
from meridian.api.v1 import options_pb2

from gateway.contract import Contract, option


def enums(contract: Contract) -> list[EnumDescriptor]:
    """Every enum that travels through the gateway, by name."""
    found = {
        field.enum_type.full_name: field.enum_type
        for message in contract.messages()
        for field in message.fields
        if field.enum_type is not None and field.enum_type.full_name.startswith("meridian.")
    }
    return [found[name] for name in sorted(found)]


def label(value: EnumValueDescriptor, language: str) -> str:
    """The label of one value; its name if nobody wrote one."""
    texts = option(value.GetOptions(), options_pb2.label)
    return str(getattr(texts, language)) or value.name


def catalogue(contract: Contract, language: str) -> dict[str, Any]:
    """The body of GET /meta/v1/enums: full name of the enum → its values with their labels."""
    return {
        "enums": {
            enum.full_name: [
                {"value": value.name, "label": label(value, language)}
                for value in enum.values
                if value.number != 0
            ]
            for enum in enums(contract)
        }
    }
