"""What happened, told as a table, and whether the figures reconcile."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.level0.people import Company


@dataclass
class Story:
    """What the parts of the journey hand on to each other, and what they tell."""

    company: Company
    #: Tells this run's records from those of other runs.
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    facts: dict[str, Any] = field(default_factory=dict)
    _failures: int = 0
    _checks: int = 0

    def tell(self, stage: str, who: str, what: str, figure: object = "") -> None:
        """A line of the table."""
        print(f"  {stage:<10}{who:<15}{what:<58}{figure!s:>16}", flush=True)

    def check(self, what: str, found: object, expected: object) -> None:
        """A check that must hold."""
        self._checks += 1
        holds = found == expected
        self._failures += not holds
        verdict = "ok" if holds else f"WRONG: {found} instead of {expected}"
        print(f"  {'check':<10}{'':<15}{what:<58}{verdict:>16}", flush=True)

    def conclude(self) -> int:
        """The exit code: 0 if every check held."""
        print(f"\n  {self._checks - self._failures} of {self._checks} checks hold")
        return 1 if self._failures else 0


def euros(minor: int | str) -> str:
    """An amount for people to read."""
    return f"{int(minor) / 100:,.2f} EUR"


def money(minor: int) -> dict[str, str]:
    """An amount as the API takes it."""
    return {"amount_minor": str(minor), "currency": "EUR"}
