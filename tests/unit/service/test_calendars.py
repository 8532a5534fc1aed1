"""Calendar arithmetic: exact days by hand, and properties over many zones and days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import Invalid
from services.service.calendars.domain import (
    Calendar,
    SpecialDay,
    SpecialDayKind,
    Weekday,
    WeekdayHours,
    Window,
    add_working_time,
    working_time_between,
)

OFFICE = (Window("09:00", "12:00"), Window("13:00", "17:00"))
WORKDAYS = list(Weekday)[:5]
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]


def hours_of(days: Iterable[Weekday], *windows: Window) -> tuple[WeekdayHours, ...]:
    return tuple(WeekdayHours(day, windows) for day in days)


def office(zone: str = "UTC", *special: SpecialDay) -> Calendar:
    return Calendar(
        "cal_1", "Office", zone, weekdays=hours_of(WORKDAYS, *OFFICE), special_days=special
    )


def utc(year: int, month: int = 1, day: int = 1, *time: int) -> datetime:
    return datetime(year, month, day, *time, tzinfo=UTC)  # type: ignore[misc, arg-type]


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_working_time_skips_the_break_and_the_night() -> None:
    friday_noon = utc(2026, 11, 20, 11)
    assert add_working_time(office(), friday_noon, hours(1)) == utc(2026, 11, 20, 12)
    assert add_working_time(office(), friday_noon, hours(2)) == utc(2026, 11, 20, 14)
    assert add_working_time(office(), friday_noon, hours(6)) == utc(2026, 11, 23, 10)


def test_a_full_day_ends_when_the_window_closes() -> None:
    assert add_working_time(office(), utc(2026, 11, 23, 9), hours(7)) == utc(2026, 11, 23, 17)


def test_national_day_week_with_make_up_days() -> None:
    """China 2025: 1 to 8 October free, 28 September and 11 October worked instead."""
    free = [SpecialDay(f"2025-10-{day:02d}", SpecialDayKind.HOLIDAY) for day in range(1, 9)]
    made_up = [
        SpecialDay("2025-09-28", SpecialDayKind.WORKING_DAY, OFFICE),
        SpecialDay("2025-10-11", SpecialDayKind.WORKING_DAY, OFFICE),
    ]
    calendar = office("Asia/Shanghai", *free, *made_up)
    shanghai = ZoneInfo("Asia/Shanghai")
    eve = datetime(2025, 9, 30, 16, tzinfo=shanghai).astimezone(UTC)
    assert add_working_time(calendar, eve, hours(2)) == datetime(2025, 10, 9, 10, tzinfo=shanghai)
    month = working_time_between(
        calendar,
        datetime(2025, 9, 27, tzinfo=shanghai).astimezone(UTC),
        datetime(2025, 10, 13, tzinfo=shanghai).astimezone(UTC),
    )
    assert month == hours(7) * 6  # 28, 29, 30 September; 9, 10, 11 October


NIGHT = Calendar(
    "cal_2", "Night", "Europe/Berlin", weekdays=hours_of(Weekday, Window("01:00", "04:00"))
)
ALL_DAY = Calendar(
    "cal_3", "All day", "Europe/Berlin", weekdays=hours_of(Weekday, Window("00:00", "24:00"))
)


@pytest.mark.parametrize(
    ("calendar", "day", "worked"),
    [
        (NIGHT, date(2026, 3, 28), 3),
        (NIGHT, date(2026, 3, 29), 2),  # 02:00 to 03:00 does not happen
        (NIGHT, date(2026, 10, 25), 4),  # 02:00 to 03:00 happens twice
        (ALL_DAY, date(2026, 3, 29), 23),
        (ALL_DAY, date(2026, 10, 25), 25),
    ],
)
def test_daylight_saving_days(calendar: Calendar, day: date, worked: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)
    assert working_time_between(calendar, start, end) == hours(worked)


def test_a_window_that_begins_in_the_skipped_hour_opens_at_the_jump() -> None:
    calendar = Calendar(
        "cal_4",
        "Early",
        "Europe/Berlin",
        weekdays=hours_of([Weekday.SUNDAY], Window("02:30", "04:00")),
    )
    opened = add_working_time(calendar, utc(2026, 3, 29), timedelta(seconds=1))
    assert opened == utc(2026, 3, 29, 1, 0, 1)
    assert working_time_between(calendar, utc(2026, 3, 29), utc(2026, 3, 30)) == hours(1)


def test_a_day_that_a_country_left_out_is_not_worked() -> None:
    """Samoa had no 30 December 2011, a Friday."""
    apia = ZoneInfo("Pacific/Apia")
    start = datetime(2011, 12, 29, tzinfo=apia).astimezone(UTC)
    end = datetime(2011, 12, 31, tzinfo=apia).astimezone(UTC)
    assert working_time_between(office("Pacific/Apia"), start, end) == hours(7)


instants = st.integers(0, 20 * 366 * 86400).map(
    lambda second: utc(2011) + timedelta(seconds=second)
)
amounts = st.integers(0, 60 * 24 * 5).map(lambda minutes: timedelta(minutes=minutes))


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=8)))
    return tuple(
        Window(clock(start), clock(end))
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    zone = draw(st.sampled_from(ZONES))
    if draw(st.integers(0, 9)) == 0:
        return Calendar("cal_0", "Always", zone, round_the_clock=True)
    drawn = draw(st.dictionaries(st.sampled_from(list(Weekday)), windows()))
    drawn[Weekday.SUNDAY] = (Window("01:30", "03:30"),)
    weekdays = tuple(WeekdayHours(*hours) for hours in drawn.items())
    days = draw(st.sets(st.dates(date(2011, 1, 1), date(2031, 1, 1)), max_size=8))
    special = [
        SpecialDay(day.isoformat(), SpecialDayKind.WORKING_DAY, draw(windows()))
        if draw(st.booleans())
        else SpecialDay(day.isoformat(), SpecialDayKind.HOLIDAY)
        for day in days
    ]
    calendar = Calendar("cal_0", "Any", zone, weekdays=weekdays, special_days=tuple(special))
    calendar.check()
    return calendar


@settings(deadline=None, max_examples=50)
@given(calendars(), instants, amounts)
def test_what_was_added_is_what_lies_between(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    assert (
        working_time_between(calendar, start, add_working_time(calendar, start, amount)) == amount
    )


@settings(deadline=None, max_examples=50)
@given(calendars(), instants, amounts)
def test_the_due_moment_is_the_earliest(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    due = add_working_time(calendar, start, amount)
    if amount:
        assert working_time_between(calendar, start, due - timedelta(seconds=1)) < amount


@settings(deadline=None, max_examples=50)
@given(calendars(), instants, amounts, amounts)
def test_adding_in_two_steps_is_adding_once(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    in_steps = add_working_time(calendar, add_working_time(calendar, start, first), second)
    assert in_steps == add_working_time(calendar, start, first + second)


@settings(deadline=None, max_examples=50)
@given(calendars(), instants, amounts, amounts, amounts)
def test_monotone_in_start_and_amount(
    calendar: Calendar, start: datetime, later: timedelta, amount: timedelta, more: timedelta
) -> None:
    due = add_working_time(calendar, start, amount)
    assert due <= add_working_time(calendar, start, amount + more)
    assert due <= add_working_time(calendar, start + later, amount) or amount == timedelta()


@settings(deadline=None, max_examples=50)
@given(calendars(), instants, amounts, amounts)
def test_working_time_adds_up(
    calendar: Calendar, start: datetime, one: timedelta, two: timedelta
) -> None:
    middle, end = start + one, start + one + two
    parts = working_time_between(calendar, start, middle) + working_time_between(
        calendar, middle, end
    )
    assert parts == working_time_between(calendar, start, end)
    assert timedelta() <= parts <= one + two


@pytest.mark.parametrize(
    ("calendar", "reason"),
    [
        (Calendar("c", "n", "Mars/Olympus", round_the_clock=True), "UNKNOWN_TIME_ZONE"),
        (
            Calendar("c", "n", "UTC", True, hours_of([Weekday.MONDAY], *OFFICE)),
            "ROUND_THE_CLOCK_WITH_HOURS",
        ),
        (Calendar("c", "n", "UTC"), "CALENDAR_HARDLY_OPEN"),
        (
            Calendar(
                "c", "n", "UTC", weekdays=hours_of([Weekday.MONDAY], Window("01:00", "01:00"))
            ),
            "WINDOW_EMPTY",
        ),
        (
            Calendar(
                "c",
                "n",
                "UTC",
                weekdays=hours_of(
                    [Weekday.MONDAY], Window("00:00", "01:00"), Window("00:59", "01:30")
                ),
            ),
            "WINDOWS_OVERLAP",
        ),
        (
            office("UTC", SpecialDay("2026-01-01", SpecialDayKind.HOLIDAY, OFFICE)),
            "HOLIDAY_WITH_WINDOWS",
        ),
        (
            office("UTC", SpecialDay("2026-01-01", SpecialDayKind.WORKING_DAY)),
            "WORKING_DAY_WITHOUT_WINDOWS",
        ),
        (
            office("UTC", *[SpecialDay("2026-01-01", SpecialDayKind.HOLIDAY)] * 2),
            "SPECIAL_DAY_TWICE",
        ),
    ],
)
def test_what_cannot_be_computed_with_is_refused(calendar: Calendar, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        calendar.check()
    assert refusal.value.reason == reason
