"""Pages of one list in several regions, merged into one page; and the token that goes on after it.

Each region's rows come in the list's order. A merged page takes, of each region, the first rows and
no others, so that the region's own token for just these rows tells where to go on: no row is met
twice or missed, whatever is added meanwhile. A page ends where a region's rows run out that has more
of them, since its next row may belong before all others.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from chassis.errors import Invalid
from gateway.ordering import Key, Record

_LONGEST_TOKEN = 4096


@dataclass(frozen=True)
class RegionPage:
    """Rows that a region gave, and its token for what follows; "" at its end."""

    rows: Sequence[Record]
    next_page_token: str


def taken(
    pages: Mapping[str, RegionPage], key: Callable[[Record], Key], size: int
) -> dict[str, int]:
    """How many of each region's rows belong on a merged page of at most so many rows."""
    counts = dict.fromkeys(pages, 0)
    heads = [(key(page.rows[0]), region) for region, page in pages.items() if page.rows]
    heapq.heapify(heads)
    dry = any(not page.rows and page.next_page_token for page in pages.values())
    while heads and not dry and sum(counts.values()) < size:
        _, region = heads[0]
        page = pages[region]
        counts[region] += 1
        if counts[region] < len(page.rows):
            heapq.heapreplace(heads, (key(page.rows[counts[region]]), region))
        else:
            heapq.heappop(heads)
            dry = bool(page.next_page_token)
    return counts


def merged(rows: Mapping[str, Sequence[Record]], key: Callable[[Record], Key]) -> list[Record]:
    """The rows of all regions in order. What two regions gave stands once.

    A record that is being moved is in both its old and its new region for a moment.
    """
    every = [(key(row), region, row) for region, its in rows.items() for row in its]
    every.sort(key=lambda each: each[:2])
    once: dict[str, Record] = {}
    for _, _, row in every:
        once.setdefault(row["id"], row)
    return list(once.values())


@dataclass(frozen=True)
class Position:
    """Where a list across regions goes on: each region's token. "" is its begin.

    A region that is not there has no more rows; one with None did not answer on an earlier page,
    and is left out from then on, so that later pages do not go back.
    """

    tokens: Mapping[str, str | None]

    @property
    def live(self) -> dict[str, str]:
        """The regions that are to be asked, and from where."""
        return {region: token for region, token in self.tokens.items() if token is not None}

    def written(self, bound_to: str) -> str:
        """As a page token; "" at the end of the list."""
        if not self.live:
            return ""
        content = orjson.dumps([_digest(bound_to), self.tokens])
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, bound_to: str, regions: Sequence[str]) -> Position:
        """A page token, "" for the begin. Raises Invalid(PAGE_TOKEN_INVALID) for one of another list."""
        if not text:
            return cls(dict.fromkeys(regions, ""))
        try:
            if len(text) > _LONGEST_TOKEN:
                raise ValueError
            content = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            digest, tokens = content
            if digest != _digest(bound_to) or not _are_tokens(tokens, regions):
                raise ValueError
        except (ValueError, TypeError):
            raise Invalid("PAGE_TOKEN_INVALID", field="page_token") from None
        return cls(tokens)


def _are_tokens(tokens: Any, regions: Sequence[str]) -> bool:
    return (
        isinstance(tokens, dict)
        and set(tokens) <= set(regions)
        and all(token is None or isinstance(token, str) for token in tokens.values())
    )


def _digest(bound_to: str) -> str:
    return hashlib.blake2b(bound_to.encode(), digest_size=6).hexdigest()
