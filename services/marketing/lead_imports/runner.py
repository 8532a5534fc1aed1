"""Turning the rows of a file into leads, some at a time (a timer calls this).

Each batch is one transaction: its leads, its errors, its events and the count of rows done. Whoever takes
over after a crash starts behind the last batch; two that work at once find the version changed, and one stops.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from meridian.marketing.v1 import lead_pb2, lead_service_pb2

from chassis import validation
from chassis.app import App, Transaction
from chassis.errors import Aborted, Invalid
from chassis.extensions import values
from services.marketing.lead_imports import csv_file, store
from services.marketing.lead_imports.csv_file import Header
from services.marketing.lead_imports.domain import LeadImport, LeadImportState
from services.marketing.lead_imports.store import RowError
from services.marketing.leads import store as leads
from services.marketing.leads.domain import Lead

log = logging.getLogger(__name__)

_BATCH = 500
_LEASE = timedelta(seconds=60)
_COMPACT_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")


def run_open_imports(app: App) -> None:
    """Work on every import that has rows left and that nobody else works on."""
    while (lead_import := _claim(app)) is not None:
        try:
            _run(app, lead_import)
        except Aborted:
            log.info("import %s was changed by somebody else; left to them", lead_import.id)
            return


def _claim(app: App) -> LeadImport | None:
    with app.transaction() as tx:
        lead_import = store.next_open(tx)
        if lead_import is None:
            return None
        lead_import.lease_time = tx.now + _LEASE
        store.save(tx, lead_import)
    return lead_import


def _run(app: App, lead_import: LeadImport) -> None:
    rows = csv_file.rows(store.file_of(app, lead_import.id))
    header = csv_file.header(next(rows), lead_import.mapping)
    left = enumerate(rows, 1)
    batches = itertools.islice(left, lead_import.rows_done, None)
    while lead_import.state is not LeadImportState.FINISHED:
        batch = list(itertools.islice(batches, _BATCH))
        with app.transaction() as tx:
            _settle(tx, lead_import, header, batch)
    log.info("import %s finished: %d rows", lead_import.id, lead_import.rows_total)


def _settle(
    tx: Transaction, lead_import: LeadImport, header: Header, batch: Sequence[tuple[int, list[str]]]
) -> None:
    good: list[Lead] = []
    failed: list[RowError] = []
    for number, cells in batch:
        try:
            lead = _lead(tx, lead_import, header.values(cells), number)
            lead.extensions = values.read(tx, leads.RESOURCE, header.extension_texts(cells))
            values.check(tx, leads.RESOURCE, lead)
            good.append(lead)
        except Invalid as wrong:
            failed += [
                RowError(number, each.field.removeprefix("lead."), each.reason, each.params, cells)
                for each in wrong.violations
            ]
    known = leads.known(tx, good)
    new = list(
        {key: lead for lead in good if (key := leads.source_key(lead)) not in known}.values()
    )
    if new:
        created = [lead.capture(at=tx.now) for lead in new]
        leads.add_all(tx, new)
        values.keep(tx, leads.RESOURCE, *new)
        tx.announce(*created)
    store.add_errors(tx, lead_import.id, failed)
    lead_import.advance(
        created=len(new),
        skipped=len(good) - len(new),
        failed=len(batch) - len(good),
        flagged=sum(lead.duplicate_match != "none" for lead in new),
        at=tx.now,
    )
    lead_import.lease_time = tx.now + _LEASE
    store.save(tx, lead_import)
    if lead_import.state is LeadImportState.FINISHED:
        store.drop_file(tx, lead_import.id)


def _lead(tx: Transaction, lead_import: LeadImport, cells: dict[str, str], number: int) -> Lead:
    wanted: dict[str, Any] = dict(cells)
    wanted["birth_date"] = _COMPACT_DATE.sub(r"\1-\2-\3", cells.get("birth_date", ""))
    wanted["country"] = cells.get("country", "").upper() or lead_import.default_country
    validation.check(lead_service_pb2.CreateLeadRequest(lead=lead_pb2.Lead(**wanted)))
    wanted["source_reference"] = (
        cells.get("source_reference") or f"{lead_import.digest[:16]}:{number}"
    )
    lead = Lead(
        id=tx.new_id("lead"),
        source=lead_import.source,
        campaign_id=lead_import.campaign_id,
        business_unit_id=lead_import.business_unit_id,
    )
    lead.revise(wanted)
    return lead
