"""PartnerService: partners over gRPC. Each method's errors are stated in partner_service.proto."""

from __future__ import annotations

from collections.abc import Iterator

from google.api import httpbody_pb2
from google.protobuf.empty_pb2 import Empty
from meridian.partners.events.v1 import partner_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.partners.v1 import partner_pb2, partner_service_pb2

from chassis.call import Call
from chassis.exports import export
from chassis.extensions import values
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.partners.days import parse_day
from services.partners.partners import store
from services.partners.partners.domain import Partner, PartnerReason, PartnerTerms
from services.partners.partners.due_diligence import DueDiligenceEntry


class PartnerService(Servicer):
    """Taking on partners and looking after them."""

    descriptor = partner_service_pb2.DESCRIPTOR.services_by_name["PartnerService"]

    def CreatePartner(
        self, request: partner_service_pb2.CreatePartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """Record a company's application; whoever does so looks after it."""
        with self.transaction(call) as tx:
            partner = Partner(id=tx.new_id("partner"), **from_proto(request.partner, Partner))
            created = partner.apply()
            values.enter(tx, store.RESOURCE, partner)
            store.add(tx, partner)
            tx.announce(created)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def GetPartner(
        self, request: partner_service_pb2.GetPartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """Read one partner."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), partner_pb2.Partner)

    def ListPartners(
        self, request: partner_service_pb2.ListPartnersRequest, call: Call
    ) -> partner_service_pb2.ListPartnersResponse:
        """Page through the partners that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return partner_service_pb2.ListPartnersResponse(
            partners=to_protos(page.rows, partner_pb2.Partner),
            next_page_token=page.next_page_token,
        )

    def ExportPartners(
        self, request: partner_service_pb2.ExportPartnersRequest, call: Call
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """All of a list, as CSV."""
        return export(self.app, call, request, store.LISTING, partner_pb2.Partner)

    def UpdatePartner(
        self, request: partner_service_pb2.UpdatePartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.partner, request.update_mask.paths)
        with self.transaction(call) as tx:
            partner = store.get(tx, request.partner.id, request.partner.etag)
            changes = from_proto(request.partner, Partner, paths)
            partner.revise(values.merged(tx, store.RESOURCE, partner, changes))
            store.save(tx, partner)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def DeletePartner(self, request: partner_service_pb2.DeletePartnerRequest, call: Call) -> Empty:
        """Remove an application that nobody has looked into."""
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            partner.require_deletable()
            store.remove(tx, partner)
            return tx.reply(Empty())

    def ExaminePartner(
        self, request: partner_service_pb2.ExaminePartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """Begin due diligence on an application."""
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            examined = partner.examine()
            store.save(tx, partner)
            tx.announce(examined)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def CheckPartner(
        self, request: partner_service_pb2.CheckPartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """Record what one check of the due diligence found."""
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            found = from_proto(request, DueDiligenceEntry)
            who = call.identity.subject
            checked = partner.check(DueDiligenceEntry(**found, checked_by=who, check_time=tx.now))
            store.save(tx, partner)
            tx.announce(checked)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def OfferPartnerAgreement(
        self, request: partner_service_pb2.OfferPartnerAgreementRequest, call: Call
    ) -> partner_pb2.Partner:
        """Offer an agreement on these terms."""
        terms = PartnerTerms(**from_proto(request, PartnerTerms))
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            offered = partner.offer_agreement(terms)
            store.save(tx, partner)
            tx.announce(offered)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def SignPartnerAgreement(
        self, request: partner_service_pb2.SignPartnerAgreementRequest, call: Call
    ) -> partner_pb2.Partner:
        """Record that both sides have signed."""
        day = parse_day(request.agreement_date, field="agreement_date")
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            signed = partner.sign_agreement(request.agreement_reference, day, at=tx.now)
            store.save(tx, partner)
            tx.announce(signed)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def ActivatePartner(
        self, request: partner_service_pb2.ActivatePartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """Let the partner begin to sell."""
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            activated = partner.activate()
            store.save(tx, partner)
            tx.announce(activated)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def ChangePartnerTerms(
        self, request: partner_service_pb2.ChangePartnerTermsRequest, call: Call
    ) -> partner_pb2.Partner:
        """Agree new terms with an active partner."""
        terms = PartnerTerms(**from_proto(request, PartnerTerms))
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            changed = partner.change_terms(terms)
            store.save(tx, partner)
            tx.announce(changed)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def AssignPartner(
        self, request: partner_service_pb2.AssignPartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """Put somebody else in charge of a partner."""
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            assigned = partner.assign(request.owner_id, request.team_id, request.business_unit_id)
            store.save(tx, partner)
            tx.announce(assigned)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def SuspendPartner(
        self, request: partner_service_pb2.SuspendPartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """Stop an active partner for a while."""
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            suspended = partner.suspend(_reason(request), request.note)
            store.save(tx, partner)
            tx.announce(suspended)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def ReinstatePartner(
        self, request: partner_service_pb2.ReinstatePartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """Let a suspended partner go on."""
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            reinstated = partner.reinstate()
            store.save(tx, partner)
            tx.announce(reinstated)
            return tx.reply(to_proto(partner, partner_pb2.Partner))

    def ExitPartner(
        self, request: partner_service_pb2.ExitPartnerRequest, call: Call
    ) -> partner_pb2.Partner:
        """End the relationship."""
        with self.transaction(call) as tx:
            partner = store.get(tx, request.id, request.etag)
            exited = partner.exit(_reason(request), request.note)
            store.save(tx, partner)
            tx.announce(exited)
            return tx.reply(to_proto(partner, partner_pb2.Partner))


def _reason(
    request: partner_service_pb2.SuspendPartnerRequest | partner_service_pb2.ExitPartnerRequest,
) -> PartnerReason:
    return PartnerReason(enum_names(partner_pb2.PartnerReason.DESCRIPTOR)[request.reason])
