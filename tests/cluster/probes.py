"""The probes of a container, as a kubelet carries them out: from the node, at their times."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from typing import Any

import grpc
from grpc_health.v1 import health_pb2

from tests.cluster.container import Container

_CHECK = "/grpc.health.v1.Health/Check"


class Probe:
    """Asks whenever it is due, and counts."""

    def __init__(self, specification: Mapping[str, Any], container: Container) -> None:
        self._specification = specification
        self._container = container
        self._due = time.monotonic() + specification.get("initialDelaySeconds", 0)
        self.failures = 0
        self.successes = 0

    @property
    def failed(self) -> bool:
        """Whether it failed as often in a row as makes it count."""
        return self.failures >= int(self._specification.get("failureThreshold", 3))

    def ask(self) -> None:
        """Ask if it is due."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._specification.get("periodSeconds", 10)
        if self._answers(self._specification.get("timeoutSeconds", 1)):
            self.successes, self.failures = self.successes + 1, 0
        else:
            self.successes, self.failures = 0, self.failures + 1

    def _answers(self, seconds: float) -> bool:
        address = self._container.setting.place.address
        if "httpGet" in self._specification:
            wanted = self._specification["httpGet"]
            port = port_of(self._container.specification, wanted["port"])
            return _http(address, port, wanted["path"], seconds)
        if "grpc" in self._specification:
            return _grpc(f"{address}:{self._specification['grpc']['port']}", seconds)
        return self._container.run(self._specification["exec"]["command"], seconds=seconds)[0] == 0


def port_of(container: Mapping[str, Any], port: int | str) -> int:
    """The number of a port that may be said by its name."""
    if isinstance(port, int):
        return port
    (found,) = [each["containerPort"] for each in container["ports"] if each["name"] == port]
    return int(found)


def _http(address: str, port: int, path: str, seconds: float) -> bool:
    connection = http.client.HTTPConnection(address, port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"User-Agent": "kube-probe/1.34"})
        return 200 <= connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _grpc(target: str, seconds: float) -> bool:
    with grpc.insecure_channel(target) as channel:
        check = channel.unary_unary(
            _CHECK,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = check(health_pb2.HealthCheckRequest(), timeout=seconds)
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
