"""A service and what it keeps of a customer, put together in its manifest."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

from meridian.directory.events.v1 import customer_events_pb2, customer_move_events_pb2

from chassis.manifest import Reaction, Service, Timer
from chassis.relocation import source, target
from chassis.relocation.declaration import Estate


def relocatable(service: Service, estate: Estate) -> Service:
    """The service, from which and to which customers can move with all that is in the estate.

    Its protos have PartCopied and so on in meridian.<service>.events.v1, in relocation_events.proto; its
    metadata has the tables of chassis.relocation.tables.
    """
    own = import_module(f"meridian.{service.name}.events.v1.relocation_events_pb2")
    moves = customer_move_events_pb2
    reactions = (
        Reaction(moves.CustomerMoveStarted, source.on_started),
        Reaction(moves.CustomerMoveDeparting, source.on_departing),
        Reaction(moves.CustomerMoveClosed, source.on_closed, border=True),
        Reaction(moves.CustomerMoveClosed, target.on_closed, border=True),
        Reaction(customer_events_pb2.CustomerMoved, source.on_moved, border=True),
        Reaction(own.PartDeparted, target.on_departed, border=True),
    )
    return replace(
        service,
        reactions=(*service.reactions, *reactions),
        timers=(*service.timers, Timer("relocation", 1, source.advance)),
        estate=estate,
    )
