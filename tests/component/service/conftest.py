"""Service with its real database and real gRPC; sales is played by a server on the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from grpc_status import rpc_status
from meridian.sales.v1 import account_pb2, account_service_pb2

from chassis.errors import NotFound
from chassis.messages import Catalogue
from chassis.statuses import to_status
from services.service.manifest import SERVICE
from tests.component.service.desk import Clockwork, Desk
from tests.running import RunningService

ACCOUNTS = {"acc_na_1", "acc_na_2"}


def _get_account(
    request: account_service_pb2.GetAccountRequest, context: grpc.ServicerContext
) -> account_pb2.Account:
    if request.id not in ACCOUNTS:
        error = NotFound("NOT_FOUND", kind="account", id=request.id)
        context.abort_with_status(
            rpc_status.to_status(to_status(error, "sales", "en", Catalogue()))
        )
    return account_pb2.Account(id=request.id)


@pytest.fixture
def sales() -> Iterator[str]:
    """The address of a sales that knows the accounts in ACCOUNTS."""
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        handler = grpc.unary_unary_rpc_method_handler(
            _get_account,
            request_deserializer=account_service_pb2.GetAccountRequest.FromString,
            response_serializer=account_pb2.Account.SerializeToString,
        )
        name = "meridian.sales.v1.AccountService"
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(name, {"GetAccount": handler}),)
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield f"127.0.0.1:{port}"
        server.stop(0).wait()


@pytest.fixture
def clock() -> Clockwork:
    """The service's clock: Monday 23 November 2026, 9:00 UTC, until a test moves it."""
    return Clockwork(datetime(2026, 11, 23, 9, tzinfo=UTC), timedelta())


@pytest.fixture
def service(
    run_service: Callable[..., RunningService], sales: str, clock: Clockwork
) -> RunningService:
    """The service, with sales beside it."""
    running = run_service(SERVICE, sales=sales)
    running.app.clock = clock
    return running


@pytest.fixture
def desk(service: RunningService) -> Desk:
    """An agent who may do everything."""
    return Desk(service.caller("user_anna", "service.*@region"))


@pytest.fixture
def customer(service: RunningService) -> Desk:
    """A customer of account acc_na_1."""
    own = ("cases.read", "cases.create", "cases.reopen", "messages.*", "assets.read")
    grants = [f"service.{permission}@customer" for permission in own]
    grants.append("service.articles.read@region")
    return Desk(service.caller("user_carl", *grants, account_id="acc_na_1"))
