"""A small real gRPC server of TrialService, which keeps things in memory and remembers its calls."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.api import httpbody_pb2
from google.protobuf import descriptor_pool
from google.protobuf.empty_pb2 import Empty
from google.rpc import status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from chassis import errors
from chassis.descriptors import message_class
from chassis.messages import Catalogue
from chassis.statuses import to_status
from tests import trial


class TrialServer:
    """Serves on a free port of 127.0.0.1 until it is stopped."""

    def __init__(self) -> None:
        trial.image()
        self.things: dict[str, Any] = {}
        self.metadata: dict[str, str] = {}
        self.time_remaining = 0.0
        self.requests: list[Any] = []
        self.writes_elsewhere = False
        self.outdated: set[str] = set()
        self._numbers = itertools.count(1)
        self._server = grpc.server(ThreadPoolExecutor(4))
        service = descriptor_pool.Default().FindServiceByName("meridian.trial.v1.TrialService")
        handlers = {method.name: self._handler(method) for method in service.methods}
        generic = grpc.method_handlers_generic_handler(service.full_name, handlers)
        self._server.add_generic_rpc_handlers((generic,))
        checks = health.HealthServicer()
        checks.set("", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(checks, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        """Stop at once."""
        self._server.stop(None).wait()

    def _handler(self, method: Any) -> grpc.RpcMethodHandler:
        codec = {
            "request_deserializer": message_class(method.input_type).FromString,
            "response_serializer": lambda message: message.SerializeToString(),
        }
        run = self._around(getattr(self, method.name))
        if method.client_streaming:
            return grpc.stream_unary_rpc_method_handler(run, **codec)
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(self.ExportThings, **codec)
        return grpc.unary_unary_rpc_method_handler(run, **codec)

    def _around(self, run: Callable[[Any], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            self.metadata = dict(context.invocation_metadata())
            self.time_remaining = context.time_remaining()
            if not isinstance(request, Iterator):
                self.requests.append(request)
            try:
                if self.metadata.get("authorization") in self.outdated:
                    raise errors.Unauthenticated("TOKEN_EXPIRED")
                return run(request)
            except errors.MeridianError as error:
                language = self.metadata.get("accept-language", "en")
                status: status_pb2.Status = to_status(error, "trial", language, Catalogue())
                context.abort_with_status(rpc_status.to_status(status))

        return answer

    def _found(self, key: str) -> Any:
        if key not in self.things:
            raise errors.NotFound("NOT_FOUND", kind="thing", id=key)
        return self.things[key]

    def CreateThing(self, request: Any) -> Any:
        if self.writes_elsewhere:
            raise errors.Refused("WRITTEN_IN_HUB", hub="na")
        if request.thing.name == "taken":
            raise errors.AlreadyExists("NAME_TAKEN")
        if request.thing.name == "burst":
            raise RuntimeError("secret internals")
        thing = request.thing
        thing.id, thing.etag = f"thing_na_{next(self._numbers)}", "1"
        self.things[thing.id] = thing
        return thing

    def GetThing(self, request: Any) -> Any:
        time.sleep({"slow": 0.5, "slower": 1.5}.get(request.id, 0))
        return self._found(request.id)

    def ListThings(self, request: Any) -> Any:
        return trial.message("ListThingsResponse")(things=self.things.values())

    def UpdateThing(self, request: Any) -> Any:
        thing = self._found(request.thing.id)
        if request.thing.etag and request.thing.etag != thing.etag:
            raise errors.Aborted("STALE_ETAG")
        thing.etag = str(int(thing.etag) + 1)
        return thing

    def DeleteThing(self, request: Any) -> Any:
        thing = self._found(request.id)
        if request.etag and request.etag != thing.etag:
            raise errors.Aborted("STALE_ETAG")
        del self.things[request.id]
        return Empty()

    def PaintThing(self, request: Any) -> Any:
        thing = self._found(request.id)
        if not request.colour:
            raise errors.Invalid("REQUIRED", field="colour")
        thing.colour = request.colour
        return thing

    def ListParts(self, request: Any) -> Any:
        return trial.message("ListPartsResponse")(parts=self._found(request.thing_id).parts)

    def ImportThings(self, requests: Iterator[Any]) -> Any:
        answer = trial.message("ImportThingsResponse")()
        for request in requests:
            if answer.messages_received == 0:
                answer.source, answer.content_type = request.source, request.content_type
            answer.bytes_received += len(request.content)
            answer.messages_received += 1
        return answer

    def ExportThings(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        if request.size < 0:
            raise RuntimeError("cannot")
        step = max(1000, request.size // 20)
        for start in range(0, request.size, step):
            if start + step > request.size and request.size % 1000 == 13:
                raise RuntimeError("an unlucky size")
            part = b"x" * min(step, request.size - start)
            yield httpbody_pb2.HttpBody(content_type="text/csv", data=part)

    def GetPicture(self, request: Any) -> Any:
        return httpbody_pb2.HttpBody(
            content_type="image/png", data=b"\x89PNG" + request.id.encode()
        )

    def Greet(self, request: Any) -> Any:
        return trial.message("GreetResponse")(greeting=f"Hello {request.name}")
