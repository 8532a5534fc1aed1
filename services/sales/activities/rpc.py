"""ActivityService: activities over gRPC. Each method's errors are stated in activity_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.sales.v1 import activity_pb2, activity_service_pb2

from chassis import tables
from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.sales.activities import store
from services.sales.activities.domain import Activity


class ActivityService(Servicer):
    """Tasks, meetings and calls on any record."""

    descriptor = activity_service_pb2.DESCRIPTOR.services_by_name["ActivityService"]

    def CreateActivity(
        self, request: activity_service_pb2.CreateActivityRequest, call: Call
    ) -> activity_pb2.Activity:
        """Plan an activity."""
        with self.transaction(call) as tx:
            activity = Activity(id=tx.new_id("activity"), **from_proto(request.activity, Activity))
            tables.own(tx, activity)
            activity.plan()
            store.add(tx, activity)
            return tx.reply(to_proto(activity, activity_pb2.Activity))

    def GetActivity(
        self, request: activity_service_pb2.GetActivityRequest, call: Call
    ) -> activity_pb2.Activity:
        """Read one activity."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), activity_pb2.Activity)

    def ListActivities(
        self, request: activity_service_pb2.ListActivitiesRequest, call: Call
    ) -> activity_service_pb2.ListActivitiesResponse:
        """Page through the activities that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return activity_service_pb2.ListActivitiesResponse(
            activities=to_protos(page.rows, activity_pb2.Activity),
            next_page_token=page.next_page_token,
        )

    def ListMyActivities(
        self, request: activity_service_pb2.ListMyActivitiesRequest, call: Call
    ) -> activity_service_pb2.ListMyActivitiesResponse:
        """Page through the caller's own open activities, the next due first."""
        mine = activity_service_pb2.ListActivitiesRequest(
            page_size=request.page_size, page_token=request.page_token
        )
        with self.reading(call) as tx:
            page = store.MINE.page(tx, mine, store.open_of(call.identity.subject))
        return activity_service_pb2.ListMyActivitiesResponse(
            activities=to_protos(page.rows, activity_pb2.Activity),
            next_page_token=page.next_page_token,
        )

    def UpdateActivity(
        self, request: activity_service_pb2.UpdateActivityRequest, call: Call
    ) -> activity_pb2.Activity:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.activity, request.update_mask.paths)
        with self.transaction(call) as tx:
            activity = store.get(tx, request.activity.id, request.activity.etag)
            activity.revise(from_proto(request.activity, Activity, paths))
            store.save(tx, activity)
            return tx.reply(to_proto(activity, activity_pb2.Activity))

    def DeleteActivity(
        self, request: activity_service_pb2.DeleteActivityRequest, call: Call
    ) -> Empty:
        """Remove an activity."""
        with self.transaction(call) as tx:
            store.remove(tx, store.get(tx, request.id, request.etag))
            return tx.reply(Empty())

    def AssignActivity(
        self, request: activity_service_pb2.AssignActivityRequest, call: Call
    ) -> activity_pb2.Activity:
        """Give an activity to somebody."""
        with self.transaction(call) as tx:
            activity = store.get(tx, request.id, request.etag)
            activity.assign(request.owner_id, request.team_id, request.business_unit_id)
            store.save(tx, activity)
            return tx.reply(to_proto(activity, activity_pb2.Activity))

    def CompleteActivity(
        self, request: activity_service_pb2.CompleteActivityRequest, call: Call
    ) -> activity_pb2.Activity:
        """Say that an activity is done."""
        with self.transaction(call) as tx:
            activity = store.get(tx, request.id, request.etag)
            activity.complete(request.outcome, at=tx.now)
            store.save(tx, activity)
            return tx.reply(to_proto(activity, activity_pb2.Activity))

    def CancelActivity(
        self, request: activity_service_pb2.CancelActivityRequest, call: Call
    ) -> activity_pb2.Activity:
        """Say that an activity will not take place."""
        with self.transaction(call) as tx:
            activity = store.get(tx, request.id, request.etag)
            activity.cancel(request.reason, at=tx.now)
            store.save(tx, activity)
            return tx.reply(to_proto(activity, activity_pb2.Activity))

    def ReopenActivity(
        self, request: activity_service_pb2.ReopenActivityRequest, call: Call
    ) -> activity_pb2.Activity:
        """Take up a done or cancelled activity again."""
        with self.transaction(call) as tx:
            activity = store.get(tx, request.id, request.etag)
            activity.reopen(at=tx.now)
            store.save(tx, activity)
            return tx.reply(to_proto(activity, activity_pb2.Activity))
