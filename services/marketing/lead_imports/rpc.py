"""LeadImportService over gRPC. Each method's errors are stated in lead_import_service.proto."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence

from google.api import httpbody_pb2
from meridian.marketing.v1 import lead_import_pb2, lead_import_service_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid
from chassis.exports import inert, part
from chassis.messages import Catalogue
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.marketing.campaigns import store as campaigns
from services.marketing.lead_imports import csv_file, store
from services.marketing.lead_imports.domain import LeadImport
from services.marketing.leads import store as leads


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
            campaigns.require(tx, lead_import.campaign_id, field="campaign_id")
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
        lead_import.require_failed_rows(at=call.now)
        texts = Catalogue(self.app.service.folder)
        yield part([["row", "field", "reason", "what_to_do", "cells…"]])
        for row in store.errors_of(self.app, lead_import.id):
            text = texts.text(row.reason, row.params, call.language)
            yield part([[row.row_number, row.field, row.reason, text, *map(inert, row.cells)]])


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
    header = csv_file.header(cells, lead_import.mapping)
    _require_declared(tx, header.extensions)
    lead_import.ignored_columns = header.ignored
    lead_import.rows_total = sum(1 for _ in rows)
    if not lead_import.rows_total:
        raise Invalid("IMPORT_EMPTY", field="content")
    lead_import.digest = digest.hexdigest()[:40]


def _require_declared(tx: Transaction, names: Sequence[str]) -> None:
    declared = tx.declarations.of(tx, leads.RESOURCE)
    active = [each.name for each in declared.values() if not each.retired]
    for name in names:
        if name not in active:
            known = ", ".join(active) or "–"
            raise Invalid("IMPORT_EXTENSION_UNKNOWN", field="content", name=name, declared=known)
