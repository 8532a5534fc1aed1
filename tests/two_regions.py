"""One service in two regions, the hub and another, between whom a test carries what crosses the border."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from google.protobuf.descriptor import ServiceDescriptor
from meridian.type.v1 import reference_replica_pb2

from chassis.border import crossings
from chassis.configuration import parse
from chassis.descriptors import message_class
from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER, Service
from chassis.mirror import hub as hub_side
from chassis.settings import Settings
from tests.running import Caller, RunningService

HUB, OTHER = "na", "emea"
#: As often as the hub speaks.
BEAT = timedelta(seconds=15)


def of_region(region: str, **more: str) -> Settings:
    """The settings of one of the two regions, with more environment variables than it needs itself."""
    peer = {"region": OTHER if region == HUB else HUB, "gateway_url": "http://127.0.0.1:1"}
    return parse(
        {
            "MERIDIAN_REGION": region,
            "MERIDIAN_HUB": HUB,
            "MERIDIAN_PEERS": json.dumps([peer]),
            **more,
        }
    )


class TwoRegions:
    """The hub and another region, with one clock that stands until a beat."""

    def __init__(self, service: Service, run: Callable[..., RunningService], **more: str) -> None:
        self.hub = run(service, settings=of_region(HUB, **more))
        self.other = run(service, settings=of_region(OTHER, **more))
        self.now = datetime.now(UTC)
        self.hub.app.clock = self.other.app.clock = lambda: self.now
        self._carried: set[str] = set()

    def people(self, *grants: str) -> tuple[Caller, Caller]:
        """Somebody in the hub and somebody in the other region, who may do the same."""
        return self.hub.caller("user_na_ann", *grants), self.other.caller("user_emea_eva", *grants)

    def carry(self) -> list[Event]:
        """Bring what may cross from each region to both, each event once, until all is there."""
        crossed: list[Event] = []
        while news := self._leaving():
            for event in news:
                for target in (self.hub, self.other):
                    service = target.app.service
                    reactions = service.reactions_from(BORDER)
                    handle_once(target.app, f"{service.name}-from-{BORDER}", reactions, [event])
            crossed += news
        return crossed

    def _leaving(self) -> list[Event]:
        """What was announced since it was last asked for and may leave its region."""
        leaving = []
        for source in (self.hub, self.other):
            region = source.app.region
            for row in sorted(source.table("outbox"), key=lambda row: row["position"]):
                crossing = crossings().get(row["headers"]["ce-type"])
                if row["event_id"] in self._carried or crossing is None:
                    continue
                self._carried.add(row["event_id"])
                if crossing.leaves(region, HUB):
                    leaving.append(Event(row["subject"], row["headers"], row["payload"]))
        return leaving

    def beat(self) -> None:
        """Let 15 seconds pass: the hub says what it has, and answers what is asked."""
        self.now += BEAT
        hub_side.state(self.hub.app)
        self.carry()
        hub_side.send(self.hub.app)
        self.carry()

    def rows(self, table: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        """All rows of a table in the hub and in the other region, by id."""
        both = [sorted(each.table(table), key=lambda r: r["id"]) for each in (self.hub, self.other)]
        return both[0], both[1]


def replica(
    caller: Caller, descriptor: ServiceDescriptor
) -> reference_replica_pb2.ReferenceReplica:
    """How current the replica is where the caller is."""
    method = descriptor.methods_by_name["GetReferenceReplica"]
    shown: reference_replica_pb2.ReferenceReplica = caller.call(descriptor).GetReferenceReplica(
        message_class(method.input_type)()
    )
    return shown
