"""Assets: states, warranties to the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, Refused
from services.service.assets.domain import Asset, AssetState, WarrantyState, warranty_days


def asset(**fields: object) -> Asset:
    return Asset("ast_1", "acc_1", "prod_1", "Printer", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fulfilled", "months", "days"),
    [
        ((2026, 11, 22), 12, ("2026-11-22", "2027-11-21")),
        ((2026, 1, 31), 1, ("2026-01-31", "2026-02-27")),
        ((2024, 2, 29), 12, ("2024-02-29", "2025-02-27")),
        ((2026, 11, 1), 2, ("2026-11-01", "2026-12-31")),
        ((2026, 11, 22), 0, ("", "")),
    ],
)
def test_a_warranty_lasts_to_the_day_before(
    fulfilled: tuple[int, int, int], months: int, days: tuple[str, str]
) -> None:
    assert warranty_days(datetime(*fulfilled, 23, 59, tzinfo=UTC), months) == days


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 120))
def test_a_warranty_is_in_force_on_its_days_and_on_no_other(start: date, months: int) -> None:
    first, last = warranty_days(datetime(start.year, start.month, start.day, tzinfo=UTC), months)
    covered = asset(warranty_start_date=first, warranty_end_date=last)
    covered.check()
    day = timedelta(days=1)
    assert covered.warranty(first) is covered.warranty(last) is WarrantyState.IN_FORCE
    assert covered.warranty((start - day).isoformat()) is WarrantyState.NOT_BEGUN
    after = date.fromisoformat(last) + day
    assert covered.warranty(after.isoformat()) is WarrantyState.OVER


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 120))
def test_more_months_never_end_earlier(start: date, months: int) -> None:
    at = datetime(start.year, start.month, start.day, tzinfo=UTC)
    assert warranty_days(at, months)[1] < warranty_days(at, months + 1)[1]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"serial": "SN-1", "quantity": 2}, "SERIAL_OF_SEVERAL"),
        ({"warranty_end_date": "2026-01-01"}, "WARRANTY_HALF"),
        (
            {"warranty_start_date": "2026-02-30", "warranty_end_date": "2026-03-01"},
            "DATE_IMPOSSIBLE",
        ),
        (
            {"warranty_start_date": "2026-02-01", "warranty_end_date": "2026-01-01"},
            "TERM_BACKWARDS",
        ),
    ],
)
def test_what_cannot_be_an_asset(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        asset(**fields).create()


def test_an_asset_goes_into_repair_and_back_and_ends() -> None:
    subject = asset()
    assert subject.warranty("2026-11-22") is WarrantyState.NONE
    with pytest.raises(Refused, match="ASSET_NOT_IN_STATE"):
        subject.finish_repair()
    subject.start_repair()
    assert subject.state is AssetState.IN_REPAIR
    subject.finish_repair()
    subject.retire("Scrapped")
    assert (subject.state, subject.retire_reason) == (AssetState.RETIRED, "Scrapped")
    for act in (subject.start_repair, lambda: subject.retire("x"), lambda: subject.revise({})):
        with pytest.raises(Refused):
            act()
