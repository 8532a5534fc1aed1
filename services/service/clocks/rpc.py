"""ClockService: what was promised for a case, why, and how it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from meridian.service.v1 import clock_pb2, clock_service_pb2

from chassis.call import Call
from chassis.messages import Catalogue
from chassis.records.encoding import to_proto
from chassis.server import Servicer
from services.service.cases.folder import CaseFolder, open_folder
from services.service.clocks.domain import Clock
from services.service.clocks.promises import Promises


class ClockService(Servicer):
    """The SLA clocks of a case, explained."""

    descriptor = clock_service_pb2.DESCRIPTOR.services_by_name["ClockService"]

    def GetCaseSla(
        self, request: clock_service_pb2.GetCaseSlaRequest, call: Call
    ) -> clock_pb2.CaseSla:
        """Show targets, segments, due times, remaining time, and why."""
        with self.reading(call) as tx:
            folder = open_folder(tx, request.case_id)
            now = tx.now
        entitlement = folder.case.entitlement
        texts = Catalogue(self.app.service.folder)
        reason = texts.text(entitlement.reason, {"id": entitlement.source_id}, call.language)
        return to_proto(_explained(folder, now) | {"entitlement_reason": reason}, clock_pb2.CaseSla)


def _explained(folder: CaseFolder, now: datetime) -> dict[str, Any]:
    entitlement, policy = folder.case.entitlement, folder.promises.policy
    shown: dict[str, Any] = {
        "case_id": folder.case.id,
        "entitlement_kind": entitlement.kind,
        "entitlement_id": entitlement.source_id,
        "clocks": [_clock(clock, folder.promises, now) for clock in folder.promises.clocks],
        "as_of_time": now,
    }
    if policy:
        calendar = folder.promises.calendars[policy.calendar_id]
        shown |= {
            "sla_policy_id": policy.id,
            "sla_policy_name": policy.name,
            "calendar_id": calendar.id,
            "calendar_name": calendar.name,
            "time_zone": calendar.time_zone,
        }
    return shown


def _clock(clock: Clock, promises: Promises, now: datetime) -> dict[str, Any]:
    worked = clock.worked(now, promises.calendars)
    elapsed = sum(worked, timedelta())
    return {
        "id": clock.id,
        "kind": clock.kind,
        "round": clock.round,
        "phase": clock.phase,
        "target_minutes": clock.terms.target_minutes,
        "elapsed_seconds": int(elapsed.total_seconds()),
        "remaining_seconds": int((clock.terms.target - elapsed).total_seconds()),
        "due_time": clock.moment_of(100, promises.calendars),
        "breach_time": clock.breach_time,
        "segments": _segments(clock, worked),
        "escalations": clock.escalations,
    }


def _segments(clock: Clock, worked: list[timedelta]) -> list[dict[str, Any]]:
    ends = [segment.start_time for segment in clock.segments[1:]] + [None]
    return [
        {
            "phase": segment.phase,
            "reason": segment.reason,
            "start_time": segment.start_time,
            "end_time": end,
            "working_seconds": int(seconds.total_seconds()),
            **vars(segment.terms),
        }
        for segment, end, seconds in zip(clock.segments, ends, worked, strict=True)
    ]
