"""The catalogue is written in the hub and mirrored to every other region (PLT-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import grpc
import pytest
import sqlalchemy as sa
from meridian.sales.v1 import (
    channel_pb2,
    price_book_service_pb2,
    price_rule_pb2,
    price_rule_service_pb2,
    price_service_pb2,
    product_service_pb2,
    quote_pb2,
    quote_service_pb2,
    reference_replica_service_pb2,
)
from meridian.type.v1 import reference_replica_pb2

from chassis.errors import Refused
from chassis.mirror import hub as hub_side
from chassis.tokens import Identity
from services.sales.manifest import SERVICE
from services.sales.products.store import products
from tests.component.sales.catalogue import (
    PRICE_BOOKS,
    PRICE_RULES,
    PRICES,
    PRODUCTS,
    QUOTES,
    Shop,
    euros,
    list_prices,
    price_book,
    price_rule,
    product,
    sent_quote,
)
from tests.component.sales.people import account, refusal_of
from tests.running import Caller, RunningService, token
from tests.two_regions import TwoRegions, replica

REPLICA = reference_replica_service_pb2.DESCRIPTOR.services_by_name["SalesReplicaService"]
HUB, CURRENT, BEHIND, REBUILDING = 1, 2, 3, 4


@pytest.fixture
def regions(run_service: Callable[..., RunningService]) -> TwoRegions:
    return TwoRegions(SERVICE, run_service)


@pytest.fixture
def people(regions: TwoRegions) -> tuple[Caller, Caller]:
    """A product manager in the hub and one elsewhere."""
    return regions.people("sales.*@all")


def vandalise(regions: TwoRegions) -> None:
    """Delete the whole catalogue of the other region."""
    with regions.other.database.writing() as connection:
        connection.execute(sa.delete(products))


def test_what_changes_in_the_hub_is_the_same_elsewhere(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    ann, eva = people
    made = product(ann, "SAN-100", name_zh="磁盘阵列", serial_tracked=True, warranty_months=24)
    regions.carry()
    assert eva.call(PRODUCTS).GetProduct(product_service_pb2.GetProductRequest(id=made.id)) == made

    retire = product_service_pb2.RetireProductRequest(id=made.id)
    ann.call(PRODUCTS).RetireProduct(retire)
    regions.carry()

    in_hub, elsewhere = regions.rows("products")
    assert elsewhere == in_hub
    assert [(row["state"], row["version"]) for row in elsewhere] == [("retired", 2)]
    assert regions.other.events() == []


def test_a_write_outside_the_hub_is_refused_and_names_the_hub(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    made = product(people[0], "SAN-100")
    regions.carry()
    service = people[1].call(PRODUCTS)
    update = product_service_pb2.UpdateProductRequest(product={"id": made.id, "name": "Other"})
    retire = product_service_pb2.RetireProductRequest(id=made.id)

    refusals = [
        refusal_of(lambda: product(people[1], "SAN-200")),
        refusal_of(lambda: service.UpdateProduct(update)),
        refusal_of(lambda: service.RetireProduct(retire)),
    ]

    for refusal in refusals:
        assert isinstance(refusal, Refused)
        assert (refusal.reason, refusal.params) == ("WRITTEN_IN_HUB", {"hub": "na"})
    in_hub, elsewhere = regions.rows("products")
    assert elsewhere == in_hub
    assert regions.other.events() == []


def test_who_changed_a_record_does_not_cross(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    product(people[0], "SAN-100")
    [mirrored] = regions.carry()
    assert mirrored.headers["ce-actor"] == "service_sales"
    assert b"user_na_ann" not in mirrored.payload


def test_a_replica_that_agrees_tells_its_age(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    product(people[0], "SAN-100")
    regions.beat()
    agreed = regions.now
    regions.now += timedelta(seconds=7)

    shown = replica(people[1], REPLICA)

    assert (shown.state, shown.hub, shown.records, shown.age_seconds) == (CURRENT, "na", 1, 7.0)
    assert shown.agree_time.ToMicroseconds() == int(agreed.timestamp() * 1_000_000)
    assert shown.digest == shown.hub_digest == replica(people[0], REPLICA).digest
    regions.now += timedelta(seconds=60)
    assert replica(people[1], REPLICA).state == BEHIND
    original = replica(people[0], REPLICA)
    assert (original.state, original.HasField("age_seconds")) == (HUB, False)


def test_a_replica_that_lost_everything_is_rebuilt(
    regions: TwoRegions, people: tuple[Caller, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_side, "CHUNK", 2)
    for number in range(5):
        product(people[0], f"SAN-{number}")
    regions.beat()
    vandalise(regions)

    regions.beat()
    assert replica(people[1], REPLICA).state == REBUILDING
    regions.beat()

    in_hub, elsewhere = regions.rows("products")
    assert elsewhere == in_hub
    assert len(elsewhere) == 5
    assert replica(people[1], REPLICA).state == CURRENT


def test_what_the_hub_does_not_have_goes_and_what_differs_is_put_right(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    one, other = product(people[0], "SAN-1"), product(people[0], "SAN-2")
    regions.beat()
    with regions.other.database.writing() as connection:
        of = products.c.id
        [row] = connection.execute(sa.select(products).where(of == one.id)).mappings()
        connection.execute(sa.delete(products).where(of == one.id))
        strange = {"id": "prod_na_strange", "update_time": regions.now - timedelta(hours=1)}
        connection.execute(sa.insert(products).values(dict(row) | strange))
        connection.execute(sa.update(products).where(of == other.id).values(version=9, name="X"))

    for _ in range(3):
        regions.beat()

    in_hub, elsewhere = regions.rows("products")
    assert elsewhere == in_hub
    assert replica(people[1], REPLICA).state == CURRENT


def test_a_replica_is_rebuilt_on_request(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    product(people[0], "SAN-1")
    regions.beat()
    with regions.other.database.writing() as connection:
        connection.execute(sa.update(products).values(name="Not the hub's"))
    rebuild = reference_replica_service_pb2.RebuildReferenceReplicaRequest()

    asked = people[1].call(REPLICA).RebuildReferenceReplica(rebuild)
    regions.carry()
    regions.beat()

    assert asked.state == REBUILDING
    in_hub, elsewhere = regions.rows("products")
    assert elsewhere == in_hub
    refusal = refusal_of(lambda: people[0].call(REPLICA).RebuildReferenceReplica(rebuild))
    assert (refusal.reason, refusal.params) == ("NOT_A_REPLICA", {"hub": "na"})


def test_a_region_that_stands_alone_announces_no_snapshots(sales: RunningService) -> None:
    made = product(sales.caller("user_anna", "sales.*@region"), "SAN-1")
    hub_side.state(sales.app)
    assert made.etag == "1"
    assert sales.events() == ["ProductCreated"]
    assert reference_replica_pb2.ReferenceReplicaState.Name(HUB) == "REFERENCE_REPLICA_STATE_HUB"


def test_answers_from_a_replica_tell_its_age(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    assert trailing(regions.other) == {"meridian-replica-age": "unknown"}
    assert trailing(regions.hub) == {}


def trailing(service: RunningService) -> dict[str, str]:
    """The trailing metadata of a list of products."""
    who = Identity("user_x", "session_x", grants=("sales.*@all",))
    with grpc.insecure_channel(service.address) as channel:
        stub = channel.unary_unary(
            "/meridian.sales.v1.ProductService/ListProducts",
            request_serializer=product_service_pb2.ListProductsRequest.SerializeToString,
            response_deserializer=product_service_pb2.ListProductsResponse.FromString,
        )
        _, call = stub.with_call(
            product_service_pb2.ListProductsRequest(),
            metadata=(("authorization", f"Bearer {token(who)}"),),
        )
        return dict(call.trailing_metadata())


def test_prices_are_the_same_everywhere(regions: TwoRegions, people: tuple[Caller, Caller]) -> None:
    ann, eva = people
    goods, gone = product(ann, "SAN-1"), product(ann, "SAN-2")
    book = price_book(ann, channel=channel_pb2.SALES_CHANNEL_DIRECT, region="emea")
    list_prices(ann, book.id, **{goods.id: 1000, gone.id: 500})
    breaks = [
        {"from_quantity": 10, "unit_price": euros(900)},
        {"from_quantity": 100, "discount_basis_points": 2000},
    ]
    kind = price_rule_pb2.PRICE_RULE_KIND_QUANTITY_BREAKS
    price_rule(ann, kind=kind, quantity_breaks=breaks)
    price_rule(ann, kind=price_rule_pb2.PRICE_RULE_KIND_PERCENT, discount_basis_points=100)
    list_prices(ann, book.id, **{goods.id: 1100})
    ann.call(PRICE_BOOKS).DeletePriceBookEntry(
        price_book_service_pb2.DeletePriceBookEntryRequest(
            price_book_id=book.id, product_id=gone.id
        )
    )
    ann.call(PRODUCTS).RetireProduct(product_service_pb2.RetireProductRequest(id=gone.id))

    regions.carry()

    for table in ("products", "price_books", "price_book_entries", "price_rules"):
        in_hub, elsewhere = regions.rows(table)
        assert elsewhere == in_hub != [], table
    [entry] = regions.other.table("price_book_entries")
    assert (entry["list_price_minor"], entry["version"]) == (1100, 2)
    ask = price_service_pb2.ExplainPriceRequest(
        product_id=goods.id, quantity=100, price_book_id=book.id
    )
    explained = eva.call(PRICES).ExplainPrice(ask)
    assert explained == ann.call(PRICES).ExplainPrice(ask)
    assert explained.unit_price.amount_minor == 871


def test_removal_travels(regions: TwoRegions, people: tuple[Caller, Caller]) -> None:
    book, rule = price_book(people[0]), price_rule(people[0])
    regions.carry()
    delete_book = price_book_service_pb2.DeletePriceBookRequest(id=book.id)
    people[0].call(PRICE_BOOKS).DeletePriceBook(delete_book)
    delete_rule = price_rule_service_pb2.DeletePriceRuleRequest(id=rule.id)
    people[0].call(PRICE_RULES).DeletePriceRule(delete_rule)

    regions.carry()

    assert regions.rows("price_books") == ([], [])
    assert regions.rows("price_rules") == ([], [])


def test_what_one_customer_pays_stays_where_the_customer_lives(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    ann, eva = people
    global_rule = price_rule(ann)
    mine = price_rule(ann, account_id=account(ann).id)
    here = account(eva)
    local = price_rule(eva, account_id=here.id)
    regions.carry()

    ids = [{row["id"] for row in rows} for rows in regions.rows("price_rules")]
    assert ids == [{global_rule.id, mine.id}, {global_rule.id, local.id}]
    rules = eva.call(PRICE_RULES)
    to_local = price_rule_service_pb2.UpdatePriceRuleRequest(
        price_rule={"id": global_rule.id, "account_id": here.id}
    )
    to_global = price_rule_service_pb2.UpdatePriceRuleRequest(
        price_rule={"id": local.id}, update_mask={"paths": ["account_id"]}
    )
    gone = price_rule_service_pb2.DeletePriceRuleRequest(id=global_rule.id)
    for write in (
        lambda: price_rule(eva),
        lambda: rules.UpdatePriceRule(to_local),
        lambda: rules.UpdatePriceRule(to_global),
        lambda: rules.DeletePriceRule(gone),
    ):
        assert refusal_of(write).reason == "WRITTEN_IN_HUB"
    rename = {"id": local.id, "name": "Ours"}
    rules.UpdatePriceRule(price_rule_service_pb2.UpdatePriceRuleRequest(price_rule=rename))
    assert [row["version"] for row in regions.rows("price_rules")[1]] in ([1, 2], [2, 1])


def test_a_rule_that_becomes_one_customers_leaves_the_others(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    rule = price_rule(people[0])
    regions.beat()
    narrowed = {"id": rule.id, "account_id": account(people[0]).id}
    request = price_rule_service_pb2.UpdatePriceRuleRequest(price_rule=narrowed)
    people[0].call(PRICE_RULES).UpdatePriceRule(request)

    regions.beat()

    assert len(regions.rows("price_rules")[0]) == 1
    assert regions.rows("price_rules")[1] == []
    assert replica(people[1], REPLICA).state == CURRENT


def test_an_offer_goes_on_when_its_product_is_retired_in_the_hub(
    regions: TwoRegions, people: tuple[Caller, Caller]
) -> None:
    ann, eva = people
    book, goods, other = price_book(ann), product(ann, "SAN-1"), product(ann, "SAN-2")
    list_prices(ann, book.id, **{goods.id: 1000, other.id: 500})
    regions.carry()
    offer = sent_quote(eva, Shop(account(eva).id, book.id, goods.id, other.id))

    ann.call(PRODUCTS).RetireProduct(product_service_pb2.RetireProductRequest(id=goods.id))
    regions.carry()

    request = quote_service_pb2.AcceptQuoteRequest(id=offer.id, acceptance_reference="PO 1")
    accepted = eva.call(QUOTES).AcceptQuote(request)
    assert accepted.state == quote_pb2.QUOTE_STATE_ACCEPTED
    again = refusal_of(lambda: sent_quote(eva, Shop(account(eva).id, book.id, goods.id, other.id)))
    assert again.reason == "PRODUCT_RETIRED"
