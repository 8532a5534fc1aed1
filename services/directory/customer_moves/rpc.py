"""CustomerMoveService over gRPC. Each method's errors are stated in customer_move_service.proto."""

from __future__ import annotations

from typing import Any

from meridian.directory.v1 import customer_move_pb2, customer_move_service_pb2

from chassis.call import Call
from chassis.records.decoding import from_proto
from chassis.server import Servicer
from services.directory.customer_moves import admission, explanations, store
from services.directory.customer_moves.domain import CustomerMove


class CustomerMoveService(Servicer):
    """Customers of this region who go to live in another one."""

    descriptor = customer_move_service_pb2.DESCRIPTOR.services_by_name["CustomerMoveService"]

    def CreateCustomerMove(
        self, request: customer_move_service_pb2.CreateCustomerMoveRequest, call: Call
    ) -> customer_move_pb2.CustomerMove:
        """Begin to move a customer."""
        given = from_proto(request.customer_move, CustomerMove)
        with self.transaction(call) as tx:
            move = CustomerMove(id=tx.new_id("move"), **given)
            admission.check(tx, move)
            proposed = move.propose(tx.region, call.identity.subject, at=tx.now)
            store.add(tx, move)
            tx.announce(proposed)
            return tx.reply(self._shown(move, call))

    def GetCustomerMove(
        self, request: customer_move_service_pb2.GetCustomerMoveRequest, call: Call
    ) -> customer_move_pb2.CustomerMove:
        """Read one move."""
        with self.reading(call) as tx:
            return self._shown(store.get(tx, request.id), call)

    def ListCustomerMoves(
        self, request: customer_move_service_pb2.ListCustomerMovesRequest, call: Call
    ) -> customer_move_service_pb2.ListCustomerMovesResponse:
        """Page through the moves."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return customer_move_service_pb2.ListCustomerMovesResponse(
            customer_moves=[self._shown(row, call) for row in page.rows],
            next_page_token=page.next_page_token,
        )

    def CancelCustomerMove(
        self, request: customer_move_service_pb2.CancelCustomerMoveRequest, call: Call
    ) -> customer_move_pb2.CustomerMove:
        """Call a move off."""
        with self.transaction(call) as tx:
            move = store.get_locked(tx, request.id, request.etag)
            closed = move.cancel(call.identity.subject, request.reason, at=tx.now)
            store.save(tx, move)
            tx.announce(closed)
            return tx.reply(self._shown(move, call))

    def _shown(self, move: Any, call: Call) -> customer_move_pb2.CustomerMove:
        return explanations.explained(move, call.language, self.app.service.folder)
