"""CalendarService: business calendars over gRPC. Errors are stated in calendar_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.service.v1 import calendar_pb2, calendar_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.service.calendars import store
from services.service.calendars.domain import Calendar
from services.service.clocks import store as clocks_store


class CalendarService(Servicer):
    """When teams work."""

    descriptor = calendar_service_pb2.DESCRIPTOR.services_by_name["CalendarService"]

    def CreateCalendar(
        self, request: calendar_service_pb2.CreateCalendarRequest, call: Call
    ) -> calendar_pb2.Calendar:
        """Define a calendar."""
        with self.transaction(call) as tx:
            calendar = Calendar(id=tx.new_id("cal"), **from_proto(request.calendar, Calendar))
            calendar.check()
            store.add(tx, calendar)
            return tx.reply(to_proto(calendar, calendar_pb2.Calendar))

    def GetCalendar(
        self, request: calendar_service_pb2.GetCalendarRequest, call: Call
    ) -> calendar_pb2.Calendar:
        """Read one calendar."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), calendar_pb2.Calendar)

    def ListCalendars(
        self, request: calendar_service_pb2.ListCalendarsRequest, call: Call
    ) -> calendar_service_pb2.ListCalendarsResponse:
        """Page through the calendars."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return calendar_service_pb2.ListCalendarsResponse(
            calendars=to_protos(page.rows, calendar_pb2.Calendar),
            next_page_token=page.next_page_token,
        )

    def UpdateCalendar(
        self, request: calendar_service_pb2.UpdateCalendarRequest, call: Call
    ) -> calendar_pb2.Calendar:
        """Change the fields named in update_mask, and have the clocks that run in it looked at."""
        paths = changed_paths(request.calendar, request.update_mask.paths)
        with self.transaction(call) as tx:
            calendar = store.get(tx, request.calendar.id, request.calendar.etag)
            for name, value in from_proto(request.calendar, Calendar, paths).items():
                setattr(calendar, name, value)
            calendar.check()
            store.save(tx, calendar)
            clocks_store.check_soon(tx, calendar.id)
            return tx.reply(to_proto(calendar, calendar_pb2.Calendar))

    def DeleteCalendar(
        self, request: calendar_service_pb2.DeleteCalendarRequest, call: Call
    ) -> Empty:
        """Remove a calendar that no SLA policy names."""
        with self.transaction(call) as tx:
            calendar = store.get(tx, request.id, request.etag)
            store.remove(tx, calendar)
            return tx.reply(Empty())
