"""The services' contract as the gateway reads it: every gRPC service, and the comments beside it.

A new method or service is found here by itself; nothing in the gateway lists them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from google.api import field_behavior_pb2 as behavior
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import (
    Descriptor,
    FieldDescriptor,
    ServiceDescriptor,
)
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from meridian.api.v1 import options_pb2

IMAGE = Path(options_pb2.__file__).parents[2] / "image.binpb"

PUBLIC = "public"
HTTP_BODY = "google.api.HttpBody"
EMPTY = "google.protobuf.Empty"


class ContractError(Exception):
    """The contract asks for something that the gateway cannot do. Found at start-up."""


@dataclass(frozen=True)
class Contract:
    """All services, and the comment of every message, field, enum, value, service and method."""

    services: tuple[ServiceDescriptor, ...]
    comments: dict[str, str]

    @classmethod
    def of(cls, image: FileDescriptorSet) -> Contract:
        """The contract in an image whose types are in the default pool already."""
        pool = descriptor_pool.Default()
        services = tuple(
            pool.FindServiceByName(f"{file.package}.{service.name}")
            for file in image.file
            for service in file.service
        )
        comments = {name: text for file in image.file for name, text in _comments(file)}
        return cls(services, comments)

    def messages(self) -> list[Descriptor]:
        """Every message type that can travel through the gateway, by name."""
        found: dict[str, Descriptor] = {}
        for service in self.services:
            for method in service.methods:
                _reach(method.input_type, found)
                _reach(method.output_type, found)
        return [found[name] for name in sorted(found)]


def installed() -> Contract:
    """The contract of all services that this distribution carries."""
    image = FileDescriptorSet.FromString(IMAGE.read_bytes())
    for file in image.file:
        if file.service:
            import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
    return Contract.of(image)


def is_output_only(field: FieldDescriptor) -> bool:
    """Whether only the service sets this field."""
    return behavior.OUTPUT_ONLY in option(field.GetOptions(), behavior.field_behavior)


def is_changeable(field: FieldDescriptor) -> bool:
    """Whether an update may change this field; IMMUTABLE ones are set at creation alone (AIP-203)."""
    behaviors = option(field.GetOptions(), behavior.field_behavior)
    fixed = (behavior.OUTPUT_ONLY, behavior.IMMUTABLE)
    return field.name not in ("id", "etag") and not any(each in behaviors for each in fixed)


def option(options: Any, extension: Any) -> Any:
    """The value of an extension among the options of a method, field, message or enum value."""
    return options.Extensions[extension]


def _reach(message: Descriptor, found: dict[str, Descriptor]) -> None:
    if message.full_name in found:
        return
    found[message.full_name] = message
    for field in message.fields:
        if field.message_type is not None:
            _reach(field.message_type, found)


def _comments(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    for location in file.source_code_info.location:
        text = "\n".join(line.strip() for line in location.leading_comments.strip().splitlines())
        name = _name(file, location.path) if text else ""
        if name:
            yield f"{file.package}.{name}", text


# Field numbers in descriptor.proto of what has a name: file → message, enum, service → …
_STEPS = {4: "message_type", 5: "enum_type", 6: "service"}
_INNER = {
    "message_type": {2: "field", 3: "nested_type", 4: "enum_type", 8: "oneof_decl"},
    "nested_type": {2: "field", 3: "nested_type", 4: "enum_type", 8: "oneof_decl"},
    "enum_type": {2: "value"},
    "service": {2: "method"},
}


def _name(file: FileDescriptorProto, path: Sequence[int]) -> str:
    """The dotted name of what a source location points at; "" if it has none."""
    here: Any = file
    steps, names = _STEPS, []
    for number, position in zip(path[::2], path[1::2], strict=False):
        attribute = steps.get(number)
        if attribute is None:
            return ""
        here = getattr(here, attribute)[position]
        names.append(here.name)
        steps = _INNER.get(attribute, {})
    return ".".join(names) if len(path) % 2 == 0 else ""
