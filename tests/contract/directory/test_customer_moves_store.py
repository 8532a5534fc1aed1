"""Customer moves are kept whole on every engine, and of each customer one at most is open (PLT-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from meridian.directory.v1.customer_move_service_pb2 import ListCustomerMovesRequest

from chassis.app import App
from chassis.database import Database
from chassis.errors import Aborted, AlreadyExists, NotFound
from chassis.manifest import Service
from services.directory.customer_moves import figures, store
from services.directory.customer_moves.departures import Rows
from services.directory.customer_moves.domain import CustomerMove, CustomerMoveState
from services.directory.customer_moves.parts import SERVICES
from services.directory.manifest import SERVICE
from services.directory.placements import store as placements
from services.directory.placements.domain import Placement
from services.directory.users import store as users
from services.directory.users.domain import User

MOMENT = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def begin(app: App, account_id: str = "account_na_1") -> CustomerMove:
    with app.transaction() as tx:
        move = CustomerMove(tx.new_id("move"), account_id, "emea", "user_emea_1", "总部迁往柏林")
        move.propose("na", "user_na_1", tx.now)
        store.add(tx, move)
    return move


def save(app: App, move: CustomerMove) -> None:
    with app.transaction() as tx:
        store.save(tx, move)


def test_a_move_comes_back_as_it_was_written(app: App) -> None:
    move = begin(app)
    move.answer("", "team_emea_1", "bu_emea_1", MOMENT)
    for service in SERVICES:
        move.copy(service, "d" * 64, 3, MOMENT)
    move.depart(MOMENT)
    move.hold_up("sales", "ORDER_OPEN", "order_na_1", MOMENT)
    move.note_departed("service", Rows("e" * 64, 2**40, MOMENT), MOMENT, MOMENT)
    move.note_arrived("service", Rows("e" * 64, 2**40, MOMENT), MOMENT)
    save(app, move)
    with app.reading() as tx:
        assert store.get(tx, move.id) == move

    failed = begin(app, "account_na_2")
    failed.refuse("sales", "ACCOUNT_NOT_FOUND", "account_na_2", MOMENT)
    save(app, failed)
    with app.transaction() as tx:
        assert store.lock(tx, failed.id) == failed
        assert store.lock(tx, "move_na_none") is None


def test_a_customer_has_one_open_move(app: App) -> None:
    first = begin(app)
    with pytest.raises(AlreadyExists, match="CUSTOMER_MOVE_OPEN") as refusal:
        begin(app)
    assert refusal.value.params == {"id": first.id}

    begin(app, "account_na_2")
    first.cancel("user_na_1", "a mistake", MOMENT)
    save(app, first)
    second = begin(app)
    second.cancel("user_na_1", "a mistake", MOMENT)
    save(app, second)
    begin(app)
    with app.reading() as tx:
        request = ListCustomerMovesRequest(filter='account_id = "account_na_1"')
        assert len(store.LISTING.page(tx, request).rows) == 3


def test_who_was_refused_can_write_something_else_in_the_same_transaction(app: App) -> None:
    first = begin(app)
    with app.transaction() as tx:
        move = CustomerMove("move_na_2", "account_na_1", "emea", "user_emea_1", "again")
        move.propose("na", "user_na_1", tx.now)
        with pytest.raises(AlreadyExists):
            store.add(tx, move)
        first.cancel("user_na_1", "a mistake", tx.now)
        store.save(tx, first)
        store.add(tx, move)
    with app.reading() as tx:
        assert store.get(tx, "move_na_2").state is CustomerMoveState.PROPOSED


def test_only_the_latest_version_can_be_changed(app: App) -> None:
    move = begin(app)
    with app.transaction() as tx:
        assert store.get_locked(tx, move.id, "1") == move
        with pytest.raises(Aborted, match="STALE_ETAG"):
            store.get_locked(tx, move.id, "2")
        with pytest.raises(NotFound):
            store.get_locked(tx, "move_na_none", "")
    save(app, move)
    move.version = 1
    with pytest.raises(Aborted, match="CONCURRENT_CHANGE"):
        save(app, move)


def told(app: App) -> dict[str, object]:
    with app.reading() as tx:
        return {figure.name: figure.read(tx) for figure in figures.FIGURES}


def test_what_hangs_can_be_seen(app: App) -> None:
    move = begin(app)
    app.clock = lambda: MOMENT + timedelta(hours=2, milliseconds=500)
    begin(app, "account_na_2")
    assert told(app) == {
        "open_customer_moves": {("proposed",): 2, ("copying",): 0, ("departing",): 0},
        "recent_customer_moves": {
            (state.value,): 2 * (state == "proposed") for state in CustomerMoveState
        },
        "open_customer_moves_oldest_age_seconds": {(): 7200},
    }

    move.cancel("user_na_1", "a mistake", MOMENT)
    save(app, move)
    assert told(app)["open_customer_moves_oldest_age_seconds"] == {(): 0}
    ended = told(app)["recent_customer_moves"]
    assert isinstance(ended, dict)
    assert (ended[("proposed",)], ended[("cancelled",)]) == (1, 1)


def test_where_a_record_lives_is_where_it_moved_or_was_born(app: App) -> None:
    with app.transaction() as tx:
        placements.put(tx, [Placement("account_na_1", "emea", MOMENT, "move_1", "account_na_1")])
        assert placements.home_of(tx, "account_na_1") == "emea"
        assert placements.home_of(tx, "account_apac_1") == "apac"
        assert placements.home_of(tx, "nonsense") == ""


def test_who_logs_in_for_a_customer_is_found(app: App) -> None:
    with app.transaction() as tx:
        user = User("user_na_1", email="a@x.org", name="A", account_id="account_na_1")
        user.create()
        users.add(tx, user)
        assert users.anybody_of_account(tx, "account_na_1")
        assert not users.anybody_of_account(tx, "account_na_2")
