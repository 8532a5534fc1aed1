"""A system outside keeps up with sales over real gRPC on a real PostgreSQL (PLT-6)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from meridian.sales.v1 import event_service_pb2
from meridian.type.v1 import event_pb2

from chassis.errors import Denied, Invalid
from chassis.feed import numbers
from services.sales.manifest import SERVICE
from tests.component.sales.people import account
from tests.running import Caller, RunningService

EVENTS = event_service_pb2.DESCRIPTOR.services_by_name["SalesEventService"]


@pytest.fixture
def warehouse(sales: RunningService) -> Caller:
    """A system outside."""
    return sales.caller("user_warehouse", "*.events.read@region")


def relayed(sales: RunningService) -> None:
    """What a worker does with everything that waits."""
    outbox = SERVICE.metadata.tables["outbox"].c
    with sales.app.database.writing() as connection:
        waiting = sa.select(outbox.position).where(outbox.publish_time.is_(None))
        positions = list(connection.execute(waiting.order_by(outbox.position)).scalars())
        numbers.publish(connection, SERVICE.metadata, positions, sales.app.clock())


def read(caller: Caller, **request: object) -> event_pb2.EventPage:
    page: event_pb2.EventPage = caller.call(EVENTS).ReadEvents(
        event_pb2.ReadEventsRequest(**request)
    )
    return page


def test_an_event_tells_what_happened_who_did_it_and_in_which_trace(
    sales: RunningService, anna: Caller, warehouse: Caller
) -> None:
    made = account(anna, name="Acme")
    relayed(sales)
    (event,) = read(warehouse).events
    assert event.type == "meridian.sales.events.v1.AccountCreated"
    assert event.source == "/na/sales"
    assert event.subject == made.id
    assert event.actor == "user_anna"
    assert event.time == made.create_time
    assert event.traceparent.startswith("00-")
    assert dict(event.data) == {
        "account_id": made.id,
        "kind": "company",
        "partner_id": "",
        "owner_id": "user_anna",
    }


def test_it_is_read_on_from_the_cursor(
    sales: RunningService, anna: Caller, warehouse: Caller
) -> None:
    begin = read(warehouse, from_now=True)
    made = [account(anna, name=f"Acme {n}").id for n in range(3)]
    relayed(sales)
    first = read(warehouse, cursor=begin.cursor, page_size=2)
    rest = read(warehouse, cursor=first.cursor, page_size=2)
    assert [each.subject for each in (*first.events, *rest.events)] == made
    assert (first.more, rest.more) == (True, False)
    assert read(warehouse, cursor=rest.cursor).events == []


@pytest.mark.parametrize("reach", ["own", "team", "business_unit"])
def test_who_may_see_less_than_the_region_is_refused(sales: RunningService, reach: str) -> None:
    with pytest.raises(Denied) as error:
        read(sales.caller("user_ben", f"sales.events.read@{reach}"))
    assert error.value.reason == "GRANT_TOO_NARROW"


def test_who_has_no_permission_is_refused(anna: Caller, sales: RunningService) -> None:
    with pytest.raises(Denied) as error:
        read(sales.caller("user_ben", "sales.accounts.*@region"))
    assert error.value.reason == "PERMISSION_MISSING"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"page_size": 1001}, "page_size"),
        ({"page_size": -1}, "page_size"),
        ({"types": ["a", "a"]}, "types"),
        ({"types": [""]}, "types[0]"),
        ({"types": ["meridian.sales.events.v1.Nothing"]}, "types"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_what_is_wrong_is_named(warehouse: Caller, request_: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as error:
        read(warehouse, **request_)
    assert [each.field for each in error.value.violations] == [field]
