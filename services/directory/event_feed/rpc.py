"""DirectoryEventService of directory. Each method's errors are stated in event_service.proto."""

from __future__ import annotations

from meridian.directory.v1 import event_service_pb2

from chassis.feed.rpc import EventServicer


class DirectoryEventService(EventServicer):
    """What happens in directory."""

    descriptor = event_service_pb2.DESCRIPTOR.services_by_name["DirectoryEventService"]
