"""PriceRuleService and PriceService over gRPC. Each method's errors are stated in their protos."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.sales.v1 import (
    channel_pb2,
    price_pb2,
    price_rule_pb2,
    price_rule_service_pb2,
    price_service_pb2,
)

from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.sales.accounts import store as accounts
from services.sales.price_books import store as price_books
from services.sales.price_books.domain import PriceBook, SalesChannel, check_date, choose_book
from services.sales.pricing import pricer, store
from services.sales.pricing.domain import PriceRule
from services.sales.products import store as products


class PriceRuleService(Servicer):
    """The rules by which prices are made."""

    descriptor = price_rule_service_pb2.DESCRIPTOR.services_by_name["PriceRuleService"]

    def CreatePriceRule(
        self, request: price_rule_service_pb2.CreatePriceRuleRequest, call: Call
    ) -> price_rule_pb2.PriceRule:
        """Lay down a rule."""
        with self.transaction(call) as tx:
            rule = PriceRule(id=tx.new_id("rule"), **from_proto(request.price_rule, PriceRule))
            rule.check()
            _check_scope(tx, rule)
            store.add(tx, rule)
            return tx.reply(to_proto(rule, price_rule_pb2.PriceRule))

    def GetPriceRule(
        self, request: price_rule_service_pb2.GetPriceRuleRequest, call: Call
    ) -> price_rule_pb2.PriceRule:
        """Read one rule."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), price_rule_pb2.PriceRule)

    def ListPriceRules(
        self, request: price_rule_service_pb2.ListPriceRulesRequest, call: Call
    ) -> price_rule_service_pb2.ListPriceRulesResponse:
        """Page through the rules."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return price_rule_service_pb2.ListPriceRulesResponse(
            price_rules=to_protos(page.rows, price_rule_pb2.PriceRule),
            next_page_token=page.next_page_token,
        )

    def UpdatePriceRule(
        self, request: price_rule_service_pb2.UpdatePriceRuleRequest, call: Call
    ) -> price_rule_pb2.PriceRule:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.price_rule, request.update_mask.paths)
        with self.transaction(call) as tx:
            rule = store.get(tx, request.price_rule.id, request.price_rule.etag)
            rule.revise(from_proto(request.price_rule, PriceRule, paths))
            _check_scope(tx, rule)
            store.save(tx, rule)
            return tx.reply(to_proto(rule, price_rule_pb2.PriceRule))

    def DeletePriceRule(
        self, request: price_rule_service_pb2.DeletePriceRuleRequest, call: Call
    ) -> Empty:
        """Remove a rule."""
        with self.transaction(call) as tx:
            store.remove(tx, store.get(tx, request.id, request.etag))
            return tx.reply(Empty())


class PriceService(Servicer):
    """Prices as quotes and orders compute them."""

    descriptor = price_service_pb2.DESCRIPTOR.services_by_name["PriceService"]

    def ExplainPrice(
        self, request: price_service_pb2.ExplainPriceRequest, call: Call
    ) -> price_pb2.PriceExplanation:
        """Compute what a product would cost, and say why."""
        check_date(request.on_date, "on_date")
        on_date = request.on_date or call.now.date().isoformat()
        channel = SalesChannel(enum_names(channel_pb2.SalesChannel.DESCRIPTOR)[request.channel])
        with self.reading(call) as tx:
            book = _book(tx, request, channel, on_date)
            terms = pricer.Terms(book, request.account_id, channel, on_date)
            wish = pricer.Wish(request.product_id, request.quantity, "product_id")
            [priced] = pricer.price_all(tx, terms, [wish])
        return to_proto(
            {
                "product_id": priced.product.id,
                "price_book_id": book.id,
                "quantity": priced.quantity,
                "list_price": priced.price.list_price,
                "unit_price": priced.price.unit_price,
                "amount": priced.price.unit_price.times(priced.quantity),
                "steps": priced.price.steps,
            },
            price_pb2.PriceExplanation,
        )


def _book(
    tx: Transaction,
    request: price_service_pb2.ExplainPriceRequest,
    channel: SalesChannel,
    on_date: str,
) -> PriceBook:
    if request.price_book_id:
        return pricer.named_book(tx, request.price_book_id, "price_book_id")
    return choose_book(
        price_books.in_currency(tx, request.currency),
        region=request.region,
        currency=request.currency,
        channel=channel,
        on_date=on_date,
    )


def _check_scope(tx: Transaction, rule: PriceRule) -> None:
    """Invalid(PRODUCT_NOT_FOUND, PRICE_BOOK_NOT_FOUND, ACCOUNT_NOT_FOUND) for a scope that does not exist."""
    if rule.product_id and not products.find(tx, [rule.product_id]):
        field = "price_rule.product_id"
        raise Invalid("PRODUCT_NOT_FOUND", field=field, product_id=rule.product_id)
    if rule.price_book_id:
        pricer.named_book(tx, rule.price_book_id, "price_rule.price_book_id")
    if rule.account_id and not accounts.find(tx, [rule.account_id]):
        field = "price_rule.account_id"
        raise Invalid("ACCOUNT_NOT_FOUND", field=field, account_id=rule.account_id)
