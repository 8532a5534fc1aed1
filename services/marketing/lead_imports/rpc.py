"""LeadImportService over gRPC. Each method's errors are stated in lead_import_service.proto."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from collections.abc import Iterator

from google.api import httpbody_pb2
from meridian.marketing.v1 import lead_import_pb2, lead_import_service_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid
from chassis.messages import Catalogue
from chassis.records import to_proto, to_protos
from chassis.server import Servicer
from services.marketing.lead_imports import csv_file, store
from services.marketing.lead_imports.domain import LeadImport

#: Characters that make a spreadsheet take a cell for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class LeadImportService(Servicer):
    """Importing files of leads."""

    descriptor = lead_import_service_pb2.DESCRIPTOR.services_by_name["LeadImportService"]

    def CreateLeadImport(
        self, requests: Iterator[lead_import_service_pb2.CreateLeadImportRequest], call: Call
    ) -> lead_import_pb2.LeadImport:
        """Check and keep a file; its rows become leads in the background."""
        first = next(requests, None) or lead_import_service_pb2.CreateLeadImportRequest()
        with self.transaction(call) as tx:
            lead_import = LeadImport(
                id=tx.new_id("limp"),
                source=first.source or "import",
                campaign_id=first.campaign_id,
                file_name=first.file_name,
                default_country=first.default_country,
                mapping=tuple(first.mapping),
            )
            tables.own(tx, lead_import)
            store.add(tx, lead_import)
            _take(tx, lead_import, (each.content for each in itertools.chain([first], requests)))
            same = store.same_file(tx, lead_import)
            if same is not None:
                store.remove(tx, lead_import)
                return tx.reply(to_proto(same, lead_import_pb2.LeadImport))
            store.save(tx, lead_import)
            return tx.reply(to_proto(lead_import, lead_import_pb2.LeadImport))

    def GetLeadImport(
        self, request: lead_import_service_pb2.GetLeadImportRequest, call: Call
    ) -> lead_import_pb2.LeadImport:
        """Read one import, with its progress."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), lead_import_pb2.LeadImport)

    def ListLeadImports(
        self, request: lead_import_service_pb2.ListLeadImportsRequest, call: Call
    ) -> lead_import_service_pb2.ListLeadImportsResponse:
        """Page through the imports that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return lead_import_service_pb2.ListLeadImportsResponse(
            lead_imports=to_protos(page.rows, lead_import_pb2.LeadImport),
            next_page_token=page.next_page_token,
        )

    def CancelLeadImport(
        self, request: lead_import_service_pb2.CancelLeadImportRequest, call: Call
    ) -> lead_import_pb2.LeadImport:
        """Stop an import; the leads that it has created stay."""
        with self.transaction(call) as tx:
            lead_import = store.get(tx, request.id, request.etag)
            lead_import.cancel(at=tx.now)
            store.save(tx, lead_import)
            store.drop_file(tx, lead_import.id)
            return tx.reply(to_proto(lead_import, lead_import_pb2.LeadImport))

    def DownloadLeadImportErrors(
        self, request: lead_import_service_pb2.DownloadLeadImportErrorsRequest, call: Call
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """The rows that failed, as CSV."""
        with self.reading(call) as tx:
            lead_import = store.get(tx, request.id)
        texts = Catalogue(self.app.service.folder)
        yield _csv([["row", "field", "reason", "what_to_do", "cells…"]])
        for row in store.errors_of(self.app, lead_import.id):
            text = texts.text(row.reason, row.params, call.language)
            yield _csv([[row.row_number, row.field, row.reason, text, *map(_inert, row.cells)]])


def _take(tx: Transaction, lead_import: LeadImport, pieces: Iterator[bytes]) -> None:
    """Keep the file piece by piece while reading it to its end. Raises Invalid for what is wrong with it."""
    digest = hashlib.sha256()

    def kept() -> Iterator[bytes]:
        for number, content in enumerate(filter(None, pieces)):
            store.add_piece(tx, lead_import.id, number, content)
            digest.update(content)
            lead_import.size_bytes += len(content)
            yield content

    rows = csv_file.rows(kept())
    cells = next(rows, None)
    if cells is None:
        raise Invalid("IMPORT_EMPTY", field="content")
    lead_import.ignored_columns = csv_file.header(cells, lead_import.mapping).ignored
    lead_import.rows_total = sum(1 for _ in rows)
    if not lead_import.rows_total:
        raise Invalid("IMPORT_EMPTY", field="content")
    lead_import.digest = digest.hexdigest()[:40]


def _csv(rows: list[list[object]]) -> httpbody_pb2.HttpBody:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return httpbody_pb2.HttpBody(
        content_type="text/csv; charset=utf-8", data=text.getvalue().encode()
    )


def _inert(cell: str) -> str:
    """A cell that a spreadsheet shows instead of running it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
