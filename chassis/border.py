"""What crosses the border of a region, and by which way.

protos/border.toml is the one list of events that may leave a region, with all their fields. NATS lets
nothing else out: its allow-lists are made from the same list. All that crosses goes through three
streams, in an account of NATS that has no other (BORDER), and only that account is linked:

  <REGION>_OUT  in each region: what leaves it, published by the relays of its services
  BORDER        in the hub: all regions' outgoing streams, in one order
  BORDER        in each other region: the hub's, in the same order

A link that is cut, or a stream that is lost, is made up for by JetStream's sources once it is back.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meridian.api.v1 import options_pb2

from chassis.broker import Broker

#: The stream of what came over the border, called the same in every region.
INCOMING = "BORDER"
#: The NATS user that may publish and read in the account BORDER of its region.
USER = "border"

_FILE = Path(options_pb2.__file__).parents[2] / "border.toml"
_FACTS = {"subject", "from", "why", "fields"}
_OUT = "_OUT"
_HUB, _ANYWHERE = "hub", "every region"
_FORWARDING = "forwarding"


@dataclass(frozen=True)
class Crossing:
    """An event that crosses the border.

    source: the region it may leave, "hub" or "every region". subject: its NATS subject without region
    and version, "sales.product.mirrored". fields: each field, dotted, and what it tells; none tells
    anything personal.
    """

    type: str
    subject: str
    source: str
    why: str
    fields: Mapping[str, str]

    def leaves(self, region: str, hub: str) -> bool:
        """Whether this event may leave the region."""
        return self.source == _ANYWHERE or region == hub


@dataclass(frozen=True)
class Border:
    """The border of this region: the hub, all regions behind it, and NATS as their common account."""

    region: str
    hub: str
    regions: tuple[str, ...]
    broker: Broker

    def lets_out(self, event_type: str) -> bool:
        """Whether an event of this type, "meridian.sales.events.v1.…", leaves this region."""
        crossing = crossings().get(event_type)
        return crossing is not None and crossing.leaves(self.region, self.hub)


@cache
def crossings() -> Mapping[str, Crossing]:
    """All that may cross, by event type."""
    document = _document()
    return parse({kind: document[kind] for kind in document if kind != _FORWARDING})


@cache
def forwarding() -> Mapping[str, list[str]]:
    """Which requests a gateway never sends on, and which it tries itself first: patterns of permissions."""
    return dict(_document()[_FORWARDING])


def _document() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def parse(document: Mapping[str, Any]) -> dict[str, Crossing]:
    """The document of border.toml. Raises ValueError where it does not say what it must."""
    crossing = {}
    for kind, facts in document.items():
        if set(facts) != _FACTS or facts["from"] not in (_HUB, _ANYWHERE):
            raise ValueError(
                f"border.toml: {kind} needs exactly {', '.join(sorted(_FACTS))}; "
                f'from is "{_HUB}" or "{_ANYWHERE}"'
            )
        crossing[kind] = Crossing(
            kind, facts["subject"], facts["from"], facts["why"], facts["fields"]
        )
    return crossing


def outgoing(region: str) -> str:
    """What the stream of what leaves a region is called, "EMEA_OUT"."""
    return f"{region}{_OUT}".upper()


def outgoing_subjects(region: str, hub: str) -> list[str]:
    """The subjects that may leave a region: the allow-list of NATS, and the subjects of the stream."""
    return sorted(
        f"meridian.{region}.{crossing.subject}.v1"
        for crossing in crossings().values()
        if crossing.leaves(region, hub)
    )


def sources(region: str, hub: str, regions: tuple[str, ...]) -> list[dict[str, Any]]:
    """Where the stream BORDER of a region gets its messages, as JetStream wants to be told.

    Each source has a name of its own: of two with the same, even in different domains, JetStream
    reads one alone.
    """
    if region == hub:
        return [_source(outgoing(other), other, region) for other in sorted(regions)]
    return [_source(INCOMING, hub, region)]


def source_region(source: Mapping[str, Any]) -> str:
    """The region from which a source of the stream BORDER takes, as JetStream tells of it."""
    if "external" in source:
        return str(source["external"]["api"].split(".")[1])
    return str(source["name"].removesuffix(_OUT).lower())


def _source(stream: str, domain: str, region: str) -> dict[str, Any]:
    if domain == region:
        return {"name": stream}
    external = {"api": f"$JS.{domain}.API", "deliver": f"border.{domain}.{region}"}
    return {"name": stream, "external": external}
