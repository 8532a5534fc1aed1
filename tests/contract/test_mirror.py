"""Writing, comparing and sending reference data keep their promises on every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.message import Message
from meridian.sales.events.v1 import product_events_pb2, reference_events_pb2
from meridian.sales.v1 import product_pb2

from chassis.app import App
from chassis.call import Call
from chassis.database import Database
from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER, Service
from chassis.mirror import hub, store
from chassis.mirror.digest import Digest, digest_of, present
from chassis.outbox import subject_of
from services.sales.manifest import SERVICE
from services.sales.products.domain import Product, ProductKind
from services.sales.products.store import add, products
from tests.two_regions import HUB, OTHER, of_region

MOMENT = datetime(2026, 11, 22, 9, tzinfo=UTC)
REACTIONS = SERVICE.reactions_from(BORDER)


@pytest.fixture
def database(any_database: Callable[[Service], Database]) -> Database:
    return any_database(SERVICE)


def region(database: Database, name: str) -> App:
    return App(SERVICE, database, name, clock=lambda: MOMENT, settings=of_region(name))


def arrived(app: App, kind: type[Message], event_id: str, **fields: Any) -> None:
    """An event of the hub comes over the border."""
    headers = {"ce-id": event_id, "ce-region": HUB}
    event = Event(subject_of(kind, HUB), headers, kind(**fields).SerializeToString())
    handle_once(app, "sales-from-border", REACTIONS, [event])


def mirrored(product_id: str, version: int, sku: str, copy_id: str = "") -> dict[str, Any]:
    """The fields of a product's snapshot."""
    product = product_pb2.Product(
        id=product_id,
        sku=sku,
        name="阵列",
        product_line="storage",
        unit="piece",
        kind=product_pb2.PRODUCT_KIND_GOODS,
        state=product_pb2.PRODUCT_STATE_ACTIVE,
        etag=str(version),
    )
    product.create_time.FromDatetime(MOMENT)
    product.update_time.FromDatetime(MOMENT - timedelta(hours=1))
    return {"product_id": product_id, "product": product, "copy_id": copy_id}


def known(app: App) -> list[tuple[str, str, int]]:
    """Id, sku and version of what is here."""
    columns = products.c
    with app.reading() as tx:
        rows = tx.execute(sa.select(columns.id, columns.sku, columns.version).order_by(columns.id))
        return [(row.id, row.sku, row.version) for row in rows]


def test_an_older_version_never_replaces_a_newer_unless_it_is_part_of_a_copy(
    database: Database,
) -> None:
    app, kind = region(database, OTHER), product_events_pb2.ProductMirrored
    arrived(app, kind, "1", **mirrored("prod_na_1", 3, "A"))
    arrived(app, kind, "2", **mirrored("prod_na_1", 2, "B"))
    assert known(app) == [("prod_na_1", "A", 3)]
    arrived(app, kind, "3", **mirrored("prod_na_1", 2, "B", copy_id="copy_na_1"))
    assert known(app) == [("prod_na_1", "B", 2)]


def test_what_holds_something_unique_makes_room(database: Database) -> None:
    app, kind = region(database, OTHER), product_events_pb2.ProductMirrored
    arrived(app, kind, "1", **mirrored("prod_na_1", 1, "A"))
    arrived(app, kind, "2", **mirrored("prod_na_2", 1, "A"))
    assert known(app) == [("prod_na_2", "A", 1)]


def test_a_range_removes_what_is_not_in_it(database: Database) -> None:
    app, kind = region(database, OTHER), product_events_pb2.ProductMirrored
    for number in range(1, 6):
        arrived(app, kind, str(number), **mirrored(f"prod_na_{number}", 1, f"S{number}"))
    copied = reference_events_pb2.ReferenceCopied(
        noun="product", after_id="prod_na_1", up_to_id="prod_na_4", record_ids=["prod_na_4"]
    )
    copied.read_time.FromDatetime(MOMENT)
    fields = {field.name: value for field, value in copied.ListFields()}
    arrived(app, reference_events_pb2.ReferenceCopied, "9", **fields)
    assert [each[0] for each in known(app)] == ["prod_na_1", "prod_na_4", "prod_na_5"]


def test_a_copy_goes_on_where_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "CHUNK", 2)
    monkeypatch.setattr(hub, "_CHUNKS_AT_ONCE", 1)
    app = region(database, HUB)
    with app.transaction() as tx:
        for number in range(3):
            sku = f"S{number}"
            add(tx, Product(f"prod_na_{number}", sku, sku, "storage", "piece", ProductKind.GOODS))
    with app.transaction(Call.of_service("sales", HUB, MOMENT)) as tx:
        hub.on_requested(tx, None)
        hub.on_requested(tx, None)

    sent = []
    for _ in range(6):
        hub.send(app)
        with app.reading() as tx:
            copy = store.open_copy(tx)
        sent.append((copy.noun, copy.after_id) if copy else None)

    assert sent == [
        ("product", "prod_na_1"),
        ("price_book", ""),
        ("price_book_entry", ""),
        ("price_rule", ""),
        None,
        None,
    ]


def test_the_digest_is_that_of_the_rows(database: Database) -> None:
    app, kind = region(database, OTHER), product_events_pb2.ProductMirrored
    arrived(app, kind, "1", **mirrored("prod_na_1", 3, "A"))
    with app.reading() as tx:
        assert present(tx) == digest_of([("product", "prod_na_1", 3)]) != Digest(0, "0" * 32)
