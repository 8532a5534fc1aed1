"""ConversionService over gRPC. Each method's errors are stated in conversion_service.proto."""

from __future__ import annotations

from meridian.marketing.v1 import conversion_pb2, conversion_service_pb2

from chassis.call import Call
from chassis.errors import Refused
from chassis.records.decoding import from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.marketing.conversions import saga, store
from services.marketing.conversions.domain import Conversion, ConversionPlan, ConversionState
from services.marketing.leads import store as leads
from services.marketing.leads.domain import LeadState


class ConversionService(Servicer):
    """Turning qualified leads into accounts, contacts and opportunities of sales, and back."""

    descriptor = conversion_service_pb2.DESCRIPTOR.services_by_name["ConversionService"]

    def ConvertLead(
        self, request: conversion_service_pb2.ConvertLeadRequest, call: Call
    ) -> conversion_pb2.Conversion:
        """Convert a lead, or go on with the conversion that holds it."""
        conversion = self._begin(request, call)
        return self._answer(conversion, call)

    def GetConversion(
        self, request: conversion_service_pb2.GetConversionRequest, call: Call
    ) -> conversion_pb2.Conversion:
        """Read one conversion."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), conversion_pb2.Conversion)

    def ListConversions(
        self, request: conversion_service_pb2.ListConversionsRequest, call: Call
    ) -> conversion_service_pb2.ListConversionsResponse:
        """Page through the conversions that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return conversion_service_pb2.ListConversionsResponse(
            conversions=to_protos(page.rows, conversion_pb2.Conversion),
            next_page_token=page.next_page_token,
        )

    def UndoConversion(
        self, request: conversion_service_pb2.UndoConversionRequest, call: Call
    ) -> conversion_pb2.Conversion:
        """Take a conversion back while nothing has happened to what it made."""
        with self.transaction(call) as tx:
            conversion = store.get(tx, request.id, request.etag)
            if conversion.state is not ConversionState.UNDOING:
                conversion.begin_undo()
                store.save(tx, conversion)
        return self._answer(conversion, call)

    def _begin(self, request: conversion_service_pb2.ConvertLeadRequest, call: Call) -> Conversion:
        with self.transaction(call) as tx:
            lead = leads.get(tx, request.lead_id)
            if lead.conversion_id and lead.state is LeadState.QUALIFIED:
                return store.get(tx, lead.conversion_id)
            if request.etag:
                leads.get(tx, request.lead_id, request.etag)
            if lead.state is LeadState.CONVERTED:
                raise Refused("LEAD_CLOSED", state=lead.state)
            conversion = Conversion(
                id=tx.new_id("conv"),
                lead_id=lead.id,
                plan=ConversionPlan(**from_proto(request.plan, ConversionPlan)),
                owner_id=lead.owner_id or call.identity.subject,
                team_id=lead.team_id or next(iter(call.identity.teams), ""),
                business_unit_id=lead.business_unit_id or call.identity.business_unit,
            )
            lead.begin_conversion(conversion.id)
            leads.save(tx, lead)
            store.add(tx, conversion)
        return conversion

    def _answer(self, conversion: Conversion, call: Call) -> conversion_pb2.Conversion:
        """Carry it through and keep the answer under the caller's idempotency key."""
        settled = saga.carry_through(self.app, conversion, call)
        with self.transaction(call) as tx:
            return tx.reply(to_proto(settled, conversion_pb2.Conversion))
