"""CommissionService: commissions over gRPC. Each method's errors are stated in commission_service.proto."""

from __future__ import annotations

from meridian.partners.events.v1 import commission_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.partners.v1 import commission_pb2, commission_service_pb2

from chassis.call import Call
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.partners.commissions import statements, store

#: In place of a commission's id: whichever (AIP-159).
ANY = "-"


class CommissionService(Servicer):
    """Commissions on won deals, their ledger and statements."""

    descriptor = commission_service_pb2.DESCRIPTOR.services_by_name["CommissionService"]

    def GetCommission(
        self, request: commission_service_pb2.GetCommissionRequest, call: Call
    ) -> commission_pb2.Commission:
        """Read one commission."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), commission_pb2.Commission)

    def ListCommissions(
        self, request: commission_service_pb2.ListCommissionsRequest, call: Call
    ) -> commission_service_pb2.ListCommissionsResponse:
        """Page through the commissions that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return commission_service_pb2.ListCommissionsResponse(
            commissions=to_protos(page.rows, commission_pb2.Commission),
            next_page_token=page.next_page_token,
        )

    def ApproveCommission(
        self, request: commission_service_pb2.ApproveCommissionRequest, call: Call
    ) -> commission_pb2.Commission:
        """Release an accrued commission for payment."""
        with self.transaction(call) as tx:
            commission = store.get(tx, request.id, request.etag)
            approved = commission.approve()
            store.save(tx, commission, request.note)
            tx.announce(approved)
            return tx.reply(to_proto(commission, commission_pb2.Commission))

    def PayCommission(
        self, request: commission_service_pb2.PayCommissionRequest, call: Call
    ) -> commission_pb2.Commission:
        """Record that an approved commission was paid."""
        with self.transaction(call) as tx:
            commission = store.get(tx, request.id, request.etag)
            paid = commission.pay()
            store.save(tx, commission, request.payment_reference)
            tx.announce(paid)
            return tx.reply(to_proto(commission, commission_pb2.Commission))

    def ListCommissionEntries(
        self, request: commission_service_pb2.ListCommissionEntriesRequest, call: Call
    ) -> commission_service_pb2.ListCommissionEntriesResponse:
        """Page through the ledger entries of one commission or of all."""
        with self.reading(call) as tx:
            conditions = []
            if request.commission_id != ANY:
                commission = store.get(tx, request.commission_id)
                conditions = [store.commission_entries.c.commission_id == commission.id]
            page = store.ENTRIES.page(tx, request, *conditions)
        return commission_service_pb2.ListCommissionEntriesResponse(
            entries=to_protos(page.rows, commission_pb2.CommissionEntry),
            next_page_token=page.next_page_token,
        )

    def ListCommissionStatements(
        self, request: commission_service_pb2.ListCommissionStatementsRequest, call: Call
    ) -> commission_service_pb2.ListCommissionStatementsResponse:
        """Page through the statements."""
        with self.reading(call) as tx:
            page = statements.page(tx, request)
        found = [statements.statement_of(row) for row in page.rows]
        return commission_service_pb2.ListCommissionStatementsResponse(
            statements=[to_proto(each, commission_pb2.CommissionStatement) for each in found],
            next_page_token=page.next_page_token,
        )
