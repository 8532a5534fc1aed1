"""LeadFormService over gRPC. Each method's errors are stated in lead_form_service.proto."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from google.protobuf.empty_pb2 import Empty
from meridian.marketing.v1 import lead_form_pb2, lead_form_service_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid
from chassis.extensions import values
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.marketing.campaigns import store as campaigns
from services.marketing.lead_forms import store
from services.marketing.lead_forms.domain import EXTENSION, LeadForm
from services.marketing.leads import store as leads
from services.marketing.leads.domain import Lead


class LeadFormService(Servicer):
    """Forms through which people become leads without logging in."""

    descriptor = lead_form_service_pb2.DESCRIPTOR.services_by_name["LeadFormService"]

    def CreateLeadForm(
        self, request: lead_form_service_pb2.CreateLeadFormRequest, call: Call
    ) -> lead_form_pb2.LeadForm:
        """Enter a form."""
        with self.transaction(call) as tx:
            form = LeadForm(id=tx.new_id("form"), secret=secrets.token_urlsafe(32))
            form.revise(from_proto(request.lead_form, LeadForm))
            _require_declared(tx, form)
            campaigns.require(tx, form.campaign_id, field="lead_form.campaign_id")
            tables.own(tx, form)
            store.add(tx, form)
            return tx.reply(to_proto(form, lead_form_pb2.LeadForm))

    def GetLeadForm(
        self, request: lead_form_service_pb2.GetLeadFormRequest, call: Call
    ) -> lead_form_pb2.LeadForm:
        """Read one form."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), lead_form_pb2.LeadForm)

    def ListLeadForms(
        self, request: lead_form_service_pb2.ListLeadFormsRequest, call: Call
    ) -> lead_form_service_pb2.ListLeadFormsResponse:
        """Page through the forms that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return lead_form_service_pb2.ListLeadFormsResponse(
            lead_forms=to_protos(page.rows, lead_form_pb2.LeadForm),
            next_page_token=page.next_page_token,
        )

    def UpdateLeadForm(
        self, request: lead_form_service_pb2.UpdateLeadFormRequest, call: Call
    ) -> lead_form_pb2.LeadForm:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.lead_form, request.update_mask.paths)
        with self.transaction(call) as tx:
            form = store.get(tx, request.lead_form.id, request.lead_form.etag)
            form.revise(from_proto(request.lead_form, LeadForm, paths))
            _require_declared(tx, form)
            if "campaign_id" in paths:
                campaigns.require(tx, form.campaign_id, field="lead_form.campaign_id")
            store.save(tx, form)
            return tx.reply(to_proto(form, lead_form_pb2.LeadForm))

    def DeleteLeadForm(
        self, request: lead_form_service_pb2.DeleteLeadFormRequest, call: Call
    ) -> Empty:
        """Remove a form; its leads stay."""
        with self.transaction(call) as tx:
            store.remove(tx, store.get(tx, request.id, request.etag))
            return tx.reply(Empty())

    def CloseLeadForm(
        self, request: lead_form_service_pb2.CloseLeadFormRequest, call: Call
    ) -> lead_form_pb2.LeadForm:
        """Take no more answers, or take them again."""
        with self.transaction(call) as tx:
            form = store.get(tx, request.id, request.etag)
            if request.reopen:
                form.reopen()
            else:
                form.close()
            store.save(tx, form)
            return tx.reply(to_proto(form, lead_form_pb2.LeadForm))

    def OpenLeadForm(
        self, request: lead_form_service_pb2.OpenLeadFormRequest, call: Call
    ) -> lead_form_pb2.OpenedLeadForm:
        """Show a form to somebody."""
        with self.reading(call) as tx:
            form = store.shown(tx, request.id)
        form.require_active()
        opened = to_proto(form, lead_form_pb2.OpenedLeadForm)
        opened.token = form.token(secrets.token_hex(8), at=call.now)
        return opened

    def SubmitLeadForm(
        self, request: lead_form_service_pb2.SubmitLeadFormRequest, call: Call
    ) -> lead_form_service_pb2.SubmitLeadFormResponse:
        """Send what somebody filled in; once, however often it is sent."""
        answer = lead_form_service_pb2.SubmitLeadFormResponse()
        if request.website:
            return answer
        with self.transaction(call) as tx:
            form = store.shown(tx, request.id)
            form.require_active()
            form.check_token(request.token, at=tx.now)
            answers = from_proto(request.lead, Lead)
            form.check_answers(_by_shown_name(answers))
            lead = _lead(tx, form, answers, request.token)
            created = lead.capture(at=tx.now)
            values.check(tx, leads.RESOURCE, lead, asked=form.extensions)
            if not leads.known(tx, [lead]):
                leads.add_all(tx, [lead])
                values.keep(tx, leads.RESOURCE, lead)
                tx.announce(created)
            return tx.reply(answer)


def _require_declared(tx: Transaction, form: LeadForm) -> None:
    """Errors: Invalid(FORM_EXTENSION_UNKNOWN) for an extension field that leads do not have."""
    declared = tx.declarations.of(tx, leads.RESOURCE) if form.extensions else {}
    for name in sorted(form.extensions):
        if name not in declared:
            raise Invalid("FORM_EXTENSION_UNKNOWN", field="lead_form.fields", name=name)


def _by_shown_name(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers by what the fields of forms call them."""
    plain = {name: answer for name, answer in answers.items() if name != "extensions"}
    return plain | {EXTENSION + name: each for name, each in answers["extensions"].items()}


def _lead(tx: Transaction, form: LeadForm, answers: Mapping[str, Any], token: str) -> Lead:
    """The lead of these answers; its reference is the token, so that it is made once."""
    lead = Lead(id=tx.new_id("lead"), business_unit_id=form.business_unit_id)
    lead.revise(dict(answers))
    lead.source, lead.campaign_id = form.source or "form", form.campaign_id
    lead.source_reference = hashlib.blake2b(token.encode(), digest_size=20).hexdigest()
    return lead
