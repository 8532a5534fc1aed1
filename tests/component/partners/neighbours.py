"""Sales as the partners service meets it: a real gRPC server that speaks sales' protos and does as told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from grpc_status import rpc_status
from meridian.sales.v1 import handover_pb2, handover_service_pb2, opportunity_service_pb2

from chassis.errors import MeridianError
from chassis.messages import Catalogue
from chassis.statuses import to_status
from services.partners.deals.sales import HANDOVERS, OPPORTUNITIES


class Sales:
    """A stand-in for sales: tells of the open deals it was given, takes each source over once."""

    def __init__(self) -> None:
        self.open_deals: list[dict[str, Any]] = []
        self.handovers: dict[str, handover_pb2.Handover] = {}
        self.asked: list[opportunity_service_pb2.FindOpenDealsRequest] = []
        self.trouble: MeridianError | None = None
        self.while_asked: Callable[[], None] = lambda: None
        self.while_taking_over: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(16))
        self._serve(OPPORTUNITIES, "FindOpenDeals", self._find_open_deals)
        self._serve(HANDOVERS, "CreateHandover", self._create_handover)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.stop(0).wait()

    def _find_open_deals(
        self, request: opportunity_service_pb2.FindOpenDealsRequest
    ) -> opportunity_service_pb2.FindOpenDealsResponse:
        self.asked.append(request)
        self.while_asked()
        return opportunity_service_pb2.FindOpenDealsResponse(deals=self.open_deals)

    def _create_handover(
        self, request: handover_service_pb2.CreateHandoverRequest
    ) -> handover_pb2.Handover:
        wanted = request.handover
        self.while_taking_over()
        with self._lock:
            if wanted.source_id not in self.handovers:
                made = handover_pb2.Handover()
                made.CopyFrom(wanted)
                number = len(self.handovers) + 1
                made.id = f"handover_na_{number}"
                made.account_id = wanted.account.id or f"account_na_{number}"
                made.contact_id = f"contact_na_{number}" if wanted.HasField("contact") else ""
                made.opportunity_id = f"opp_na_{number}"
                made.state = handover_pb2.HANDOVER_STATE_ACCEPTED
                self.handovers[wanted.source_id] = made
            return self.handovers[wanted.source_id]

    def _serve(
        self, descriptor: ServiceDescriptor, name: str, method: Callable[[Any], Any]
    ) -> None:
        rpc = descriptor.methods_by_name[name]

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            if self.trouble is not None:
                status = to_status(self.trouble, "sales", "en", Catalogue())
                context.abort_with_status(rpc_status.to_status(status))
            return method(request)

        handler = grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=rpc.input_type._concrete_class.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(descriptor.full_name, {name: handler}),)
        )
