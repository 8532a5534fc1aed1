"""The texts of errors, in English and Simplified Chinese, by reason.

Each service has a messages.toml; chassis/messages.toml holds the reasons that the chassis raises and
the texts of field rules. A text's {placeholders} are filled with the error's parameters. Those that hold
words of ours rather than facts (SPOKEN) are said in Chinese by chinese.toml, beside messages.toml, and by
the labels of the contract's enums.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

#: Parameters whose values code chooses, never people: a word, or several with commas between them.
SPOKEN = frozenset({
    "action", "before", "checks", "expected", "form", "found", "happened", "identifier", "kind", "missing", "service",
    "state", "type", "uses", "visibility",
})  # fmt: skip
_CHASSIS = Path(__file__).parent

Texts = dict[str, dict[str, str]]


class Catalogue:
    """The texts that one service can answer with: its own and the chassis's."""

    def __init__(
        self, service_folder: Path | None = None, labels: Mapping[str, str] | None = None
    ) -> None:
        """labels: what values of enums are called in Chinese, by their names in domain code."""
        self._chinese = dict(words(_CHASSIS))
        self._texts = dict(read(_CHASSIS / "messages.toml"))
        own = service_folder / "messages.toml" if service_folder else None
        if own and own.exists():
            self._texts |= read(own)
            self._chinese |= words(own.parent)
        self._chinese |= labels or {}

    def has(self, reason: str) -> bool:
        """Whether there is a text for this reason."""
        return reason in self._texts

    def text(self, reason: str, params: dict[str, str], language: str) -> str:
        """The text of a reason; the slug itself if there is none (a test keeps that from happening)."""
        template = self._texts.get(reason, {}).get(language)
        if template is None:
            return reason
        return template.format_map(_Shown(self._spoken(params, language)))

    def _spoken(self, params: dict[str, str], language: str) -> dict[str, str]:
        say = self._in_chinese if language == "zh" else _in_english
        return {name: say(value) if name in SPOKEN else value for name, value in params.items()}

    def _in_chinese(self, value: str) -> str:
        """A word, several, or words with how many there are of each, "orders: 2, quotes: 1"."""
        if value in self._chinese:
            return self._chinese[value]
        pieces = [piece.partition(": ") for piece in value.split(", ")]
        return "、".join(
            self._chinese.get(word, word) + ("：" + count if count else "")
            for word, _, count in pieces
        )


def _in_english(value: str) -> str:
    """Words as people write them: "under_review" is "under review"."""
    pieces = value.split(", ")
    return ", ".join(piece.replace("_", " ") if piece.isidentifier() else piece for piece in pieces)


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


@cache
def words(folder: Path) -> Mapping[str, str]:
    """The chinese.toml of a folder, if it has one: English word → Chinese word."""
    path = folder / "chinese.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


@cache
def read(path: Path) -> Texts:
    """A messages.toml: reason → language → text."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
