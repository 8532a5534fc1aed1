"""CustomerMatchService: matches over gRPC. Each method's errors are stated in customer_match_service.proto."""

from __future__ import annotations

from meridian.directory.events.v1 import customer_match_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.directory.v1 import customer_match_pb2, customer_match_service_pb2

from chassis.call import Call
from chassis.records.encoding import to_proto, to_protos
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.directory.customer_matches import hashes, store
from services.directory.customer_matches.domain import CustomerMatchDismissReason

_REASONS = enum_names(customer_match_pb2.CustomerMatchDismissReason.DESCRIPTOR)


class CustomerMatchService(Servicer):
    """Customers of this region who may be the same as customers of other regions."""

    descriptor = customer_match_service_pb2.DESCRIPTOR.services_by_name["CustomerMatchService"]

    def GetCustomerMatch(
        self, request: customer_match_service_pb2.GetCustomerMatchRequest, call: Call
    ) -> customer_match_pb2.CustomerMatch:
        """Read one match."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), customer_match_pb2.CustomerMatch)

    def ListCustomerMatches(
        self, request: customer_match_service_pb2.ListCustomerMatchesRequest, call: Call
    ) -> customer_match_service_pb2.ListCustomerMatchesResponse:
        """Page through the matches."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return customer_match_service_pb2.ListCustomerMatchesResponse(
            customer_matches=to_protos(page.rows, customer_match_pb2.CustomerMatch),
            next_page_token=page.next_page_token,
        )

    def ConfirmCustomerMatch(
        self, request: customer_match_service_pb2.ConfirmCustomerMatchRequest, call: Call
    ) -> customer_match_pb2.CustomerMatch:
        """Say that they are the same customer."""
        with self.transaction(call) as tx:
            match = store.get(tx, request.id, request.etag)
            confirmed = match.confirm(call.identity.subject, at=tx.now)
            store.save(tx, match)
            tx.announce(confirmed)
            return tx.reply(to_proto(match, customer_match_pb2.CustomerMatch))

    def DismissCustomerMatch(
        self, request: customer_match_service_pb2.DismissCustomerMatchRequest, call: Call
    ) -> customer_match_pb2.CustomerMatch:
        """Say that they are not."""
        reason = CustomerMatchDismissReason(_REASONS[request.reason])
        with self.transaction(call) as tx:
            match = store.get(tx, request.id, request.etag)
            dismissed = match.dismiss(reason, call.identity.subject, at=tx.now)
            store.save(tx, match)
            tx.announce(dismissed)
            return tx.reply(to_proto(match, customer_match_pb2.CustomerMatch))

    def ListCrowdedHashes(
        self, request: customer_match_service_pb2.ListCrowdedHashesRequest, call: Call
    ) -> customer_match_service_pb2.ListCrowdedHashesResponse:
        """Page through the identifiers that too many customers share."""
        with self.reading(call) as tx:
            page = hashes.CROWDED.page(tx, request)
        return customer_match_service_pb2.ListCrowdedHashesResponse(
            crowded_hashes=to_protos(page.rows, customer_match_pb2.CrowdedHash),
            next_page_token=page.next_page_token,
        )

    def ListMatchKeyUses(
        self, _request: customer_match_service_pb2.ListMatchKeyUsesRequest, call: Call
    ) -> customer_match_service_pb2.ListMatchKeyUsesResponse:
        """Tell under which keys the customers of each region are hashed."""
        with self.reading(call) as tx:
            uses = hashes.key_uses(tx)
        return customer_match_service_pb2.ListMatchKeyUsesResponse(
            match_key_uses=to_protos(uses, customer_match_pb2.MatchKeyUse)
        )
