"""What one client, and all clients together, may ask for at once.

Each gateway process counts for itself: with n of them a client may reach n times its limit.
"""

from __future__ import annotations

import enum
import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.problems import Refusal
from gateway.routing import Route

_MOST_CLIENTS = 20_000
#: An address may stand for many clients behind it, and has this many times a client's limit.
ADDRESS_FACTOR = 10


class RateLimit:
    """A token bucket for each client: `burst` requests at once, `rate` a second in the long run."""

    def __init__(self, rate: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()
        self._policy = ("ratelimit-policy", f'"client";q={burst};w={max(1, round(burst / rate))}')

    def take(self, client: str) -> list[tuple[str, str]]:
        """Count one request. Gives the headers that tell how many may follow at once.

        Raises Refusal(429) for one too many. Source: draft-ietf-httpapi-ratelimit-headers-10.
        """
        now = self._clock()
        with self._lock:
            tokens, then = self._buckets.get(client, (self._burst, now))
            tokens = min(self._burst, tokens + (now - then) * self._rate)
            if tokens >= 1:
                self._buckets[client] = (tokens - 1, now)
                if len(self._buckets) > _MOST_CLIENTS:
                    self._forget_idle(now)
                return [self._policy, ("ratelimit", f'"client";r={int(tokens) - 1};t=1')]
        seconds = max(1, round((1 - tokens) / self._rate))
        headers = [
            ("retry-after", str(seconds)),
            self._policy,
            ("ratelimit", f'"client";r=0;t={seconds}'),
        ]
        raise Refusal(429, "RATE_LIMITED", headers, limit=self._rate, seconds=seconds)

    def _forget_idle(self, now: float) -> None:
        full_after = self._burst / self._rate
        self._buckets = {
            client: bucket
            for client, bucket in self._buckets.items()
            if now - bucket[1] < full_after
        }


class Priority(enum.IntEnum):
    """Who goes first when there is a queue, and who is sent away first when it grows."""

    WRITE = 0
    READ = 1
    LIST = 2
    BULK = 3


def priority_of(route: Route) -> Priority:
    """Files last, lists after single records, changes first: they are what people wait for."""
    if route.is_bulk:
        return Priority.BULK
    if route.verb != "GET":
        return Priority.WRITE
    return Priority.LIST if route.method.name.startswith("List") else Priority.READ


@dataclass(order=True)
class _Ticket:
    priority: Priority
    number: int
    called: threading.Event = field(default_factory=threading.Event, compare=False)


class Admission:
    """Lets `running` requests work at once, `waiting` more wait a while, and sends the rest away.

    A list may use half of the waiting room, a single read three quarters, a change all of it.
    Files never wait, and never take more than half of the places.
    """

    def __init__(self, running: int, waiting: int, patience: float) -> None:
        """patience: seconds that a request waits at most."""
        self._places = running
        self._bulk_places = max(1, running // 2)
        self._bulk = 0
        self._patience = patience
        self._room = {
            Priority.WRITE: waiting,
            Priority.READ: waiting * 3 // 4,
            Priority.LIST: waiting // 2,
        }
        self._queue: list[_Ticket] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    @property
    def queued(self) -> int:
        """How many wait."""
        return len(self._queue)

    def enter(self, priority: Priority) -> None:
        """Return when the request may work; `leave` must follow. Raises Refusal(503)."""
        with self._lock:
            if priority is Priority.BULK:
                self._enter_bulk()
                return
            if self._places > 0:
                self._places -= 1
                return
            if len(self._queue) >= self._room[priority]:
                raise _overloaded(1)
            ticket = _Ticket(priority, next(self._numbers))
            heapq.heappush(self._queue, ticket)
        if not ticket.called.wait(self._patience):
            self._give_up(ticket)

    def leave(self, priority: Priority) -> None:
        """The request is done; whoever waits first takes its place."""
        with self._lock:
            if priority is Priority.BULK:
                self._bulk -= 1
            if self._queue:
                heapq.heappop(self._queue).called.set()
            else:
                self._places += 1

    def _enter_bulk(self) -> None:
        if self._bulk >= self._bulk_places or self._places <= 0:
            raise _overloaded(5)
        self._bulk += 1
        self._places -= 1

    def _give_up(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket.called.is_set():
                return
            self._queue.remove(ticket)
            heapq.heapify(self._queue)
        raise _overloaded(1)


def _overloaded(seconds: int) -> Refusal:
    return Refusal(503, "OVERLOADED", [("retry-after", str(seconds))], seconds=seconds)
