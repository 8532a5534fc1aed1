"""What is true of an import of leads: its states and its count of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.errors import Refused


class LeadImportState(StrEnum):
    """How far an import has come."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


#: How long the rows that failed can be looked at once the import is over. They are personal data.
KEEP_FAILED_ROWS = timedelta(days=30)

#: States in which there is work left.
OPEN = (LeadImportState.QUEUED, LeadImportState.RUNNING)


@dataclass
class LeadImport:
    """A file of leads, and how far its rows have come."""

    id: str
    source: str
    campaign_id: str = ""
    file_name: str = ""
    default_country: str = ""
    mapping: tuple[str, ...] = ()
    state: LeadImportState = LeadImportState.QUEUED
    size_bytes: int = 0
    #: Tells whether the same file was sent before.
    digest: str = ""
    ignored_columns: tuple[str, ...] = ()
    rows_total: int = 0
    rows_done: int = 0
    rows_created: int = 0
    rows_skipped: int = 0
    rows_failed: int = 0
    duplicates_flagged: int = 0
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    finish_time: datetime | None = None
    #: Until when the process that works on it is believed to be alive.
    lease_time: datetime | None = None
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def advance(
        self, *, created: int, skipped: int, failed: int, flagged: int, at: datetime
    ) -> None:
        """Some more rows are settled; the last ones finish it."""
        self.state = LeadImportState.RUNNING
        self.rows_created += created
        self.rows_skipped += skipped
        self.rows_failed += failed
        self.duplicates_flagged += flagged
        self.rows_done += created + skipped + failed
        if self.rows_done >= self.rows_total:
            self.state, self.finish_time = LeadImportState.FINISHED, at

    def cancel(self, at: datetime) -> None:
        """Stop it where it is. Refused(IMPORT_OVER) if nothing is left to stop."""
        if self.state not in OPEN:
            raise Refused("IMPORT_OVER", state=self.state)
        self.state, self.finish_time = LeadImportState.CANCELLED, at

    def require_failed_rows(self, at: datetime) -> None:
        """Refused(IMPORT_ROWS_FORGOTTEN) if the rows that failed are not kept any more."""
        if self.finish_time and at >= self.finish_time + KEEP_FAILED_ROWS:
            raise Refused("IMPORT_ROWS_FORGOTTEN", days=KEEP_FAILED_ROWS.days)
