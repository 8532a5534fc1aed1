"""QuoteService over gRPC. Each method's errors are stated in quote_service.proto."""

from __future__ import annotations

from typing import Any

from google.protobuf.empty_pb2 import Empty
from meridian.sales.events.v1 import quote_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.sales.v1 import quote_pb2, quote_service_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Refused
from chassis.money import Money
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.sales.customers import check_customer
from services.sales.discretion import quote_for
from services.sales.quotes import store, timers
from services.sales.quotes.domain import Quote, QuoteDeclineReason, greatest_limit, require_proof
from services.sales.quotes.drafting import LineWish, price_draft, wishes_of


class QuoteService(Servicer):
    """Offers: pricing, approval, sending, answering, revising."""

    descriptor = quote_service_pb2.DESCRIPTOR.services_by_name["QuoteService"]

    def CreateQuote(
        self, request: quote_service_pb2.CreateQuoteRequest, call: Call
    ) -> quote_pb2.Quote:
        """Draft an offer."""
        with self.transaction(call) as tx:
            quote = _new(tx.new_id("quote"), request.quote)
            tables.own(tx, quote)
            quote.check_validity(tx.now, "quote.valid_until_date")
            _check_customer(tx, quote)
            price_draft(tx, quote, _wishes(request.quote))
            store.add(tx, quote)
            return tx.reply(to_proto(quote, quote_pb2.Quote))

    def GetQuote(self, request: quote_service_pb2.GetQuoteRequest, call: Call) -> quote_pb2.Quote:
        """Read one offer."""
        with self.reading(call) as tx:
            return quote_for(call, to_proto(store.get(tx, request.id), quote_pb2.Quote))

    def ListQuotes(
        self, request: quote_service_pb2.ListQuotesRequest, call: Call
    ) -> quote_service_pb2.ListQuotesResponse:
        """Page through the offers that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request, store.received(tx))
        return quote_service_pb2.ListQuotesResponse(
            quotes=[quote_for(call, _summary(row)) for row in page.rows],
            next_page_token=page.next_page_token,
        )

    def UpdateQuote(
        self, request: quote_service_pb2.UpdateQuoteRequest, call: Call
    ) -> quote_pb2.Quote:
        """Change the fields of a draft named in update_mask, and price it anew."""
        paths = changed_paths(request.quote, request.update_mask.paths)
        with self.transaction(call) as tx:
            quote = store.get(tx, request.quote.id, request.quote.etag)
            quote.revise_draft(_changes(request.quote, paths))
            quote.check_validity(tx.now, "quote.valid_until_date")
            _check_customer(tx, quote)
            wishes = _wishes(request.quote) if "lines" in paths else wishes_of(quote)
            price_draft(tx, quote, wishes)
            store.save(tx, quote)
            return tx.reply(to_proto(quote, quote_pb2.Quote))

    def DeleteQuote(self, request: quote_service_pb2.DeleteQuoteRequest, call: Call) -> Empty:
        """Remove a draft that is the first version."""
        with self.transaction(call) as tx:
            quote = store.get(tx, request.id, request.etag)
            quote.check_deletable()
            store.remove(tx, quote)
            return tx.reply(Empty())

    def SubmitQuote(
        self, request: quote_service_pb2.SubmitQuoteRequest, call: Call
    ) -> quote_pb2.Quote:
        """Finish a draft; approved at once or waiting for approval."""
        with self.transaction(call) as tx:
            quote = store.get(tx, request.id, request.etag)
            submitted = quote.submit(call.identity.subject, _limit(tx), at=tx.now)
            store.save(tx, quote)
            tx.announce(submitted)
            return tx.reply(to_proto(quote, quote_pb2.Quote))

    def ApproveQuote(
        self, request: quote_service_pb2.ApproveQuoteRequest, call: Call
    ) -> quote_pb2.Quote:
        """Allow the discount of a submitted quote."""
        with self.transaction(call) as tx:
            quote = store.get(tx, request.id, request.etag)
            approved = quote.approve(call.identity.subject, _limit(tx))
            store.save(tx, quote)
            tx.announce(approved)
            return tx.reply(to_proto(quote, quote_pb2.Quote))

    def RejectQuote(
        self, request: quote_service_pb2.RejectQuoteRequest, call: Call
    ) -> quote_pb2.Quote:
        """Refuse the discount of a submitted quote."""
        with self.transaction(call) as tx:
            quote = store.get(tx, request.id, request.etag)
            rejected = quote.reject(call.identity.subject, request.note)
            store.save(tx, quote)
            tx.announce(rejected)
            return tx.reply(to_proto(quote, quote_pb2.Quote))

    def SendQuote(self, request: quote_service_pb2.SendQuoteRequest, call: Call) -> quote_pb2.Quote:
        """Record that an approved quote has gone to the customer."""
        with self.transaction(call) as tx:
            quote = store.get(tx, request.id, request.etag)
            sent = quote.send(at=tx.now)
            store.save(tx, quote)
            tx.announce(sent)
            return tx.reply(to_proto(quote, quote_pb2.Quote))

    def AcceptQuote(
        self, request: quote_service_pb2.AcceptQuoteRequest, call: Call
    ) -> quote_pb2.Quote:
        """Accept an offer, as the customer or on the customer's behalf."""
        if not call.identity.account_id:
            require_proof(request.acceptance_reference)
        self._refuse_overdue(request.id, call)
        with self.transaction(call) as tx:
            quote = store.get(tx, request.id, request.etag)
            reference = request.acceptance_reference
            accepted = quote.accept(call.identity.subject, reference, at=tx.now)
            store.save(tx, quote)
            tx.announce(accepted)
            return tx.reply(quote_for(call, to_proto(quote, quote_pb2.Quote)))

    def DeclineQuote(
        self, request: quote_service_pb2.DeclineQuoteRequest, call: Call
    ) -> quote_pb2.Quote:
        """Turn an offer down."""
        names = enum_names(quote_pb2.QuoteDeclineReason.DESCRIPTOR)
        reason = QuoteDeclineReason(names[request.reason])
        self._refuse_overdue(request.id, call)
        with self.transaction(call) as tx:
            quote = store.get(tx, request.id, request.etag)
            declined = quote.decline(reason, request.note, at=tx.now)
            store.save(tx, quote)
            tx.announce(declined)
            return tx.reply(quote_for(call, to_proto(quote, quote_pb2.Quote)))

    def ReviseQuote(
        self, request: quote_service_pb2.ReviseQuoteRequest, call: Call
    ) -> quote_pb2.Quote:
        """Draft the next version; this one is superseded."""
        with self.transaction(call) as tx:
            quote = store.get(tx, request.id, request.etag)
            successor, revised = quote.supersede(tx.new_id("quote"), request.valid_until_date)
            successor.check_validity(tx.now, "valid_until_date")
            price_draft(tx, successor, wishes_of(quote))
            store.save(tx, quote)
            store.add(tx, successor)
            tx.announce(revised)
            return tx.reply(to_proto(successor, quote_pb2.Quote))

    def _refuse_overdue(self, quote_id: str, call: Call) -> None:
        """Refused(QUOTE_EXPIRED) for an overdue offer, whose expiry is kept all the same."""
        with self.reading(call) as tx:
            quote = store.get(tx, quote_id)
        if quote.expire(at=call.now):
            with self.app.transaction() as tx:
                timers.expire(tx, quote_id)
            raise Refused("QUOTE_EXPIRED", date=quote.valid_until_date)


def _new(quote_id: str, message: quote_pb2.Quote) -> Quote:
    """The draft as the client gave it; its currency and its amounts come with its prices."""
    nothing = Money(0, "")
    return Quote(
        id=quote_id,
        series_id=quote_id,
        currency="",
        gross=nothing,
        subtotal=nothing,
        total=nothing,
        **_changes(message, [field.name for field in message.DESCRIPTOR.fields]),
    )


def _changes(message: quote_pb2.Quote, paths: list[str]) -> dict[str, Any]:
    return from_proto(message, Quote, [path for path in paths if path != "lines"])


def _wishes(message: quote_pb2.Quote) -> list[LineWish]:
    return [LineWish(**from_proto(line, LineWish)) for line in message.lines]


def _check_customer(tx: Transaction, quote: Quote) -> None:
    check_customer(tx, "quote", quote.account_id, quote.contact_id, quote.opportunity_id)


def _limit(tx: Transaction) -> int:
    roles = tx.call.identity.roles
    return greatest_limit(store.limits(tx, roles), roles)


def _summary(row: Any) -> quote_pb2.Quote:
    summary = to_proto(row, quote_pb2.Quote)
    for line in summary.lines:
        line.ClearField("price_steps")
    return summary
