"""The context of one call: who calls, for which method, with what sight, in which language, when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from chassis.grants import Visibility
from chassis.tokens import Identity

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Call:
    """What a method knows of its call, verified by the server before the method runs."""

    identity: Identity
    method: str
    """Full method name, "/meridian.marketing.v1.LeadService/CreateLead"."""
    visibility: Visibility
    """Which rows the permission of this method lets the caller see."""
    now: datetime
    """The time of the call, UTC. All that the call writes carries this one time."""
    language: str = "en"
    idempotency_key: str = ""
    request: bytes = b""
    """The request as it came; only kept for a call with an idempotency key."""
    authorization: str = ""
    """Passed on to neighbours, so that they check the same caller."""
    traceparent: str = ""
    origin: str = ""
    """The region where the event happened that is being handled; empty in every other call."""
    event_time: datetime | None = None
    """When it happened, UTC; None in every other call, and of an event that does not say."""
    deadline: float | None = None
    """Unix seconds after which nobody waits for the answer."""

    @classmethod
    def of_service(cls, service: str, region: str, now: datetime, traceparent: str = "") -> Call:
        """A call that the service makes itself: timers and reactions. It sees every row."""
        identity = Identity(subject=f"service_{service}", session="", region=region)
        return cls(identity, "", Visibility.ALL, now, traceparent=traceparent)

    def without_key(self) -> Call:
        """The same call without its idempotency key: an answer with a secret in it is not stored."""
        return replace(self, idempotency_key="")


@lru_cache(maxsize=1024)
def language_of(accept_language: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110 §12.5.4); English by default."""
    ranked = []
    for position, part in enumerate(accept_language.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        ranked.append((-weight, position, tag.lower()))
    for weight, _position, tag in sorted(ranked):
        primary = tag.partition("-")[0]
        if weight < 0 and primary in LANGUAGES:
            return primary
    return LANGUAGES[0]
