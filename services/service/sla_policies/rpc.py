"""SlaPolicyService: SLA policies over gRPC. Errors are stated in sla_policy_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.service.events.v1 import sla_policy_events_pb2 as _events  # noqa: F401 - by name
from meridian.service.v1 import sla_policy_pb2, sla_policy_service_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.service.calendars import store as calendars_store
from services.service.sla_policies import store
from services.service.sla_policies.domain import SlaPolicy


class SlaPolicyService(Servicer):
    """What is promised to whom."""

    descriptor = sla_policy_service_pb2.DESCRIPTOR.services_by_name["SlaPolicyService"]

    def CreateSlaPolicy(
        self, request: sla_policy_service_pb2.CreateSlaPolicyRequest, call: Call
    ) -> sla_policy_pb2.SlaPolicy:
        """Draft a policy."""
        with self.transaction(call) as tx:
            policy = SlaPolicy(id=tx.new_id("slap"), **from_proto(request.sla_policy, SlaPolicy))
            _check(tx, policy)
            store.add(tx, policy)
            return tx.reply(to_proto(policy, sla_policy_pb2.SlaPolicy))

    def GetSlaPolicy(
        self, request: sla_policy_service_pb2.GetSlaPolicyRequest, call: Call
    ) -> sla_policy_pb2.SlaPolicy:
        """Read one policy."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), sla_policy_pb2.SlaPolicy)

    def ListSlaPolicies(
        self, request: sla_policy_service_pb2.ListSlaPoliciesRequest, call: Call
    ) -> sla_policy_service_pb2.ListSlaPoliciesResponse:
        """Page through the policies."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return sla_policy_service_pb2.ListSlaPoliciesResponse(
            sla_policies=to_protos(page.rows, sla_policy_pb2.SlaPolicy),
            next_page_token=page.next_page_token,
        )

    def UpdateSlaPolicy(
        self, request: sla_policy_service_pb2.UpdateSlaPolicyRequest, call: Call
    ) -> sla_policy_pb2.SlaPolicy:
        """Change the fields of a draft named in update_mask."""
        paths = changed_paths(request.sla_policy, request.update_mask.paths)
        with self.transaction(call) as tx:
            policy = store.get(tx, request.sla_policy.id, request.sla_policy.etag)
            policy.require_draft()
            for name, value in from_proto(request.sla_policy, SlaPolicy, paths).items():
                setattr(policy, name, value)
            _check(tx, policy)
            store.save(tx, policy)
            return tx.reply(to_proto(policy, sla_policy_pb2.SlaPolicy))

    def DeleteSlaPolicy(
        self, request: sla_policy_service_pb2.DeleteSlaPolicyRequest, call: Call
    ) -> Empty:
        """Remove a draft."""
        with self.transaction(call) as tx:
            policy = store.get(tx, request.id, request.etag)
            policy.require_draft()
            store.remove(tx, policy)
            return tx.reply(Empty())

    def ActivateSlaPolicy(
        self, request: sla_policy_service_pb2.ActivateSlaPolicyRequest, call: Call
    ) -> sla_policy_pb2.SlaPolicy:
        """Put a draft in force; whoever held its place is retired."""
        with self.transaction(call) as tx:
            policy = store.get(tx, request.id, request.etag)
            activated = policy.activate()
            before = store.holder(tx, policy.active_slot or policy.id)
            if before is not None:
                tx.announce(before.retire())
                store.save(tx, before)
            store.save(tx, policy)
            tx.announce(activated)
            return tx.reply(to_proto(policy, sla_policy_pb2.SlaPolicy))

    def RetireSlaPolicy(
        self, request: sla_policy_service_pb2.RetireSlaPolicyRequest, call: Call
    ) -> sla_policy_pb2.SlaPolicy:
        """Take an active policy out of force."""
        with self.transaction(call) as tx:
            policy = store.get(tx, request.id, request.etag)
            retired = policy.retire()
            store.save(tx, policy)
            tx.announce(retired)
            return tx.reply(to_proto(policy, sla_policy_pb2.SlaPolicy))


def _check(tx: Transaction, policy: SlaPolicy) -> None:
    policy.check()
    if not calendars_store.by_ids(tx, [policy.calendar_id]):
        raise Invalid(
            "CALENDAR_UNKNOWN", field="sla_policy.calendar_id", calendar_id=policy.calendar_id
        )
