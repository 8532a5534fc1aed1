"""DiscountLimitService over gRPC. Each method's errors are stated in quote_service.proto."""

from __future__ import annotations

from dataclasses import replace

from meridian.sales.v1 import quote_pb2, quote_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto
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
        changes = from_proto(asked, DiscountLimit, changed_paths(asked, request.update_mask.paths))
        with self.transaction(call) as tx:
            known = store.get_limit(tx, asked.id, asked.etag)
            limit = replace(known or DiscountLimit(asked.id), **changes)
            store.put_limit(tx, limit)
            return tx.reply(to_proto(limit, quote_pb2.DiscountLimit))
