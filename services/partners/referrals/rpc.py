"""ReferralService: referrals over gRPC. Each method's errors are stated in referral_service.proto."""

from __future__ import annotations

from meridian.partners.events.v1 import referral_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.partners.v1 import referral_pb2, referral_service_pb2

from chassis.call import Call
from chassis.records.decoding import from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.partners.partners import store as partners
from services.partners.referrals import store
from services.partners.referrals.domain import (
    Referral,
    ReferralDeclineReason,
    ReferralRecallReason,
)


class ReferralService(Servicer):
    """Offering leads to partners and taking them back."""

    descriptor = referral_service_pb2.DESCRIPTOR.services_by_name["ReferralService"]

    def CreateReferral(
        self, request: referral_service_pb2.CreateReferralRequest, call: Call
    ) -> referral_pb2.Referral:
        """Offer a lead to a partner."""
        with self.transaction(call) as tx:
            referral = Referral(id=tx.new_id("referral"), **from_proto(request.referral, Referral))
            referral.require_complete()
            offered = referral.offer(partners.known(tx, referral.partner_id), at=tx.now)
            store.add(tx, referral)
            tx.announce(offered)
            return tx.reply(to_proto(referral, referral_pb2.Referral))

    def GetReferral(
        self, request: referral_service_pb2.GetReferralRequest, call: Call
    ) -> referral_pb2.Referral:
        """Read one referral."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), referral_pb2.Referral)

    def ListReferrals(
        self, request: referral_service_pb2.ListReferralsRequest, call: Call
    ) -> referral_service_pb2.ListReferralsResponse:
        """Page through the referrals that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return referral_service_pb2.ListReferralsResponse(
            referrals=to_protos(page.rows, referral_pb2.Referral),
            next_page_token=page.next_page_token,
        )

    def AcceptReferral(
        self, request: referral_service_pb2.AcceptReferralRequest, call: Call
    ) -> referral_pb2.Referral:
        """Take the lead on."""
        with self.transaction(call) as tx:
            referral = store.get(tx, request.id, request.etag)
            accepted = referral.accept(partners.known(tx, referral.partner_id), at=tx.now)
            store.save(tx, referral)
            tx.announce(accepted)
            return tx.reply(to_proto(referral, referral_pb2.Referral))

    def DeclineReferral(
        self, request: referral_service_pb2.DeclineReferralRequest, call: Call
    ) -> referral_pb2.Referral:
        """Leave the lead to somebody else."""
        names = enum_names(referral_pb2.ReferralDeclineReason.DESCRIPTOR)
        reason = ReferralDeclineReason(names[request.reason])
        with self.transaction(call) as tx:
            referral = store.get(tx, request.id, request.etag)
            declined = referral.decline(reason, request.note, at=tx.now)
            store.save(tx, referral)
            tx.announce(declined)
            return tx.reply(to_proto(referral, referral_pb2.Referral))

    def RecallReferral(
        self, request: referral_service_pb2.RecallReferralRequest, call: Call
    ) -> referral_pb2.Referral:
        """Take a live referral back."""
        names = enum_names(referral_pb2.ReferralRecallReason.DESCRIPTOR)
        reason = ReferralRecallReason(names[request.reason])
        with self.transaction(call) as tx:
            referral = store.get(tx, request.id, request.etag)
            recalled = referral.recall(reason, request.note)
            store.save(tx, referral)
            tx.announce(recalled)
            return tx.reply(to_proto(referral, referral_pb2.Referral))
