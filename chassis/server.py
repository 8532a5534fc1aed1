"""The gRPC server that every service is. Methods are found by name from the service's descriptor."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import ClassVar

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from chassis import descriptors
from chassis.app import App, Transaction
from chassis.call import Call
from chassis.client import Client
from chassis.messages import Catalogue
from chassis.method import Method
from chassis.mirror import age
from chassis.telemetry import resource_metrics
from chassis.tokens import TokenVerifier

#: Largest request or answer, in bytes; uploads come in chunks.
LARGEST_MESSAGE = 16 * 1024 * 1024
#: Seconds after which a client is asked to connect anew, so that it learns of processes that were added.
CONNECTION_SECONDS = 120.0


class Servicer:
    """What the servicer of a slice starts from.

    A method has the rpc's name and takes (request, call); of a client-streaming rpc, (requests, call).
    """

    descriptor: ClassVar[ServiceDescriptor]

    def __init__(self, app: App) -> None:
        self.app = app

    def transaction(self, call: Call) -> AbstractContextManager[Transaction]:
        """See App.transaction."""
        return self.app.transaction(call)

    def reading(self, call: Call) -> AbstractContextManager[Transaction]:
        """See App.reading."""
        return self.app.reading(call)

    def neighbour(self, descriptor: ServiceDescriptor) -> Client:
        """See App.neighbour. Never call one inside a transaction."""
        return self.app.neighbour(descriptor)


class Server:
    """A service's gRPC server, with health and reflection."""

    def __init__(
        self,
        app: App,
        verifier: TokenVerifier,
        *,
        bind: str,
        threads: int = 4,
        connection_seconds: float = CONNECTION_SECONDS,
    ) -> None:
        """bind: "host:port"; port 0 takes a free one, see `port`. Raises RuntimeError if it is taken."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=app.service.name)
        self._server = grpc.server(
            self._pool,
            options=(
                ("grpc.max_receive_message_length", LARGEST_MESSAGE),
                ("grpc.max_send_message_length", LARGEST_MESSAGE),
                ("grpc.so_reuseport", 0),
                ("grpc.max_connection_age_ms", int(connection_seconds * 1000)),
            ),
        )
        names = []
        replica = age.ReplicaAge(app)
        labels = descriptors.chinese_of_values(*[each.descriptor for each in app.service.servicers])
        for servicer in app.service.servicers:
            names.append(servicer.descriptor.full_name)
            handlers = _handlers(servicer(app), verifier, replica, labels)
            self._server.add_generic_rpc_handlers((handlers,))
        resource_metrics.watch_pool(app.service.name, "connections", *app.database.pool())
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection((*names, reflection.SERVICE_NAME), self._server)
        self.port = self._server.add_insecure_port(bind)

    def start(self, *, announced: bool = True) -> None:
        """Begin to answer. Unless that is announced, health says until announce() that it does not serve."""
        if not announced:
            self._health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
        self._server.start()
        if announced:
            self.announce()

    def announce(self) -> None:
        """Tell those who ask for health that it serves."""
        self._health.set("", health_pb2.HealthCheckResponse.SERVING)

    def drain(self, grace: float) -> None:
        """Take no new calls, let those that run finish within so many seconds, then stop."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace).wait()
        self._pool.shutdown()


def _handlers(
    servicer: Servicer,
    verifier: TokenVerifier,
    replica: age.ReplicaAge,
    labels: Mapping[str, str],
) -> grpc.GenericRpcHandler:
    own = descriptors.chinese_of_values(servicer.descriptor)
    texts = Catalogue(servicer.app.service.folder, {**labels, **own})
    methods = {
        method.name: _method_handler(
            Method(servicer.app, method, getattr(servicer, method.name), verifier, texts, replica)
        )
        for method in servicer.descriptor.methods
    }
    return grpc.method_handlers_generic_handler(servicer.descriptor.full_name, methods)


def _method_handler(method: Method) -> grpc.RpcMethodHandler:
    descriptor = method.descriptor
    codec = {
        "request_deserializer": descriptors.message_class(descriptor.input_type).FromString,
        "response_serializer": _serialize,
    }
    if descriptor.client_streaming:
        return grpc.stream_unary_rpc_method_handler(method.stream_in, **codec)
    if descriptor.server_streaming:
        return grpc.unary_stream_rpc_method_handler(method.stream_out, **codec)
    return grpc.unary_unary_rpc_method_handler(method.unary, **codec)


def _serialize(response: Message | bytes) -> bytes:
    return response if isinstance(response, bytes) else response.SerializeToString()
