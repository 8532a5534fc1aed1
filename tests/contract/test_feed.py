"""The change feed misses nothing and gives nothing twice, on every database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from google.protobuf.message import Message
from meridian.sales.events.v1 import account_events_pb2, order_events_pb2, product_events_pb2

from chassis.app import App
from chassis.database import Database
from chassis.errors import Invalid, Refused
from chassis.feed import cursors, numbers, reading
from chassis.feed.reading import Page
from chassis.manifest import Service
from services.sales.manifest import SERVICE

MOMENT = datetime(2026, 11, 22, 9, tzinfo=UTC)
CONFIRMED = order_events_pb2.OrderConfirmed
CREATED = account_events_pb2.AccountCreated


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), "na", clock=lambda: MOMENT)


def announced(app: App, *record_ids: str, kind: type[Message] = CREATED) -> list[int]:
    """Records are announced in one transaction; the positions of their events in the outbox."""
    id_field = kind.DESCRIPTOR.fields[0].name
    with app.transaction() as tx:
        tx.announce(*(kind(**{id_field: record_id}) for record_id in record_ids))
    outbox = SERVICE.metadata.tables["outbox"].c
    with app.reading() as tx:
        found = sa.select(outbox.position).where(outbox.aggregate_id.in_(record_ids))
        return list(tx.execute(found.order_by(outbox.position)).scalars())


def published(app: App, positions: Sequence[int], at: datetime = MOMENT) -> None:
    with app.database.writing() as connection:
        numbers.publish(connection, SERVICE.metadata, positions, at)


def read(
    app: App, cursor: str = "", size: int = 100, types: Sequence[str] = (), from_now: bool = False
) -> tuple[list[str], Page]:
    """The records that the next events are about, and the page itself."""
    with app.reading() as tx:
        page = reading.read_on(tx, cursor, size, types, from_now)
    return [row.headers["ce-subject"] for row in page.rows], page


def test_what_was_published_is_read_once_in_its_order(app: App) -> None:
    positions = announced(app, *(f"account_na_{n}" for n in range(5)))
    published(app, positions)
    seen: list[str] = []
    found, page = read(app, size=2)
    while found:
        seen += found
        assert page.more == (len(seen) < 5)
        found, page = read(app, page.cursor, size=2)
    assert seen == [f"account_na_{n}" for n in range(5)]


def test_what_is_published_later_comes_though_its_position_is_smaller(app: App) -> None:
    early, late = announced(app, "account_na_early", "account_na_late")
    published(app, [late])
    found, page = read(app)
    assert found == ["account_na_late"]
    published(app, [early])
    assert read(app, page.cursor)[0] == ["account_na_early"]


def test_what_is_not_published_yet_is_not_shown(app: App) -> None:
    announced(app, "account_na_1")
    found, page = read(app)
    assert (found, page.more) == ([], False)
    published(app, announced(app, "account_na_2"))
    assert read(app, page.cursor)[0] == ["account_na_2"]


def test_what_is_published_again_is_not_given_again(app: App) -> None:
    positions = announced(app, "account_na_1")
    published(app, positions)
    _, page = read(app)
    published(app, positions)
    assert read(app, page.cursor)[0] == []
    assert read(app)[0] == ["account_na_1"]


def test_types_are_chosen_and_what_is_of_others_is_not_looked_at_again(app: App) -> None:
    published(app, announced(app, "account_na_1"))
    published(app, announced(app, "order_na_2", kind=CONFIRMED))
    published(app, announced(app, "account_na_3"))
    wanted = [CONFIRMED.DESCRIPTOR.full_name]
    found, page = read(app, types=wanted)
    assert found == ["order_na_2"]
    assert cursors.read(page.cursor, cursors.identity("sales", "na", wanted)).publication == 4
    published(app, announced(app, "order_na_4", kind=CONFIRMED))
    assert read(app, page.cursor, types=wanted)[0] == ["order_na_4"]


def test_who_reads_from_now_gets_what_comes_after(app: App) -> None:
    published(app, announced(app, "account_na_1"))
    found, page = read(app, from_now=True)
    assert (found, page.more) == ([], False)
    published(app, announced(app, "account_na_2"))
    assert read(app, page.cursor)[0] == ["account_na_2"]


@pytest.mark.parametrize(
    "wrong",
    [
        "meridian.sales.events.v1.Nothing",
        "meridian.marketing.events.v1.LeadCreated",
        "meridian.sales.v1.Account",
        "AccountCreated",
    ],
)
def test_a_type_that_sales_does_not_announce_is_refused(app: App, wrong: str) -> None:
    with pytest.raises(Invalid) as error:
        read(app, types=[wrong])
    assert error.value.reason == "EVENT_TYPE_UNKNOWN"


def test_a_cursor_of_other_types_or_of_nothing_is_refused(app: App) -> None:
    cursor = read(app, types=[CREATED.DESCRIPTOR.full_name])[1].cursor
    product = product_events_pb2.ProductMirrored.DESCRIPTOR.full_name
    for text, types in ((cursor, [product]), (cursor, []), ("AAAA", []), ("é", []), ("W10", [])):
        with pytest.raises(Invalid) as error:
            read(app, text, types=types)
        assert error.value.reason == "CURSOR_INVALID", text


def test_a_cursor_and_from_now_contradict_each_other(app: App) -> None:
    with pytest.raises(Invalid) as error:
        read(app, read(app)[1].cursor, from_now=True)
    assert error.value.reason == "CURSOR_NOT_WANTED"


def test_a_cursor_behind_which_something_may_be_gone_is_refused(app: App) -> None:
    published(app, announced(app, "account_na_1", "account_na_2"), MOMENT - timedelta(days=7))
    cursor = read(app, size=1)[1].cursor
    with pytest.raises(Refused) as error:
        read(app, cursor)
    assert error.value.reason == "CURSOR_TOO_OLD"


def test_who_has_read_everything_may_stay_away_for_a_week(app: App) -> None:
    published(app, announced(app, "account_na_1"), MOMENT - timedelta(days=6))
    cursor = read(app)[1].cursor
    week = App(SERVICE, app.database, "na", clock=lambda: MOMENT + timedelta(days=6, hours=23))
    assert read(week, cursor)[0] == []


def test_a_cursor_of_a_future_that_was_given_up_is_refused(app: App) -> None:
    published(app, announced(app, "account_na_1"))
    cursor = read(app)[1].cursor
    with app.transaction() as tx:
        numbers.begin_new_life(tx)
    with pytest.raises(Refused) as error:
        read(app, cursor)
    assert error.value.reason == "CURSOR_OVERTAKEN"
    found, page = read(app)
    assert found == ["account_na_1"]
    assert read(app, page.cursor)[0] == []


def test_who_reads_the_very_first_publication_knows_of_which_life_it_is(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may come between the two looks that a reading takes."""
    published(app, announced(app, "account_na_1"))
    looks = iter([numbers.Progress()])
    monkeypatch.setattr(reading, "progress", lambda tx: next(looks, None) or numbers.progress(tx))
    found, page = read(app)
    assert found == ["account_na_1"]
    with app.transaction() as tx:
        numbers.begin_new_life(tx)
    with pytest.raises(Refused) as error:
        read(app, page.cursor)
    assert error.value.reason == "CURSOR_OVERTAKEN"
