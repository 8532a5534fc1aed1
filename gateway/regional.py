"""This gateway among those of the other regions: what it answers, and what it sends on, once."""

from __future__ import annotations

import grpc
import orjson

from gateway.asked import Asked
from gateway.forwarding import Forwarder
from gateway.homes import Homes, Policy
from gateway.http import Answer
from gateway.problems import Refusal, reason_of
from gateway.span import list_of, regions_in
from gateway.spanning import Spanning

#: The reason with which a service says that only the hub writes this.
WRITTEN_IN_HUB = "WRITTEN_IN_HUB"


class Regional:
    """Finds who answers."""

    def __init__(
        self,
        region: str,
        hub: str,
        homes: Homes,
        policy: Policy,
        forwarder: Forwarder,
        spanning: Spanning,
    ) -> None:
        """region: this one."""
        self._region = region
        self._homes = homes
        self._policy = policy
        self._forwarder = forwarder
        self._hub = hub
        self._spanning = spanning

    def answer(self, asked: Asked) -> Answer:
        """The answer, of whichever region. Raises what the gateway itself refuses, and grpc.RpcError."""
        route = asked.endpoint.route
        held = list_of(route)
        regions = regions_in(asked.request.query) if held else None
        if held and regions is not None:
            return self._spanning.answer(asked, held, regions)
        ask = self._homes.told if asked.was_forwarded else self._homes.before
        elsewhere = ask(route, asked.values)
        if elsewhere:
            return self._forwarded(asked, elsewhere)
        try:
            return asked.here()
        except grpc.RpcError as error:
            if route.takes_raw_body:
                raise
            elsewhere = self._homes.after(asked.values, error)
            if not elsewhere and not self._is_for_hub(asked, error):
                raise
        return self._forwarded(asked, elsewhere) if elsewhere else self._in_hub(asked)

    def _is_for_hub(self, asked: Asked, error: grpc.RpcError) -> bool:
        return (
            self._hub != self._region
            and not asked.was_forwarded
            and reason_of(error) == WRITTEN_IN_HUB
        )

    def _in_hub(self, asked: Asked) -> Answer:
        try:
            return self._sent(asked, self._hub)
        except Refusal as refusal:
            if refusal.reason != "REGION_UNREACHABLE":
                raise
            raise Refusal(503, "HUB_UNREACHABLE", refusal.headers, region=self._hub) from refusal

    def _forwarded(self, asked: Asked, region: str) -> Answer:
        if asked.was_forwarded:
            raise Refusal(421, "FORWARDED_ALREADY", [("retry-after", "1")], region=region)
        if self._policy.refuses(asked.endpoint.route):
            raise Refusal(403, "FORWARDING_FORBIDDEN", region=region)
        answer = self._sent(asked, region)
        if answer.status != 421:
            return answer
        self._homes.forget(asked.values)
        if asked.endpoint.route.takes_raw_body or self._homes.birth_region(asked.values) != region:
            return answer
        # The birth region knows that it moved; while our directory is away we do not know where to.
        told = orjson.loads(b"".join(answer.body))["params"]["region"]
        return asked.here() if told == self._region else answer

    def _sent(self, asked: Asked, region: str) -> Answer:
        request, endpoint = asked.request, asked.endpoint
        answer = self._forwarder.forward(request, endpoint, region, asked.authorization)
        if answer.status != 401 or endpoint.route.takes_raw_body:
            return answer
        renewed = asked.renew()
        if renewed is None:
            return answer
        return self._forwarder.forward(request, endpoint, region, renewed)
