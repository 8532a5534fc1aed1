"""Where records live that have moved, as directory says; remembered, so that directory may be away.

An answer is good for half a minute, "never moved" for a second. While directory does not answer,
what it said last goes on counting, however old; of a record that it was never asked about, the
birth region is believed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc
from meridian.directory.v1 import placement_service_pb2

from gateway.backends import Backends

log = logging.getLogger(__name__)

_MOVED_SECONDS = 30.0
_UNMOVED_SECONDS = 1.0
#: Seconds for which directory is not asked again after it did not answer, and for which it may think.
_PAUSE = 1.0
_MOST = 20_000
_METHOD = "/meridian.directory.v1.PlacementService/BatchGetPlacements"

#: id of a record → the region where it lives now, "" if it never moved; raises grpc.RpcError.
Ask = Callable[[str], str]


def from_directory(backends: Backends) -> Ask:
    """Ask the region's own directory, which knows the placements of all regions."""

    def ask(record_id: str) -> str:
        request = placement_service_pb2.BatchGetPlacementsRequest(ids=[record_id])
        kind = placement_service_pb2.BatchGetPlacementsResponse
        answer = backends.call("directory", _METHOD, request, kind, timeout=_PAUSE)
        return answer.placements[0].home_region if answer.placements else ""

    return ask


@dataclass(frozen=True)
class _Known:
    region: str
    until: float


class Placements:
    """What this process knows of placements; at most 20,000 records, the oldest news go first."""

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._paused_until = float("-inf")
        self._lock = threading.Lock()

    def home_of(self, record_id: str) -> str:
        """The region where a record lives that has moved; "" if it has not, as far as can be told."""
        known, now = self._known.get(record_id), self._clock()
        if known is not None and now < known.until:
            return known.region
        if now < self._paused_until:
            return known.region if known else ""
        try:
            region = self._ask(record_id)
        except grpc.RpcError as error:
            log.warning("directory cannot be asked for placements: %s", error.code().name)
            self._paused_until = self._clock() + _PAUSE
            return known.region if known else ""
        self._remember(record_id, region, now)
        return region

    def forget(self, record_id: str) -> None:
        """This turned out to be wrong: ask next time."""
        with self._lock:
            self._known.pop(record_id, None)

    def _remember(self, record_id: str, region: str, now: float) -> None:
        until = now + (_MOVED_SECONDS if region else _UNMOVED_SECONDS)
        with self._lock:
            self._known.pop(record_id, None)
            if len(self._known) >= _MOST:
                self._known.pop(next(iter(self._known)))
            self._known[record_id] = _Known(region, until)
