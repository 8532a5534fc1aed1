"""PriceBookService: list prices over gRPC. Each method's errors are stated in price_book_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.sales.v1 import price_book_pb2, price_book_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.sales.price_books import store
from services.sales.price_books.domain import PriceBook, PriceBookEntry, check_entries
from services.sales.products import store as products


class PriceBookService(Servicer):
    """Price books and their entries."""

    descriptor = price_book_service_pb2.DESCRIPTOR.services_by_name["PriceBookService"]

    def CreatePriceBook(
        self, request: price_book_service_pb2.CreatePriceBookRequest, call: Call
    ) -> price_book_pb2.PriceBook:
        """Open an empty price book."""
        with self.transaction(call) as tx:
            book = PriceBook(id=tx.new_id("book"), **from_proto(request.price_book, PriceBook))
            book.open()
            store.add(tx, book)
            return tx.reply(to_proto(book, price_book_pb2.PriceBook))

    def GetPriceBook(
        self, request: price_book_service_pb2.GetPriceBookRequest, call: Call
    ) -> price_book_pb2.PriceBook:
        """Read one price book."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), price_book_pb2.PriceBook)

    def ListPriceBooks(
        self, request: price_book_service_pb2.ListPriceBooksRequest, call: Call
    ) -> price_book_service_pb2.ListPriceBooksResponse:
        """Page through the price books."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return price_book_service_pb2.ListPriceBooksResponse(
            price_books=to_protos(page.rows, price_book_pb2.PriceBook),
            next_page_token=page.next_page_token,
        )

    def UpdatePriceBook(
        self, request: price_book_service_pb2.UpdatePriceBookRequest, call: Call
    ) -> price_book_pb2.PriceBook:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.price_book, request.update_mask.paths)
        with self.transaction(call) as tx:
            book = store.get(tx, request.price_book.id, request.price_book.etag)
            book.revise(from_proto(request.price_book, PriceBook, paths))
            store.save(tx, book)
            return tx.reply(to_proto(book, price_book_pb2.PriceBook))

    def DeletePriceBook(
        self, request: price_book_service_pb2.DeletePriceBookRequest, call: Call
    ) -> Empty:
        """Remove a price book that has no entries."""
        with self.transaction(call) as tx:
            store.remove(tx, store.get(tx, request.id, request.etag))
            return tx.reply(Empty())

    def UpsertPriceBookEntries(
        self, request: price_book_service_pb2.UpsertPriceBookEntriesRequest, call: Call
    ) -> price_book_service_pb2.UpsertPriceBookEntriesResponse:
        """Write many list prices at once."""
        entries = [PriceBookEntry(**from_proto(each, PriceBookEntry)) for each in request.entries]
        with self.transaction(call) as tx:
            book = store.get(tx, request.price_book_id)
            store.hold(tx, book.id)
            known = products.find(tx, [entry.product_id for entry in entries])
            check_entries(book, entries, set(known))
            upserted = store.upsert(tx, book.id, entries)
            return tx.reply(
                to_proto(upserted, price_book_service_pb2.UpsertPriceBookEntriesResponse)
            )

    def ListPriceBookEntries(
        self, request: price_book_service_pb2.ListPriceBookEntriesRequest, call: Call
    ) -> price_book_service_pb2.ListPriceBookEntriesResponse:
        """Page through the entries of a book."""
        with self.reading(call) as tx:
            book = store.get(tx, request.price_book_id)
            of_book = store.price_book_entries.c.price_book_id == book.id
            page = store.ENTRIES.page(tx, request, of_book)
        return price_book_service_pb2.ListPriceBookEntriesResponse(
            entries=to_protos(page.rows, price_book_pb2.PriceBookEntry),
            next_page_token=page.next_page_token,
        )

    def DeletePriceBookEntry(
        self, request: price_book_service_pb2.DeletePriceBookEntryRequest, call: Call
    ) -> Empty:
        """Take one product out of a book."""
        with self.transaction(call) as tx:
            book = store.get(tx, request.price_book_id)
            store.remove_entry(tx, book.id, request.product_id)
            return tx.reply(Empty())
