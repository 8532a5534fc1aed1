"""The checklist that a partner passes before an agreement is offered (PRM-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DueDiligenceCheck(StrEnum):
    """What must be looked into before an agreement is offered; every one of them."""

    COMPANY_REGISTER = "company_register"
    BENEFICIAL_OWNERS = "beneficial_owners"
    SANCTIONS = "sanctions"
    ANTI_CORRUPTION = "anti_corruption"
    CREDITWORTHINESS = "creditworthiness"


class DueDiligenceResult(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True)
class DueDiligenceEntry:
    """One check and what it found."""

    check: DueDiligenceCheck
    result: DueDiligenceResult
    evidence: str
    checked_by: str
    check_time: datetime


def unpassed_checks(entries: Iterable[DueDiligenceEntry]) -> list[DueDiligenceCheck]:
    """The checks whose latest result is not "passed", or that were not made."""
    latest = {entry.check: entry.result for entry in entries}
    return [c for c in DueDiligenceCheck if latest.get(c) is not DueDiligenceResult.PASSED]
