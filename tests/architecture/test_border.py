"""protos/border.toml says of every event that crosses what it is, down to its last field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis import border, descriptors
from chassis.outbox import subject_of
from chassis.settings import SERVICES

#: Words for what only people have; a field with one of them in its name would be personal.
PERSONAL = {
    "address",
    "birth",
    "city",
    "email",
    "family",
    "given",
    "job",
    "mobile",
    "phone",
    "postal",
    "street",
}
#: Messages that are one value.
VALUES = {"google.protobuf.Timestamp", "google.protobuf.Duration"}

CROSSINGS = border.crossings()


@pytest.fixture(scope="module", autouse=True)
def every_message() -> None:
    for service in SERVICES:
        import_module(f"services.{service}.manifest")


@pytest.mark.parametrize("kind", CROSSINGS)
def test_it_is_an_event_of_ours_with_its_own_subject(kind: str) -> None:
    message = descriptors.message_class(_descriptor(kind))

    assert subject_of(message, "na") == f"meridian.na.{CROSSINGS[kind].subject}.v1"


@pytest.mark.parametrize("kind", CROSSINGS)
def test_every_field_is_accounted_for(kind: str) -> None:
    assert set(CROSSINGS[kind].fields) == set(_leaves(_descriptor(kind)))
    assert all(CROSSINGS[kind].fields.values())


@pytest.mark.parametrize("kind", CROSSINGS)
def test_no_field_is_called_like_something_personal(kind: str) -> None:
    words = {word for leaf in CROSSINGS[kind].fields for word in re.split(r"[._]", leaf)}

    assert words & PERSONAL == set()


def test_who_reacts_to_the_border_reacts_to_what_crosses_it() -> None:
    reactions = [
        reaction.event.DESCRIPTOR.full_name
        for service in SERVICES
        for reaction in import_module(f"services.{service}.manifest").SERVICE.reactions
        if reaction.border
    ]

    assert set(reactions) <= set(CROSSINGS)


def test_an_entry_that_says_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="needs exactly fields, from, subject, why"):
        border.parse({"meridian.sales.events.v1.OrderPlaced": {"from": "hub"}})


def _descriptor(kind: str) -> Descriptor:
    return descriptor_pool.Default().FindMessageTypeByName(kind)


def _leaves(message: Descriptor, path: str = "") -> Iterator[str]:
    """The dotted names of all fields that hold a value."""
    for field in message.fields:
        name = path + field.name
        inner = field.message_type
        if field.type != FieldDescriptor.TYPE_MESSAGE or inner.full_name in VALUES:
            yield name
        else:
            yield from _leaves(inner, name + ".")
