"""Business calendars: when a team works, and arithmetic in its working time (SVC-2).

Windows and days are told in local wall-clock time, instants in UTC. A window begins and ends at
the first moment at which the local clock shows, or has jumped past, its start or its end: an hour
that daylight saving skips is not worked, and of an hour that comes twice the window's ends take
the first. So windows that do not overlap on the clock never overlap in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from chassis.errors import Invalid

# So that every due time is found within some thousand days.
LEAST_MINUTES_A_WEEK = 60
NO_TIME = timedelta()


class Weekday(StrEnum):
    """In the order of datetime.date.weekday()."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class SpecialDayKind(StrEnum):
    HOLIDAY = "holiday"
    WORKING_DAY = "working_day"


@dataclass(frozen=True, order=True)
class Window:
    """From start up to, not including, end: local wall-clock times "HH:MM", an end up to "24:00"."""

    start: str
    end: str

    @property
    def minutes(self) -> int:
        """How long it is on the clock; not positive if it ends before it begins."""
        return _minutes(self.end) - _minutes(self.start)


@dataclass(frozen=True)
class WeekdayHours:
    """The ordinary hours of one weekday."""

    weekday: Weekday
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class SpecialDay:
    """A date ("YYYY-MM-DD") that is not like its weekday; a holiday has no windows."""

    date: str
    kind: SpecialDayKind
    windows: tuple[Window, ...] = ()
    name: str = ""


@dataclass
class Calendar:
    """The working hours of a team: round the clock, or by weekday and special day in one zone."""

    id: str
    name: str
    time_zone: str
    round_the_clock: bool = False
    weekdays: tuple[WeekdayHours, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def check(self) -> None:
        """Raise Invalid unless it can be computed with: known zone, sound windows, ever open."""
        if self.time_zone not in _zones():
            raise Invalid("UNKNOWN_TIME_ZONE", field="calendar.time_zone", time_zone=self.time_zone)
        if self.round_the_clock:
            if self.weekdays or self.special_days:
                raise Invalid("ROUND_THE_CLOCK_WITH_HOURS", field="calendar.round_the_clock")
            return
        if len({hours.weekday for hours in self.weekdays}) < len(self.weekdays):
            raise Invalid("WEEKDAY_TWICE", field="calendar.weekdays.weekday")
        for hours in self.weekdays:
            _check_windows(hours.windows, "calendar.weekdays.windows")
        _check_special_days(self.special_days)
        if self._minutes_a_week() < LEAST_MINUTES_A_WEEK:
            raise Invalid(
                "CALENDAR_HARDLY_OPEN", field="calendar.weekdays", minutes=LEAST_MINUTES_A_WEEK
            )

    def _minutes_a_week(self) -> int:
        return sum(window.minutes for hours in self.weekdays for window in hours.windows)


@cache
def _zones() -> set[str]:
    return available_timezones()


def _check_windows(windows: Iterable[Window], path: str) -> None:
    last_end = ""
    for window in sorted(windows):
        if window.end <= window.start:
            raise Invalid("WINDOW_EMPTY", field=path)
        if window.start < last_end:
            raise Invalid("WINDOWS_OVERLAP", field=path)
        last_end = window.end


def _check_special_days(days: tuple[SpecialDay, ...]) -> None:
    if len({day.date for day in days}) < len(days):
        raise Invalid("SPECIAL_DAY_TWICE", field="calendar.special_days.date")
    for day in days:
        check_date(day.date, "calendar.special_days.date")
        path = "calendar.special_days.windows"
        if day.kind is SpecialDayKind.HOLIDAY and day.windows:
            raise Invalid("HOLIDAY_WITH_WINDOWS", field=path, date=day.date)
        if day.kind is SpecialDayKind.WORKING_DAY and not day.windows:
            raise Invalid("WORKING_DAY_WITHOUT_WINDOWS", field=path, date=day.date)
        _check_windows(day.windows, path)


def check_date(text: str, field: str) -> None:
    """Raise Invalid(DATE_IMPOSSIBLE) unless "YYYY-MM-DD" is a day that there is."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Invalid("DATE_IMPOSSIBLE", field=field, date=text) from None


def add_working_time(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """The earliest moment (UTC) by which `amount` of working time has passed since `start`.

    An amount of zero is start itself. The end of a window counts as reached when it closes: eight
    hours from the opening of a 9 to 17 day end at 17:00, not at 9:00 of the next day.
    OverflowError if that is after the year 9999.
    """
    if calendar.round_the_clock or amount <= NO_TIME:
        return start + max(amount, NO_TIME)
    left = amount
    for opening, closing in _stretches(calendar, start):
        if closing - opening >= left:
            return opening + left
        left -= closing - opening
    raise OverflowError("the due time lies beyond the calendar's last year")


def working_time_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time in [start, end); zero if end is not after start."""
    if end <= start:
        return NO_TIME
    if calendar.round_the_clock:
        return end - start
    worked = NO_TIME
    for opening, closing in _stretches(calendar, start):
        if opening >= end:
            break
        worked += min(closing, end) - opening
    return worked


def _stretches(calendar: Calendar, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Working stretches after `since`, in order, in UTC, the first one cut at `since`."""
    zone = ZoneInfo(calendar.time_zone)
    by_weekday = {hours.weekday: sorted(hours.windows) for hours in calendar.weekdays}
    ordinary = [by_weekday.get(weekday, []) for weekday in Weekday]
    special = {day.date: sorted(day.windows) for day in calendar.special_days}
    day = since.astimezone(zone).date()
    while day < date.max:
        for window in special.get(day.isoformat(), ordinary[day.weekday()]):
            opening = max(_moment(day, window.start, zone), since)
            closing = _moment(day, window.end, zone)
            if opening < closing:
                yield opening, closing
        day += timedelta(days=1)


def _moment(day: date, clock_time: str, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) at which the clocks of `zone` show this local time or a later one."""
    local = datetime.combine(day, time()) + timedelta(minutes=_minutes(clock_time))
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return moment
    return _jump_over(local, zone)


def _minutes(clock_time: str) -> int:
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)


def _jump_over(local: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks jumped over a local time that never was.

    Read with fold 1 (the offset after the jump) such a time lies before the jump, read with fold 0
    after it (PEP 495); between the two the jump is found by halving.
    """
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            before = middle
        else:
            after = middle
    return after
