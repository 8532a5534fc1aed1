"""The services behind the gateway: one gRPC channel each, a stub for each route."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from chassis.descriptors import message_class
from gateway.contract import ContractError
from gateway.routing import Route

LARGEST_MESSAGE = 16 * 1024 * 1024
_OPTIONS = (
    # Where a name leads to several processes of a service, they take turns.
    ("grpc.lb_policy_name", "round_robin"),
    # Their addresses change as they are replaced; who waited for half a minute would ask those that are gone.
    ("grpc.dns_min_time_between_resolutions_ms", 500),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ("grpc.enable_retries", 1),
)
_RETRY = {
    "maxAttempts": 3,
    "initialBackoff": "0.05s",
    "maxBackoff": "0.5s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
_HEALTH = "/grpc.health.v1.Health/Check"

#: A method of a channel of grpc: called, or with_call, it gives the answer.
Stub = Any


class Backends:
    """Opens its channels at once, so it must be made after any fork."""

    def __init__(self, targets: Mapping[str, str], routes: Sequence[Route]) -> None:
        """targets: service → "host:port". Raises ContractError for a service without one."""
        by_service = defaultdict(list)
        for route in routes:
            by_service[route.service].append(route)
        missing = sorted(by_service.keys() - targets.keys())
        if missing:
            raise ContractError(f"no address is configured for {', '.join(missing)}")
        self._channels = {
            service: grpc.insecure_channel(targets[service], (*_OPTIONS, _service_config(found)))
            for service, found in by_service.items()
        }

    def stub(self, route: Route) -> Stub:
        """Calls the method of a route: stub(request, timeout=…, metadata=…)."""
        method = route.method
        channel = self._channels[route.service]
        if method.client_streaming:
            make = channel.stream_unary
        elif method.server_streaming:
            make = channel.unary_stream
        else:
            make = channel.unary_unary
        return make(
            route.full_method,
            request_serializer=message_class(method.input_type).SerializeToString,
            response_deserializer=message_class(method.output_type).FromString,
        )

    def call(
        self,
        service: str,
        method: str,
        request: Message,
        answer: type[Message],
        timeout: float = 5.0,
    ) -> Any:
        """Call one method that has no HTTP request behind it, within so many seconds."""
        stub = self._channels[service].unary_unary(
            method,
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        return stub(request, timeout=timeout)

    def health(self, timeout: float) -> dict[str, bool]:
        """Which services answer that they serve, asked all at once."""
        asked = {
            service: channel.unary_unary(
                _HEALTH,
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            ).future(health_pb2.HealthCheckRequest(), timeout=timeout)
            for service, channel in self._channels.items()
        }
        return {service: _serves(answer) for service, answer in asked.items()}

    def close(self) -> None:
        """Close every channel."""
        for channel in self._channels.values():
            channel.close()


def _serves(answer: Any) -> bool:
    try:
        return bool(answer.result().status == health_pb2.HealthCheckResponse.SERVING)
    except grpc.RpcError:
        return False


def _service_config(routes: Sequence[Route]) -> tuple[str, str]:
    """Only reading is tried again by itself; a change is repeated by who knows its Idempotency-Key."""
    reading = {
        route.method.full_name: route.method
        for route in routes
        if route.verb == "GET" and not route.is_bulk
    }
    names = [
        {"service": method.containing_service.full_name, "method": method.name}
        for method in reading.values()
    ]
    config = {"methodConfig": [{"name": names, "retryPolicy": _RETRY}]} if names else {}
    return ("grpc.service_config", json.dumps(config))
