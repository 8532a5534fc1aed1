"""The words of a text, so that English and Chinese are searched alike on every database (SVC-3).

Text is brought to one form (Unicode NFKC, case folded). A run of letters and digits is a word. Chinese
has no spaces between words: a run of Chinese characters counts as its single characters and its pairs
of neighbours, the usual index for it (character bigrams; Nie, Gao, Zhang, Zhou: "On the use of words
and n-grams for Chinese information retrieval", IRAL 2000). A query looks for pairs, and for a single
character only where it stands alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

# A word in the title counts as much as this many in the body; more than CAP in the body count no more.
TITLE_WEIGHT = 5
CAP = 5
LONGEST = 60
_RUNS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\W_\u3400-\u9fff\uf900-\ufaff]+")


def index_weights(title: str, body: str) -> dict[str, int]:
    """How much each word weighs in an article."""
    weights = {token: min(number, CAP) for token, number in Counter(_indexed(body)).items()}
    for token in set(_indexed(title)):
        weights[token] = weights.get(token, 0) + TITLE_WEIGHT
    return weights


def query_tokens(query: str) -> list[str]:
    """The words to look for, each once, in the order in which they stand."""
    return list(dict.fromkeys(_looked_for(query)))


def snippet(body: str, tokens: list[str], length: int = 160) -> str:
    """The piece of a text around the first word found, at most so many characters and two ellipses."""
    folded = body.casefold()
    found = [place for place in (folded.find(token) for token in tokens) if place >= 0]
    start = max(min(found, default=0) - length // 4, 0)
    piece = " ".join(body[start : start + length].split())
    return f"{'…' if start else ''}{piece}{'…' if start + length < len(body) else ''}"


def _indexed(text: str) -> Iterator[str]:
    for run in _runs(text):
        if _is_chinese(run):
            yield from run
            yield from _pairs(run)
        else:
            yield run[:LONGEST]


def _looked_for(text: str) -> Iterator[str]:
    for run in _runs(text):
        if _is_chinese(run) and len(run) > 1:
            yield from _pairs(run)
        else:
            yield run[:LONGEST]


def _runs(text: str) -> list[str]:
    return _RUNS.findall(unicodedata.normalize("NFKC", text).casefold())


def _pairs(run: str) -> Iterator[str]:
    return (run[place : place + 2] for place in range(len(run) - 1))


def _is_chinese(run: str) -> bool:
    return "\u3400" <= run[0] <= "\u9fff" or "\uf900" <= run[0] <= "\ufaff"
