"""An import's failed rows are personal data; they can be looked at for a month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import Refused
from services.marketing.lead_imports.domain import LeadImport

END = datetime(2026, 10, 1, 12, tzinfo=UTC)


def lead_import(finish_time: datetime | None) -> LeadImport:
    return LeadImport("limp_na_1", "fair", finish_time=finish_time)


def test_they_are_there_for_thirty_days() -> None:
    lead_import(END).require_failed_rows(at=END + timedelta(days=30, microseconds=-1))
    lead_import(None).require_failed_rows(at=END + timedelta(days=300))


def test_then_they_are_forgotten() -> None:
    with pytest.raises(Refused) as refusal:
        lead_import(END).require_failed_rows(at=END + timedelta(days=30))

    assert (refusal.value.reason, refusal.value.params) == ("IMPORT_ROWS_FORGOTTEN", {"days": "30"})
