"""What stands around each method of a service, the same for all.

Before a method runs: who calls, may they, are the fields right. After it: answer, stored answer, or
an error that says what to do.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_status import rpc_status

from chassis import descriptors, validation
from chassis.app import App
from chassis.call import Call, language_of
from chassis.errors import Denied, Internal, Invalid, MeridianError, Refused
from chassis.grants import Visibility
from chassis.idempotency import Replay
from chassis.messages import Catalogue
from chassis.mirror import age
from chassis.statuses import code_name, to_status
from chassis.telemetry import request_metrics, trace
from chassis.tokens import Identity, TokenVerifier

log = logging.getLogger(__name__)

_LONGEST_CALL = 86_400.0
_NOBODY = Identity(subject="", session="")


class Method:
    """One rpc: what stands around the servicer's own method."""

    def __init__(
        self,
        app: App,
        descriptor: MethodDescriptor,
        run: Callable[[Any, Call], Any],
        verifier: TokenVerifier,
        texts: Catalogue,
        replica: age.ReplicaAge,
    ) -> None:
        """run: the servicer's own method, which takes (request, call)."""
        self.descriptor = descriptor
        self._app = app
        self._run = run
        self._name = f"/{descriptor.containing_service.full_name}/{descriptor.name}"
        self._permission = descriptors.permission_of(descriptor)
        self._verifier = verifier
        self._texts = texts
        self._replica = replica
        self._is_replica = age.is_replica(app)
        self._shows_replica = self._is_replica and descriptors.shows_replica(descriptor)
        self._meter = request_metrics.rpc_meter(app.service.name, descriptor.name)

    def unary(self, request: Message, context: grpc.ServicerContext) -> Message | bytes:
        """Answer one request."""
        try:
            with self._observed(context) as observed:
                call = self._call(observed, request, context)
                validation.check(request)
                self._check_region()
                if self._shows_replica:
                    context.set_trailing_metadata(((age.METADATA, self._replica.text()),))
                return self._run(request, call)  # type: ignore[no-any-return]
        except Replay as known:
            return known.response

    def stream_in(
        self, requests: Iterator[Message], context: grpc.ServicerContext
    ) -> Message | bytes:
        """Answer one stream of requests, each checked as it comes."""
        try:
            with self._observed(context) as observed:
                call = self._call(observed, None, context)
                return self._run(_checked(requests), call)  # type: ignore[no-any-return]
        except Replay as known:
            return known.response

    def stream_out(self, request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        """Answer one request in parts."""
        with self._observed(context) as observed:
            call = self._call(observed, request, context)
            validation.check(request)
            yield from self._run(request, call)

    @contextlib.contextmanager
    def _observed(self, context: grpc.ServicerContext) -> Iterator[_Observed]:
        """Trace, measure and log the block; an exception other than Replay aborts the call."""
        metadata = dict(context.invocation_metadata())
        with trace.continuing(metadata.get("traceparent", "")) as step:
            observed = _Observed(metadata, step.header())
            mark = self._meter.begin()
            try:
                yield observed
            except Replay:
                raise
            except Exception as error:
                status = self._status(error, observed.language)
                observed.code = code_name(status)
                context.abort_with_status(rpc_status.to_status(status))
            finally:
                self._meter.end(mark, observed.code)

    def _call(
        self, observed: _Observed, request: Message | None, context: grpc.ServicerContext
    ) -> Call:
        metadata = observed.metadata
        authorization = metadata.get("authorization", "")
        identity, visibility = self._admit(authorization)
        key = metadata.get("idempotency-key", "")
        keyed = (
            request.SerializeToString(deterministic=True) if key and request is not None else b""
        )
        remaining = context.time_remaining()
        return Call(
            identity=identity,
            method=self._name,
            visibility=visibility,
            now=self._app.clock(),
            language=observed.language,
            idempotency_key=key,
            request=keyed,
            authorization=authorization,
            traceparent=observed.traceparent,
            deadline=None if remaining is None else time.time() + min(remaining, _LONGEST_CALL),
        )

    def _admit(self, authorization: str) -> tuple[Identity, Visibility]:
        if self._permission == "public":
            # A token that came along may have expired; that must not keep anybody from logging in.
            return _NOBODY, Visibility.OWN
        identity = self._verifier.verify_header(authorization)
        if self._permission == "signed-in":
            if identity.is_foreign:
                raise Denied("ONLY_IN_OWN_REGION", region=identity.region)
            return identity, Visibility.OWN
        visibility = identity.visibility_for(self._permission)
        if visibility is None:
            raise self._denied(identity)
        return identity, visibility

    def _denied(self, identity: Identity) -> Denied:
        granted = identity.granted_at_home(self._permission)
        if granted is None:
            return Denied("PERMISSION_MISSING", permission=self._permission)
        return Denied(
            "GRANT_ENDS_AT_BORDER",
            permission=self._permission,
            visibility=granted.slug,
            region=identity.region,
        )

    def _check_region(self) -> None:
        """Refused(WRITTEN_IN_HUB) for what writes reference data anywhere else."""
        if self._is_replica and descriptors.is_written_in_hub(self.descriptor):
            raise Refused("WRITTEN_IN_HUB", hub=self._app.settings.regions.hub)

    def _status(self, error: Exception, language: str) -> status_pb2.Status:
        if not isinstance(error, MeridianError):
            log.exception("%s failed", self._name)
            error = Internal("INTERNAL")
        return to_status(error, self._app.service.name, language, self._texts)


@dataclass
class _Observed:
    """What stands around one running call."""

    metadata: dict[str, Any]
    traceparent: str
    code: str = "OK"

    @property
    def language(self) -> str:
        return language_of(self.metadata.get("accept-language", ""))


def _checked(requests: Iterator[Message]) -> Iterator[Message]:
    """The requests of a stream. Raises Invalid(STREAM_CUT_SHORT) if the caller goes away midway."""
    try:
        for request in requests:
            validation.check(request)
            yield request
    except grpc.RpcError:
        raise Invalid("STREAM_CUT_SHORT") from None
