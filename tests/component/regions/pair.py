"""Two gateways, of na (the hub) and emea, each before a trial service of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from chassis.settings import Peer
from cli.nats_server import free_port
from gateway.app import Configuration, create_app
from gateway.contract import Contract
from tests import trial
from tests.component.gateway.conftest import Client
from tests.component.gateway.served import listening
from tests.trial.server import TrialServer

#: 26 characters, as at the end of every id.
TAIL = "01jf8r5s7q9v2x4z6b8d0f1h3k"
BORN_IN_NA, BORN_IN_EMEA = f"thing_na_{TAIL}", f"thing_emea_{TAIL}"


class Unasked(grpc.RpcError):
    """What a directory that is away answers."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE


class Side:
    """One region: its trial service, its gateway, and what its directory says of placements."""

    def __init__(self, region: str, port: int) -> None:
        self.region = region
        self.port = port
        self.service = TrialServer()
        self.placements: dict[str, str] = {}
        self.directory_is_away = False
        self.exchanges = 0
        self.client = Client(f"http://127.0.0.1:{port}")

    def _exchange(self, key: str) -> tuple[str, float]:
        self.exchanges += 1
        return f"token-{self.exchanges}-of-{key}", 300.0

    def home_of(self, record_id: str) -> str:
        if self.directory_is_away:
            raise Unasked()
        return self.placements.get(record_id, "")

    def keep(self, thing_id: str, **fields: Any) -> None:
        """Let this thing live here."""
        self.service.things[thing_id] = trial.message("Thing")(id=thing_id, etag="1", **fields)

    @contextmanager
    def serving(self, *peers: Peer, **changes: Any) -> Iterator[Client]:
        """Answer HTTP; changes: what the gateway's configuration says otherwise."""
        app = create_app(
            Configuration(
                targets={"trial": f"127.0.0.1:{self.service.port}"},
                rate=100_000,
                burst=100_000,
                region=self.region,
                hub="na",
                peers=peers,
                **changes,
            ),
            Contract.of(trial.image()),
            lambda _: self._exchange,
            lambda _: self.home_of,
        )
        with listening(app, self.port):
            yield self.client

    def peer(self) -> Peer:
        """This region, as another is told of it."""
        return Peer(self.region, f"http://127.0.0.1:{self.port}")


@contextmanager
def side(region: str) -> Iterator[Side]:
    """A region whose gateway is not serving yet."""
    made = Side(region, free_port())
    yield made
    made.service.stop()
