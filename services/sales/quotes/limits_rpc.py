"""DiscountLimitService over gRPC. Each method's errors are stated in quote_service.proto."""

from __future__ import annotations

from meridian.sales.v1 import quote_pb2, quote_service_pb2

from chassis.call import Call
from chassis.records import to_proto
from chassis.server import Servicer
from services.sales.quotes import store
from services.sales.quotes.domain import DiscountLimit


class DiscountLimitService(Servicer):
    """Up to which discount each role may approve."""

    descriptor = quote_service_pb2.DESCRIPTOR.services_by_name["DiscountLimitService"]

    def ListDiscountLimits(
        self, request: quote_service_pb2.ListDiscountLimitsRequest, call: Call
    ) -> quote_service_pb2.ListDiscountLimitsResponse:
        """Page through the limits."""
        with self.reading(call) as tx:
            page = store.LIMITS.page(tx, request)
        return quote_service_pb2.ListDiscountLimitsResponse(
            discount_limits=[to_proto(row, quote_pb2.DiscountLimit) for row in page.rows],
            next_page_token=page.next_page_token,
        )

    def UpdateDiscountLimit(
        self, request: quote_service_pb2.UpdateDiscountLimitRequest, call: Call
    ) -> quote_pb2.DiscountLimit:
        """Set the limit of a role, whether or not it had one."""
        asked = request.discount_limit
        with self.transaction(call) as tx:
            limit = store.get_limit(tx, asked.id, asked.etag) or DiscountLimit(asked.id)
            limit.limit_basis_points = asked.limit_basis_points
            store.put_limit(tx, limit)
            return tx.reply(to_proto(limit, quote_pb2.DiscountLimit))
