"""What our protos say about themselves, beyond what protobuf's own types declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from meridian.api.v1 import options_pb2


def message_class(descriptor: Any) -> type[Message]:
    """The Python class of a message."""
    return GetMessageClass(descriptor)


def permission_of(method: MethodDescriptor) -> str:
    """The permission that a method needs: "<service>.<nouns>.<verb>", "public" or "signed-in"."""
    return _option(method, options_pb2.permission)


def is_written_in_hub(method: MethodDescriptor) -> bool:
    """Whether the method writes reference data, so that only the hub runs it."""
    return _flag(method, options_pb2.written_in_hub)


def shows_replica(method: MethodDescriptor) -> bool:
    """Whether the method's answers show reference data, which outside the hub is a replica."""
    return _flag(method, options_pb2.shows_replica)


def chinese_of_values(*services: ServiceDescriptor) -> dict[str, str]:
    """What the enum values of services' nouns are called in Chinese, by their names in domain code:
    "in_review" for QUOTE_STATE_IN_REVIEW.
    """
    return {
        value.name.removeprefix(_prefix(enum.name)).lower(): label
        for enum in _enums(services)
        for value in enum.values
        if (label := _chinese(value.GetOptions()))
    }


@cache
def enum_choices(*services: ServiceDescriptor) -> dict[str, list[str]]:
    """The values of the enums of services' nouns by their names in domain code, by the prefix of their full names:
    ``{"QUOTE_STATE_": ["draft", "in_review", …]}``. What is unspecified is no value.
    """
    return {
        prefix: [
            value.name.removeprefix(prefix).lower() for value in enum.values if value.number != 0
        ]
        for enum in _enums(services)
        if (prefix := _prefix(enum.name))
    }


def _enums(services: Iterable[ServiceDescriptor]) -> Iterator[EnumDescriptor]:
    """The enums of the files of services, and of what these import of their own package."""
    for service in services:
        for file in (service.file, *service.file.dependencies):
            if file.package == service.file.package:
                yield from file.enum_types_by_name.values()


def _chinese(options: Any) -> str:
    return str(options.Extensions[options_pb2.label].zh)


def _prefix(enum: str) -> str:
    """What the names of an enum's values begin with: "QUOTE_STATE_" for QuoteState."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", enum).upper() + "_"


def subject_of(event: Any) -> str:
    """The middle of an event's subject: "<noun>.<participle>"; empty if it is not an event."""
    return _option(event, options_pb2.subject)


def extensions_of(field: Any) -> str:
    """The resource whose extension values a text field holds as a JSON object; empty if it holds none."""
    return _option(field, options_pb2.extensions_of)


def service_of(descriptor: Any) -> str:
    """Which service a descriptor belongs to: "sales" for anything in package meridian.sales.…"""
    return str(descriptor.file.package.split(".")[1])


def _option(descriptor: Any, extension: Any) -> str:
    return str(descriptor.GetOptions().Extensions[extension])


def _flag(descriptor: Any, extension: Any) -> bool:
    return bool(descriptor.GetOptions().Extensions[extension])
