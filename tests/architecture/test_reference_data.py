"""What a service mirrors is guarded, crosses the border, and crosses it from the hub alone."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from google.protobuf.descriptor import MethodDescriptor

from chassis import descriptors
from chassis.border import crossings
from chassis.manifest import Service
from chassis.mirror.declaration import Mirrored
from chassis.settings import SERVICES

READING = ("Get", "List", "Search", "Explain")


def services() -> Iterator[Service]:
    """The services that mirror something."""
    for name in SERVICES:
        service: Service = import_module(f"services.{name}.manifest").SERVICE
        if service.mirror.nouns:
            yield service


def all_nouns() -> list[tuple[Service, Mirrored]]:
    return [(service, noun) for service in services() for noun in service.mirror.nouns]


NOUNS = pytest.mark.parametrize(
    ("service", "noun"), all_nouns(), ids=[noun.noun for _, noun in all_nouns()]
)


def methods_about(service: Service, noun: Mirrored) -> Iterator[MethodDescriptor]:
    """The methods whose permission is about the noun."""
    prefix = f"{service.name}.{noun.table.name}."
    for servicer in service.servicers:
        for method in servicer.descriptor.methods:
            if descriptors.permission_of(method).startswith(prefix):
                yield method


@NOUNS
def test_its_event_leaves_the_hub_alone(service: Service, noun: Mirrored) -> None:
    crossing = crossings()[noun.event.DESCRIPTOR.full_name]
    assert crossing.leaves("na", hub="na")
    assert not crossing.leaves("emea", hub="na")
    fields = noun.event.DESCRIPTOR.fields_by_number
    assert [fields[number].name for number in (3, 4)] == ["removed", "copy_id"]
    assert fields[2].message_type.full_name.startswith(f"meridian.{service.name}.v1.")


@NOUNS
def test_it_is_written_through_guarded_methods(service: Service, noun: Mirrored) -> None:
    """A noun of which only some rows are mirrored is guarded by the row, whatever the method."""
    unguarded = [
        method.name
        for method in methods_about(service, noun)
        if not method.name.startswith(READING) and not descriptors.is_written_in_hub(method)
    ]
    assert noun.where is not None or unguarded == []


@NOUNS
def test_its_answers_tell_the_age_of_the_replica(service: Service, noun: Mirrored) -> None:
    silent = [
        method.name
        for method in methods_about(service, noun)
        if method.name.startswith(READING) and not descriptors.shows_replica(method)
    ]
    assert silent == []


@NOUNS
def test_it_has_what_the_mirror_reads(service: Service, noun: Mirrored) -> None:
    assert {"id", "version", "update_time"} <= set(noun.table.c.keys())
    names = set(noun.resource.message_type.fields_by_name)
    assert {"id", "etag", *noun.withheld} <= names


def test_every_service_that_mirrors_tells_how_current_it_is() -> None:
    for service in services():
        names = {servicer.descriptor.name for servicer in service.servicers}
        assert f"{service.name.capitalize()}ReplicaService" in names
        for event in ("ReferenceStated", "ReferenceCopied", "ReferenceRequested"):
            assert f"meridian.{service.name}.events.v1.{event}" in crossings()
