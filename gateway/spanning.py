"""Lists that span regions: every region is asked for its own page, and what they answer is merged.

All are asked at once, each as by an ordinary caller. A region that does not answer is named, and the
others' records are shown; it is left out of the pages that follow, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

import orjson

from gateway.asked import Asked
from gateway.forwarding import Forwarder
from gateway.homes import Policy, born_in
from gateway.http import JSON, Answer
from gateway.merging import Position, RegionPage, merged, taken
from gateway.ordering import Record
from gateway.problems import CONTENT_TYPE as PROBLEM
from gateway.problems import Refusal
from gateway.span import Held, Span

#: Regions are asked twice: for a page to look at, and for just the rows that are taken of it.
_ROUNDS = 2
#: Statuses below 500 that will pass by themselves.
_PASSING = (421, 429)


@dataclass(frozen=True)
class _Part:
    """What one region has on this page, and where it goes on: None at its end."""

    rows: Sequence[Record]
    token: str | None


@dataclass(frozen=True)
class _Missing:
    """Why a region's records are not there: refused, unreachable or left_out."""

    state: str
    reason: str = ""
    detail: str = ""
    complaint: bytes = b""
    """What it says is wrong with the request itself, as problem details."""


class Spanning:
    """Lists across this region and its peers; so many at once, each with a thread for each peer."""

    def __init__(self, region: str, policy: Policy, forwarder: Forwarder, places: int) -> None:
        """region: this one. Its threads begin when they are needed."""
        self._region = region
        self._policy = policy
        self._forwarder = forwarder
        self._places = BoundedSemaphore(places)
        self._threads = ThreadPoolExecutor(places * max(1, len(forwarder.regions)), "regions")

    def answer(self, asked: Asked, held: Held, regions: str) -> Answer:
        """One page of the list whose answer holds its records there.

        Raises Invalid, Refusal, and whatever this region itself answers instead of a page.
        """
        if asked.was_forwarded:
            raise Refusal(421, "FORWARDED_ALREADY", [("retry-after", "1")], region=regions)
        if self._policy.refuses(asked.endpoint.route):
            raise Refusal(403, "FORWARDING_FORBIDDEN", region=regions)
        known = [self._region, *self._forwarder.regions]
        span = Span.of(asked.request.query, held, known)
        if not self._places.acquire(blocking=False):
            raise Refusal(503, "OVERLOADED", [("retry-after", "1")], seconds=1)
        try:
            return self._page(asked, span)
        finally:
            self._places.release()

    def _page(self, asked: Asked, span: Span) -> Answer:
        live = span.position.live
        pages, missing = self._ask(asked, span, dict.fromkeys(live, span.size))
        counts = taken(pages, span.ordering.key, span.size)
        cut = {name: count for name, count in counts.items() if 0 < count < len(pages[name].rows)}
        exact, lost = self._ask(asked, span, cut)
        parts = {
            name: _Part((), live[name])
            if page.rows and not counts[name]
            else _Part(page.rows, page.next_page_token or None)
            for name, page in (pages | exact).items()
            if name not in lost
        }
        absent = {name: _Missing("left_out") for name in span.position.tokens if name not in live}
        return self._answered(asked, span, parts, absent | missing | lost)

    def _answered(
        self, asked: Asked, span: Span, parts: dict[str, _Part], missing: dict[str, _Missing]
    ) -> Answer:
        if len(missing) == len(span.regions):
            return _nobody_answered(missing)
        tokens: dict[str, str | None] = {
            name: part.token for name, part in parts.items() if part.token is not None
        }
        are_copied = self._policy.tries_here_first(asked.endpoint.route)
        shown = {
            name: _born_in(name, part.rows) if are_copied else part.rows
            for name, part in parts.items()
        }
        document = {
            span.held.name: merged(shown, span.ordering.key),
            "next_page_token": span.next_page_token(Position(tokens | dict.fromkeys(missing))),
            "regions": [_told(region, missing.get(region)) for region in span.regions],
        }
        headers = [("content-type", JSON), ("cache-control", "private, no-cache")]
        return Answer(200, headers, [orjson.dumps(document)])

    def _ask(
        self, asked: Asked, span: Span, sizes: Mapping[str, int]
    ) -> tuple[dict[str, RegionPage], dict[str, _Missing]]:
        """A page of so many rows of each of these regions, or why there is none."""
        seconds = asked.endpoint.timeout(asked.request) / _ROUNDS
        queries = {name: span.query(span.position.live[name], size) for name, size in sizes.items()}
        others = {
            name: self._threads.submit(self._of_peer, asked, span, name, query, seconds)
            for name, query in queries.items()
            if name != self._region
        }
        pages: dict[str, RegionPage] = {}
        missing: dict[str, _Missing] = {}
        if self._region in queries:
            pages[self._region] = self._of_own(asked, span, queries[self._region])
        for name, future in others.items():
            outcome = _outcome(future, seconds)
            if isinstance(outcome, RegionPage):
                pages[name] = outcome
            else:
                missing[name] = outcome
        return pages, missing

    def _of_own(self, asked: Asked, span: Span, query: str) -> RegionPage:
        answer = asked.answer_here(asked.request.with_query(query))
        return _read(span, b"".join(answer.body))

    def _of_peer(
        self, asked: Asked, span: Span, region: str, query: str, seconds: float
    ) -> RegionPage | _Missing:
        try:
            status, body = self._forwarder.read(
                asked.request, region, asked.authorization, query, seconds
            )
        except Refusal as refusal:
            return _Missing("unreachable", refusal.reason)
        if status == 200:
            return _read(span, body)
        problem = _problem(body)
        state = "refused" if status < 500 and status not in _PASSING else "unreachable"
        complaint = body if status == 400 else b""
        return _Missing(state, problem.get("reason", ""), problem.get("detail", ""), complaint)


def _born_in(region: str, rows: Sequence[Record]) -> list[Record]:
    return [row for row in rows if born_in(row["id"]) == region]


def _outcome(future: Future[RegionPage | _Missing], seconds: float) -> RegionPage | _Missing:
    try:
        return future.result(seconds)
    except NotInTime:
        future.cancel()
        return _Missing("unreachable", "REGION_ANSWER_MISSING")


def _read(span: Span, body: bytes) -> RegionPage:
    document = orjson.loads(body)
    return RegionPage(document[span.held.name], document["next_page_token"])


def _problem(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _told(region: str, missing: _Missing | None) -> dict[str, str]:
    if missing is None:
        return {"region": region, "state": "answered"}
    told = {"region": region, "state": missing.state}
    if missing.reason:
        told["reason"] = missing.reason
    if missing.detail:
        told["detail"] = missing.detail
    return told


def _nobody_answered(missing: Mapping[str, _Missing]) -> Answer:
    """What is wrong with the request, if that is why. Raises Refusal(NO_REGION_ANSWERED) otherwise."""
    if all(each.complaint for each in missing.values()):
        first = next(iter(missing.values()))
        return Answer(400, [("content-type", PROBLEM)], [first.complaint])
    reasons = ", ".join(f"{name}: {each.reason}" for name, each in sorted(missing.items()))
    if all(each.state == "refused" for each in missing.values()):
        raise Refusal(403, "NO_REGION_ANSWERED", regions=reasons)
    raise Refusal(503, "NO_REGION_ANSWERED", [("retry-after", "1")], regions=reasons)
