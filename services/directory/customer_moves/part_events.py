"""What services tell of their parts of a moving customer: the same events of each service."""

from __future__ import annotations

from typing import TypeAlias

from meridian.marketing.events.v1 import relocation_events_pb2 as marketing
from meridian.partners.events.v1 import relocation_events_pb2 as partners
from meridian.sales.events.v1 import relocation_events_pb2 as sales
from meridian.service.events.v1 import relocation_events_pb2 as service

PartCopied: TypeAlias = (
    sales.PartCopied | service.PartCopied | marketing.PartCopied | partners.PartCopied
)
PartDelayed: TypeAlias = (
    sales.PartDelayed | service.PartDelayed | marketing.PartDelayed | partners.PartDelayed
)
PartRefused: TypeAlias = (
    sales.PartRefused | service.PartRefused | marketing.PartRefused | partners.PartRefused
)
RecordsDeparted: TypeAlias = (
    sales.RecordsDeparted
    | service.RecordsDeparted
    | marketing.RecordsDeparted
    | partners.RecordsDeparted
)
PartDeparted: TypeAlias = (
    sales.PartDeparted | service.PartDeparted | marketing.PartDeparted | partners.PartDeparted
)
PartArrived: TypeAlias = (
    sales.PartArrived | service.PartArrived | marketing.PartArrived | partners.PartArrived
)

#: The modules of the services that keep parts.
OF_SERVICES = (sales, service, marketing, partners)
