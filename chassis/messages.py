"""The texts of errors, in English and Simplified Chinese, by reason.

Each service has a messages.toml; chassis/messages.toml holds the reasons that the chassis raises and
the texts of field rules. A text's {placeholders} are filled with the error's parameters.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

#: Parameters whose values code chooses, never people.
SPOKEN = frozenset({"state", "expected", "found"})
_CHASSIS = Path(__file__).parent / "messages.toml"

Texts = dict[str, dict[str, str]]


class Catalogue:
    """The texts that one service can answer with: its own and the chassis's."""

    def __init__(
        self, service_folder: Path | None = None, chinese: Mapping[str, str] | None = None
    ) -> None:
        """chinese: words for what code says in English in the parameters of SPOKEN."""
        self._chinese = chinese or {}
        self._texts = dict(read(_CHASSIS))
        own = service_folder / "messages.toml" if service_folder else None
        if own and own.exists():
            self._texts |= read(own)

    def text(self, reason: str, params: dict[str, str], language: str) -> str:
        """The text of a reason; the slug itself if there is none (a test keeps that from happening)."""
        template = self._texts.get(reason, {}).get(language)
        if template is None:
            return reason
        return template.format_map(_Shown(self._spoken(params, language)))

    def _spoken(self, params: dict[str, str], language: str) -> dict[str, str]:
        if language != "zh":
            return params
        return {
            name: self._chinese.get(value, value) if name in SPOKEN else value
            for name, value in params.items()
        }


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


@cache
def read(path: Path) -> Texts:
    """A messages.toml: reason → language → text."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
