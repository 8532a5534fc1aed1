"""Calling a neighbour over gRPC: the caller's identity, language, trace and deadline go along.

    handovers = self.neighbour(handover_service_pb2.DESCRIPTOR.services_by_name["HandoverService"])
    handover = handovers.CreateHandover(request, call)

A client has one method per rpc, made from the descriptor; one that streams takes or returns an
iterator. It raises the error that the neighbour
answered with, or Unavailable(NEIGHBOUR_UNAVAILABLE). With idempotency_key="…" the effect happens once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from chassis import descriptors
from chassis.call import Call
from chassis.statuses import from_rpc_error

#: Seconds that a call may take when its caller brought no deadline.
DEFAULT_TIMEOUT = 10.0
_OPTIONS = (
    # Where a name leads to several processes of a service, they take turns.
    ("grpc.lb_policy_name", "round_robin"),
    # Their addresses change as they are replaced; who waited for half a minute would ask those that are gone.
    ("grpc.dns_min_time_between_resolutions_ms", 500),
    ("grpc.enable_retries", 1),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
)


class Client:
    """The methods of one gRPC service of a neighbour."""

    def __init__(
        self, channel: grpc.Channel, descriptor: ServiceDescriptor, authorize: Callable[[Call], str]
    ) -> None:
        service = descriptors.service_of(descriptor)
        for method in descriptor.methods:
            setattr(self, method.name, _caller(channel, descriptor, method, service, authorize))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(f"this service has no method {name}")


class Neighbours:
    """Channels to the other services, opened when first needed (never before a fork)."""

    def __init__(
        self,
        targets: Mapping[str, str] | None = None,
        authorize: Callable[[Call], str] | None = None,
    ) -> None:
        """targets: service → "host:port". authorize: the Authorization value for a call without one of its own."""
        self._targets = targets or {}
        self._authorize = authorize or (lambda call: call.authorization)
        self._channels: dict[str, grpc.Channel] = {}
        self._clients: dict[str, Client] = {}
        self._lock = threading.Lock()

    def client(self, descriptor: ServiceDescriptor) -> Client:
        """The client of this gRPC service. KeyError if its address is not configured."""
        with self._lock:
            if descriptor.full_name not in self._clients:
                channel = self._channel(descriptors.service_of(descriptor))
                self._clients[descriptor.full_name] = Client(
                    channel, descriptor, self.authorization
                )
            return self._clients[descriptor.full_name]

    def authorization(self, call: Call) -> str:
        """The Authorization value for a call: its own, or that of whoever calls."""
        return call.authorization or self._authorize(call)

    def close(self) -> None:
        """Close every channel."""
        for channel in self._channels.values():
            channel.close()

    def _channel(self, service: str) -> grpc.Channel:
        if service not in self._channels:
            self._channels[service] = grpc.insecure_channel(self._targets[service], _OPTIONS)
        return self._channels[service]


def _opener(channel: grpc.Channel, method: MethodDescriptor) -> Callable[..., Any]:
    if method.client_streaming:
        return channel.stream_unary  # type: ignore[no-any-return]
    return channel.unary_stream if method.server_streaming else channel.unary_unary  # type: ignore[no-any-return]


def _caller(
    channel: grpc.Channel,
    descriptor: ServiceDescriptor,
    method: MethodDescriptor,
    service: str,
    authorize: Callable[[Call], str],
) -> Callable[..., Any]:
    stub = _opener(channel, method)(
        f"/{descriptor.full_name}/{method.name}",
        request_serializer=descriptors.message_class(method.input_type).SerializeToString,
        response_deserializer=descriptors.message_class(method.output_type).FromString,
    )

    def invoke(request: Any, call: Call, *, idempotency_key: str = "") -> Any:
        timeout = DEFAULT_TIMEOUT if call.deadline is None else call.deadline - time.time()
        metadata = [("accept-language", call.language)]
        if authorization := authorize(call):
            metadata.append(("authorization", authorization))
        if idempotency_key:
            metadata.append(("idempotency-key", idempotency_key))
        if call.traceparent:
            metadata.append(("traceparent", call.traceparent))
        try:
            return stub(request, timeout=max(timeout, 0.001), metadata=metadata)
        except grpc.RpcError as error:
            raise from_rpc_error(error, service) from error

    return invoke
