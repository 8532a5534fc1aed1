"""The leads' store keeps its promises on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from meridian.marketing.v1.lead_service_pb2 import ListLeadsRequest

from chassis.app import App, Transaction
from chassis.database import Database
from chassis.errors import Aborted
from chassis.manifest import Service
from chassis.migrate import differences
from services.marketing.leads import duplicates, store
from services.marketing.leads.domain import DuplicateMatch, Lead, LeadState
from services.marketing.manifest import SERVICE

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def add(app: App, **fields: str) -> Lead:
    with app.transaction() as tx:
        lead = Lead(id=tx.new_id("lead"), **fields)
        store.add(tx, lead)
    return lead


def test_the_migrated_database_is_the_one_the_code_means(app: App) -> None:
    assert differences(SERVICE, app.database) == []


def test_a_lead_comes_back_as_it_was_written(app: App) -> None:
    lead = add(app, family_name="王", interest="数据仓库 \U0001f680", email="wang@example.com")

    with app.reading() as tx:
        assert store.get(tx, lead.id) == lead
    assert lead.create_time == MOMENT


def test_two_changes_of_the_same_version_cannot_both_win(app: App) -> None:
    lead = add(app, company="Acme")
    with app.reading() as tx:
        first, second = store.get(tx, lead.id), store.get(tx, lead.id)

    first.work(at=MOMENT)
    second.qualify(at=MOMENT)
    save(app, first)
    with pytest.raises(Aborted):
        save(app, second)

    with app.reading() as tx:
        assert store.get(tx, lead.id).state is LeadState.WORKING


def test_lists_compare_exactly_and_page_without_gaps(app: App) -> None:
    for company in ("b", "B", "a", "ä", "A_1", "AX1"):
        add(app, company=company)

    assert companies(app, order_by="company") == ["AX1", "A_1", "B", "a", "b", "ä"]
    assert companies(app, order_by="company", filter='company = "A_*"') == ["A_1"]
    assert companies(app, order_by="company desc", filter='company != "b"', page_size=2) == [
        "ä",
        "a",
        "B",
        "A_1",
        "AX1",
    ]


def test_a_new_lead_is_flagged_by_any_key_of_many_that_are_looked_up(app: App) -> None:
    add(app, company="Acme", postal_code="1000", email="li@acme.example")
    with app.transaction() as tx:
        new = [
            Lead(id=tx.new_id("lead"), company=f"Company {number}", postal_code="1000")
            for number in range(300)
        ]
        new[7].company, new[299].email = "ACME", "LI@acme.example"
        store.add_all(tx, new)

    flagged = [lead for lead in new if lead.duplicate_match is not DuplicateMatch.NONE]
    assert flagged == [new[7], new[299]]


def test_how_much_is_read_for_a_new_lead_does_not_grow_with_its_duplicates(
    service_database_url: Callable[[Service], str],
) -> None:
    app = App(SERVICE, Database(service_database_url(SERVICE)), clock=lambda: MOMENT)
    with app.transaction() as tx:
        store.add_all(tx, [_acme(tx) for _ in range(2000)])
    with app.database.writing() as connection:
        connection.execute(sa.text("ANALYZE lead_keys"))

    with app.transaction() as tx:
        before = _rows_read(tx)
        lead = _acme(tx)
        store.add(tx, lead)
        read = _rows_read(tx) - before

    assert lead.duplicate_match is DuplicateMatch.EXACT
    assert 0 < read <= 2 * len(duplicates.keys(lead))  # an entry of the index and its row
    app.database.close()


def test_the_exact_duplicates_come_first_however_many_others_there_are(
    service_database_url: Callable[[Service], str],
) -> None:
    app = App(SERVICE, Database(service_database_url(SERVICE)), clock=lambda: MOMENT)
    with app.transaction() as tx:
        others = [Lead(id=tx.new_id("lead"), email="LI@acme.example") for _ in range(1500)]
        exact = _acme(tx)
        lead = _acme(tx)
        store.add_all(tx, [*others, exact, lead])
    with app.database.writing() as connection:
        connection.execute(sa.text("ANALYZE lead_keys"))

    with app.reading() as tx:
        before = _rows_read(tx)
        found = store.duplicates_of(tx, lead)
        read = _rows_read(tx) - before

    assert len(found) == 100
    assert found[0] == (exact.id, DuplicateMatch.EXACT, ["company", "email"])
    assert found[1] == (min(other.id for other in others), DuplicateMatch.NORMALISED, ["email"])
    assert 0 < read < 1500
    app.database.close()


def _acme(tx: Transaction) -> Lead:
    return Lead(id=tx.new_id("lead"), company="Acme", postal_code="1000", email="li@acme.example")


def _rows_read(tx: Transaction) -> int:
    """How many rows of the keys this transaction has read, by PostgreSQL's own count."""
    counted = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'lead_keys'"
    return int(tx.execute(sa.text(counted)).scalar_one())


def save(app: App, lead: Lead) -> None:
    with app.transaction() as tx:
        store.save(tx, lead)


def companies(app: App, **query: str | int) -> list[str]:
    found, token = [], ""
    while True:
        with app.reading() as tx:
            page = store.LISTING.page(tx, ListLeadsRequest(page_token=token, **query))
        found += [row.company for row in page.rows]
        token = page.next_page_token
        if not token:
            return found
