"""What a region sees of the others: links, gateways, reference data."""

from __future__ import annotations

from prometheus_client import Gauge

_BORDER_UP = Gauge(
    "meridian_border_link_up", "Whether the link to another region's NATS holds.", ("peer",)
)
_BORDER_PENDING = Gauge(
    "meridian_border_link_pending_events",
    "Events that another region has for this one and that have not come over yet.",
    ("peer",),
)
_PEER_REACHABLE = Gauge(
    "meridian_peer_reachable",
    "Whether the gateway of another region answered when this process asked it last.",
    ("peer",),
)
_PEER_CERTIFICATE_EXPIRY = Gauge(
    "meridian_peer_certificate_expiry_timestamp_seconds",
    "Until when the certificate that another region's gateway showed last is good, as Unix time.",
    ("peer",),
)
_REPLICA_AGE = Gauge(
    "meridian_replica_age_seconds",
    "Time since a service's reference data was last known to agree with the hub's.",
    ("service",),
)


def border_link(peer: str, up: bool, pending: int) -> None:
    """Report whether the link to another region holds, and how many of its events are to come."""
    _BORDER_UP.labels(peer).set(up)
    _BORDER_PENDING.labels(peer).set(pending)


def peer_reachable(peer: str, answered: bool) -> None:
    """Report whether another region's gateway answered a question."""
    _PEER_REACHABLE.labels(peer).set(answered)


def peer_certificate(peer: str, expiry: float) -> None:
    """Report until when (Unix time) the certificate is good that another region's gateway showed."""
    _PEER_CERTIFICATE_EXPIRY.labels(peer).set(expiry)


def replica_age(service: str, seconds: float) -> None:
    """Report how long ago a service's reference data was known to agree with the hub's."""
    _REPLICA_AGE.labels(service).set(seconds)
