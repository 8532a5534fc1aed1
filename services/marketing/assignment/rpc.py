"""AssignmentService over gRPC. Each method's errors are stated in assignment_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.marketing.v1 import assignment_pb2, assignment_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.marketing.assignment import store
from services.marketing.assignment.domain import AssignmentRule
from services.marketing.leads import store as leads


class AssignmentService(Servicer):
    """Rules that give leads without an owner to somebody."""

    descriptor = assignment_service_pb2.DESCRIPTOR.services_by_name["AssignmentService"]

    def CreateAssignmentRule(
        self, request: assignment_service_pb2.CreateAssignmentRuleRequest, call: Call
    ) -> assignment_pb2.AssignmentRule:
        """Enter a rule."""
        with self.transaction(call) as tx:
            rule = AssignmentRule(id=tx.new_id("arule"))
            rule.revise(from_proto(request.assignment_rule, AssignmentRule))
            store.add(tx, rule)
            return tx.reply(to_proto(rule, assignment_pb2.AssignmentRule))

    def GetAssignmentRule(
        self, request: assignment_service_pb2.GetAssignmentRuleRequest, call: Call
    ) -> assignment_pb2.AssignmentRule:
        """Read one rule."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), assignment_pb2.AssignmentRule)

    def ListAssignmentRules(
        self, request: assignment_service_pb2.ListAssignmentRulesRequest, call: Call
    ) -> assignment_service_pb2.ListAssignmentRulesResponse:
        """Page through the rules."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return assignment_service_pb2.ListAssignmentRulesResponse(
            assignment_rules=to_protos(page.rows, assignment_pb2.AssignmentRule),
            next_page_token=page.next_page_token,
        )

    def UpdateAssignmentRule(
        self, request: assignment_service_pb2.UpdateAssignmentRuleRequest, call: Call
    ) -> assignment_pb2.AssignmentRule:
        """Change the fields named in update_mask."""
        wanted = request.assignment_rule
        paths = changed_paths(wanted, request.update_mask.paths)
        with self.transaction(call) as tx:
            rule = store.get(tx, wanted.id, wanted.etag)
            rule.revise(from_proto(wanted, AssignmentRule, paths))
            store.save(tx, rule)
            return tx.reply(to_proto(rule, assignment_pb2.AssignmentRule))

    def DeleteAssignmentRule(
        self, request: assignment_service_pb2.DeleteAssignmentRuleRequest, call: Call
    ) -> Empty:
        """Remove a rule; decisions made by it stay."""
        with self.transaction(call) as tx:
            store.remove(tx, store.get(tx, request.id, request.etag))
            return tx.reply(Empty())

    def ListAssignmentDecisions(
        self, request: assignment_service_pb2.ListAssignmentDecisionsRequest, call: Call
    ) -> assignment_service_pb2.ListAssignmentDecisionsResponse:
        """How a lead came to its owner, the latest decision first."""
        with self.reading(call) as tx:
            lead = leads.get(tx, request.lead_id)
            page = store.DECISIONS.page(tx, request, store.decisions.c.lead_id == lead.id)
        return assignment_service_pb2.ListAssignmentDecisionsResponse(
            assignment_decisions=to_protos(page.rows, assignment_pb2.AssignmentDecision),
            next_page_token=page.next_page_token,
        )
