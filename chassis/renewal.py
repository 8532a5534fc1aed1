"""A source of the border that is silent is asked for anew, so that a link that was cut carries again soon.

JetStream asks for the messages of a lost source, waits 30 s for an answer, then pauses for 10 s, the next
time for 20 s, and so on up to two minutes. A link that comes back ends a pause, but not a waiting; the
pause after it is as long as it would have been, so that a link may be whole for two minutes and a half
and carry nothing (nats-server 2.15.1, setupSourceConsumer and retryDisconnectedSyncConsumers). There is no
setting for it. A source that is taken out of the stream and put in again is asked for at once, from the
message on that comes after the last one the stream has of it: each message says where it was taken from.

Whoever dies between taking out and putting in leaves a stream that the next relay puts in order
(chassis.streams.ensure_border).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from chassis.border import INCOMING, Border, source_region, sources

#: Seconds from one renewal to the next, whoever does it.
PAUSE = 10.0
#: The server looks for the last message of a source from the end of the stream backwards, about five seconds
#: for a million. Renewals take no more than one part in so many of its time.
_SHARE = 10
#: In the stream's metadata, when it was renewed, by the clock of NATS.
_RENEWED = "meridian_renewed"


class Renewal:
    """Renews the sources of a region's stream BORDER. Any number of processes may."""

    def __init__(self, border: Border) -> None:
        self._border = border
        self._pause = PAUSE

    def renew(self, info: Mapping[str, Any], silent: Collection[str]) -> None:
        """Have the regions that are silent asked for anew, unless that was done just now.

        info: what JetStream tells of the stream. Raises BrokerUnavailable, BrokerRefused.
        """
        if not silent or _age(info) < self._pause:
            return
        border, config = self._border, info["config"]
        every = sources(border.region, border.hub, border.regions)
        others = [each for each in every if source_region(each) not in silent]
        noted = {"metadata": (config.get("metadata") or {}) | {_RENEWED: info["ts"]}}
        begin = time.monotonic()
        border.broker.api(f"STREAM.UPDATE.{INCOMING}", config | noted | {"sources": others})
        border.broker.api(f"STREAM.UPDATE.{INCOMING}", config | noted | {"sources": every})
        self._pause = max(PAUSE, _SHARE * (time.monotonic() - begin))


def _age(info: Mapping[str, Any]) -> float:
    """Seconds since the sources were asked for: by a renewal, or when the stream was made."""
    asked = (info["config"].get("metadata") or {}).get(_RENEWED, info["created"])
    return (datetime.fromisoformat(info["ts"]) - datetime.fromisoformat(asked)).total_seconds()
