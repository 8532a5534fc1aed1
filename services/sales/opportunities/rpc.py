"""OpportunityService: opportunities over gRPC. Errors are stated in opportunity_service.proto."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from google.api import httpbody_pb2
from google.protobuf.empty_pb2 import Empty
from meridian.sales.events.v1 import (
    opportunity_events_pb2 as _events,  # noqa: F401 - announced by name
)
from meridian.sales.v1 import opportunity_pb2, opportunity_service_pb2

from chassis.call import Call
from chassis.exports import export
from chassis.extensions import values
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_timestamp
from chassis.records.enums import enum_names
from chassis.records.rows import from_row
from chassis.server import Servicer
from services.sales import customers, uses
from services.sales.accounts import store as accounts
from services.sales.opportunities import deals, entry, store
from services.sales.opportunities.domain import LossReason, Opportunity
from services.sales.opportunities.visits import StageVisit
from services.sales.pipelines import store as pipelines


class OpportunityService(Servicer):
    """Chances to sell, from the first stage to won or lost."""

    descriptor = opportunity_service_pb2.DESCRIPTOR.services_by_name["OpportunityService"]

    def CreateOpportunity(
        self, request: opportunity_service_pb2.CreateOpportunityRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        """Enter an opportunity at the first stage of its pipeline."""
        with self.transaction(call) as tx:
            given = from_proto(request.opportunity, Opportunity)
            opportunity = Opportunity(id=tx.new_id("opp"), **given)
            values.enter(tx, store.RESOURCE, opportunity)
            customers.check_account(tx, "opportunity", opportunity.account_id)
            entry.enter(tx, opportunity)
            return tx.reply(_message(opportunity, tx.now))

    def GetOpportunity(
        self, request: opportunity_service_pb2.GetOpportunityRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        """Read one opportunity."""
        with self.reading(call) as tx:
            return _message(store.get(tx, request.id), tx.now)

    def ListOpportunities(
        self, request: opportunity_service_pb2.ListOpportunitiesRequest, call: Call
    ) -> opportunity_service_pb2.ListOpportunitiesResponse:
        """Page through the opportunities that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return opportunity_service_pb2.ListOpportunitiesResponse(
            opportunities=_messages(page.rows, call.now),
            next_page_token=page.next_page_token,
        )

    def ExportOpportunities(
        self, request: opportunity_service_pb2.ExportOpportunitiesRequest, call: Call
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """All of a list, as CSV."""
        messages = partial(_messages, now=call.now)
        return export(self.app, call, request, store.LISTING, opportunity_pb2.Opportunity, messages)

    def ListStageVisits(
        self, request: opportunity_service_pb2.ListStageVisitsRequest, call: Call
    ) -> opportunity_service_pb2.ListStageVisitsResponse:
        """List the stages that an opportunity has been at."""
        with self.reading(call) as tx:
            opportunity = store.get(tx, request.opportunity_id)
            visits = store.visits(tx, opportunity.id)
        return opportunity_service_pb2.ListStageVisitsResponse(
            stage_visits=[_visit_message(visit, call.now) for visit in visits]
        )

    def FindOpenDeals(
        self, request: opportunity_service_pb2.FindOpenDealsRequest, call: Call
    ) -> opportunity_service_pb2.FindOpenDealsResponse:
        """Say which open opportunities stand in the way of a deal with a customer."""
        customer = deals.customer_of(request)
        with self.reading(call) as tx:
            found = deals.find(tx, customer, request.product_line)
        return opportunity_service_pb2.FindOpenDealsResponse(
            deals=found, read_time=to_timestamp(call.now)
        )

    def UpdateOpportunity(
        self, request: opportunity_service_pb2.UpdateOpportunityRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.opportunity, request.update_mask.paths)
        with self.transaction(call) as tx:
            opportunity = store.get(tx, request.opportunity.id, request.opportunity.etag)
            changes = from_proto(request.opportunity, Opportunity, paths)
            opportunity.revise(values.merged(tx, store.RESOURCE, opportunity, changes))
            if "contact_id" in paths:
                customers.check_contact(
                    tx, "opportunity", opportunity.account_id, opportunity.contact_id
                )
            store.save(tx, opportunity)
            return tx.reply(_message(opportunity, tx.now))

    def DeleteOpportunity(
        self, request: opportunity_service_pb2.DeleteOpportunityRequest, call: Call
    ) -> Empty:
        """Remove an opportunity that was entered by mistake."""
        with self.transaction(call) as tx:
            opportunity = store.get(tx, request.id, request.etag)
            opportunity.check_deletable(
                visits=len(store.visits(tx, opportunity.id)),
                uses=uses.told(uses.of_opportunity(tx, opportunity.id)),
            )
            store.remove(tx, opportunity)
            return tx.reply(Empty())

    def AssignOpportunity(
        self, request: opportunity_service_pb2.AssignOpportunityRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        """Say who works on an opportunity."""
        with self.transaction(call) as tx:
            opportunity = store.get(tx, request.id, request.etag)
            opportunity.assign(request.owner_id, request.team_id, request.business_unit_id)
            store.save(tx, opportunity)
            return tx.reply(_message(opportunity, tx.now))

    def CheckItem(
        self, request: opportunity_service_pb2.CheckItemRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        """Tick or untick a checklist item."""
        with self.transaction(call) as tx:
            opportunity = store.get(tx, request.id, request.etag)
            pipeline = pipelines.get(tx, opportunity.pipeline_id)
            change = opportunity.untick if request.untick else opportunity.tick
            change(pipeline, request.item)
            store.save(tx, opportunity)
            return tx.reply(_message(opportunity, tx.now))

    def MoveOpportunity(
        self, request: opportunity_service_pb2.MoveOpportunityRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        """Move an opportunity to another stage."""
        with self.transaction(call) as tx:
            opportunity = store.get(tx, request.id, request.etag)
            pipeline = pipelines.keep(tx, opportunity.pipeline_id)
            moved = opportunity.move(pipeline, request.stage, request.reason, at=tx.now)
            store.save(tx, opportunity)
            store.leave_stage(tx, opportunity)
            store.enter_stage(tx, opportunity, request.reason)
            tx.announce(moved)
            return tx.reply(_message(opportunity, tx.now))

    def WinOpportunity(
        self, request: opportunity_service_pb2.WinOpportunityRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        """Close an opportunity as won."""
        with self.transaction(call) as tx:
            opportunity = store.get(tx, request.id, request.etag)
            pipeline = pipelines.get(tx, opportunity.pipeline_id)
            won = opportunity.win(pipeline, at=tx.now)
            store.save(tx, opportunity)
            store.leave_stage(tx, opportunity)
            tx.announce(won)
            return tx.reply(_message(opportunity, tx.now))

    def LoseOpportunity(
        self, request: opportunity_service_pb2.LoseOpportunityRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        """Close an opportunity as lost, with the reason."""
        reason = LossReason(enum_names(opportunity_pb2.LossReason.DESCRIPTOR)[request.reason])
        with self.transaction(call) as tx:
            opportunity = store.get(tx, request.id, request.etag)
            lost = opportunity.lose(reason, request.note, request.lost_to, at=tx.now)
            store.save(tx, opportunity)
            store.leave_stage(tx, opportunity)
            tx.announce(lost)
            return tx.reply(_message(opportunity, tx.now))

    def ReopenOpportunity(
        self, request: opportunity_service_pb2.ReopenOpportunityRequest, call: Call
    ) -> opportunity_pb2.Opportunity:
        """Open a won or lost opportunity again, at the stage where it was closed."""
        with self.transaction(call) as tx:
            opportunity = store.get(tx, request.id, request.etag)
            accounts.require_active(tx, opportunity.account_id)
            pipeline = pipelines.keep(tx, opportunity.pipeline_id)
            reopened = opportunity.reopen(pipeline, at=tx.now)
            store.save(tx, opportunity)
            store.enter_stage(tx, opportunity, request.reason)
            tx.announce(reopened)
            return tx.reply(_message(opportunity, tx.now))


def _messages(rows: Sequence[sa.Row[Any]], now: datetime) -> list[opportunity_pb2.Opportunity]:
    return [_message(from_row(Opportunity, row), now) for row in rows]


def _message(opportunity: Opportunity, now: datetime) -> opportunity_pb2.Opportunity:
    message = to_proto(opportunity, opportunity_pb2.Opportunity)
    message.rotting = opportunity.is_rotting(now)
    for member, credit in zip(message.team, opportunity.credits(), strict=False):
        member.credit.amount_minor = credit.amount_minor
        member.credit.currency = credit.currency
    return message


def _visit_message(visit: StageVisit, now: datetime) -> opportunity_pb2.StageVisit:
    message = to_proto(visit, opportunity_pb2.StageVisit)
    message.duration_seconds = visit.seconds(now)
    return message
