"""A service and what it mirrors, put together in its manifest."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import import_module

from chassis.manifest import Reaction, Service, Timer
from chassis.mirror import age, hub, replica
from chassis.mirror.declaration import Mirror, Mirrored
from chassis.mirror.watching import BEAT


def mirrored(service: Service, *nouns: Mirrored) -> Service:
    """The service with these nouns written in the hub and mirrored elsewhere.

    Its protos have ReferenceStated, ReferenceCopied and ReferenceRequested in
    meridian.<service>.events.v1, in reference_events.proto.
    """
    own = import_module(f"meridian.{service.name}.events.v1.reference_events_pb2")
    reactions = (
        *(Reaction(each.event, partial(replica.on_mirrored, each), border=True) for each in nouns),
        Reaction(own.ReferenceCopied, replica.on_copied, border=True),
        Reaction(own.ReferenceStated, replica.on_stated, border=True),
        Reaction(own.ReferenceRequested, hub.on_requested, border=True),
    )
    timers = (
        Timer("reference.state", BEAT.total_seconds(), hub.state),
        Timer("reference.send", 1, hub.send),
        Timer("reference.age", 5, age.measure),
    )
    return replace(
        service,
        reactions=(*service.reactions, *reactions),
        timers=(*service.timers, *timers),
        mirror=Mirror(nouns),
    )
