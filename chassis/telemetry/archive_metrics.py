"""The archive of the embedded PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Gauge

_ARCHIVE_EXPOSURE = Gauge(
    "meridian_archive_exposure_seconds",
    "Work that would be lost if the data folder were lost now: time since what is archived.",
    ("region",),
)
_ARCHIVE_WAITING = Gauge(
    "meridian_archive_waiting_bytes", "WAL that is written and not archived yet.", ("region",)
)
_LAST_BACKUP = Gauge(
    "meridian_last_backup_timestamp_seconds",
    "When the newest base backup was complete, in Unix time.",
    ("region",),
)


def watch_archive(region: str, exposure: Callable[[], float]) -> None:
    """Report how many seconds of work a lost data folder would cost, asking at each scrape."""
    _ARCHIVE_EXPOSURE.labels(region).set_function(exposure)


def archive_waiting(region: str, number: int) -> None:
    """Report how many bytes of WAL are not archived yet."""
    _ARCHIVE_WAITING.labels(region).set(number)


def last_backup(region: str, moment: float) -> None:
    """Report when the newest base backup was complete, in Unix seconds."""
    _LAST_BACKUP.labels(region).set(moment)
