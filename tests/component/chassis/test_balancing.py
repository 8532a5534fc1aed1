"""Where a name leads to several processes of a service, its clients use them all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.app import App
from chassis.call import Call
from chassis.client import Neighbours
from chassis.database import Database, new_metadata
from chassis.issuers import Issuer
from chassis.keys import KeySet
from chassis.manifest import Service
from chassis.revocations import RevocationList
from chassis.server import Server
from chassis.tokens import TokenVerifier
from cli.processes import wait_until
from gateway.backends import Backends
from gateway.contract import Contract
from gateway.routing import routes
from tests import trial
from tests.trial.server import TrialServer

CALLS = 20


@pytest.fixture
def servers() -> Iterator[list[TrialServer]]:
    both = [TrialServer(), TrialServer()]
    yield both
    for server in both:
        server.stop()


def target(servers: list[TrialServer]) -> str:
    """One address for both, as a name in DNS would give it."""
    return "ipv4:" + ",".join(f"127.0.0.1:{server.port}" for server in servers)


def test_neighbours_take_turns(servers: list[TrialServer]) -> None:
    service = descriptor_pool.Default().FindServiceByName("meridian.trial.v1.TrialService")
    neighbours = Neighbours({"trial": target(servers)})
    client = neighbours.client(service)
    call = Call.of_service("trial", "na", datetime.now(UTC))

    def both_are_asked() -> bool:
        client.ListThings(trial.message("ListThingsRequest")(), call)
        return all(server.requests for server in servers)

    assert wait_until(both_are_asked, 10)
    before = [len(server.requests) for server in servers]
    for _ in range(CALLS):
        client.ListThings(trial.message("ListThingsRequest")(), call)
    neighbours.close()

    after = [len(server.requests) for server in servers]
    assert [now - then for now, then in zip(after, before, strict=True)] == [CALLS // 2] * 2


def test_the_gateway_lets_them_take_turns(servers: list[TrialServer]) -> None:
    known = routes(Contract.of(trial.image()))
    backends = Backends({"trial": target(servers)}, known)
    (listing,) = [route for route in known if route.method.name == "ListThings"]
    stub = backends.stub(listing)

    def both_are_asked() -> bool:
        stub(trial.message("ListThingsRequest")(), timeout=5)
        return all(server.requests for server in servers)

    assert wait_until(both_are_asked, 10)
    backends.close()


def test_clients_connect_anew_from_time_to_time_and_lose_no_call(tmp_path: Path) -> None:
    """On connecting they ask for the addresses again, and find processes that were added."""
    service = Service("trial", tmp_path, new_metadata(), servicers=())
    app = App(service, Database(f"sqlite:///{tmp_path}/trial.db"))
    issuer = Issuer("urn:meridian:na", KeySet(lambda: {"keys": []}))
    verifier = TokenVerifier([issuer], RevocationList())
    server = Server(app, verifier, bind="127.0.0.1:0", connection_seconds=0.3)
    server.start()
    states: list[grpc.ChannelConnectivity] = []

    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        channel.subscribe(states.append)
        check = health_pb2_grpc.HealthStub(channel).Check

        def has_connected_thrice() -> bool:
            check(health_pb2.HealthCheckRequest(), timeout=5)
            return states.count(grpc.ChannelConnectivity.READY) >= 3

        assert wait_until(has_connected_thrice, 20)

    server.drain(1)
    app.database.close()
