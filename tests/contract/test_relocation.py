"""What a service keeps of a customer leaves one database and arrives in another unchanged, on every engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.app import App, Transaction
from chassis.database import Database, UtcDateTime
from chassis.errors import Invalid, Refused
from chassis.manifest import Service
from chassis.relocation import reading, store, writing
from chassis.relocation.declaration import Estate, table_of
from chassis.relocation.rows import Rows
from chassis.relocation.store import UNSURE, Piece, Relocation, RelocationState
from chassis.relocation.tables import NEVER, OVER
from chassis.relocation.writing import Owner
from chassis.telemetry.logs import blotted
from services.marketing.manifest import SERVICE as MARKETING
from services.sales.manifest import SERVICE as SALES
from services.service.manifest import SERVICE as SERVICE_

ACCOUNT = "account_na_1"
OWNER = Owner("user_emea_1", "team_emea_1", "bu_emea_1")
MOMENT = datetime(2026, 11, 22, 20, 15, 30, 123456, tzinfo=UTC)
#: Values without which a row does not belong to a customer, or does not travel.
_GIVEN = {"conversions": {"state": "done"}, "articles": {"scope": "global"}}
MakeDatabase = Callable[[Service], Database]


def value(column: sa.Column[Any]) -> Any:
    """Something that this column can hold, such that a conversion would show."""
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return MOMENT
    if isinstance(kind, sa.JSON):
        return {"b": [1, 0.1, None, "机"], "a": {"c": True}}
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Double):
        return 0.1
    if isinstance(kind, sa.BigInteger):
        return 1 << 40
    if isinstance(kind, sa.Integer):
        return 7
    return f"机 {column.name}"[: getattr(kind, "length", None) or 100]


class Region:
    """A database of one service in one region."""

    def __init__(self, name: str, service: Service, database: Database) -> None:
        self.app = App(service, database, name)
        self.name = name

    def fill(self, estate: Estate) -> None:
        """A row in each table of the estate, each hanging on those before it."""
        rows: dict[str, dict[str, Any]] = {}
        with self.app.transaction() as tx:
            for belonging in estate.belongings:
                table = belonging.table
                if table.name in rows:
                    continue
                on = belonging.on[0] if belonging.on else None
                anchor = rows[table_of(on).name][on.name] if on is not None else ACCOUNT
                row = self._row(table, {belonging.column.name: anchor})
                for naming in estate.naming:
                    if naming.table is table:
                        named = f"{table_of(naming.names).name}_{self.name}"
                        naming.put(row, named)
                rows[table.name] = row
                tx.execute(sa.insert(table), row)

    def furnish(self, estate: Estate) -> None:
        """What each region has for itself, called the same in both; and what both have as it is."""
        with self.app.transaction() as tx:
            own = {table_of(naming.names) for naming in estate.naming}
            for table in sorted(own, key=tx.service.metadata.sorted_tables.index):
                ids = {"id": f"{table.name}_{self.name}", "name": "Gold"}
                tx.execute(sa.insert(table), self.row_of_own(table, ids))
            mine = {*own, *estate.tables.values()}
            for column in (column for table in estate.tables.values() for column in table.c):
                for key in column.foreign_keys:
                    if key.column.table not in mine:
                        shared = self._row(key.column.table, {"id": value(column)})
                        tx.execute(sa.insert(key.column.table), shared)

    def row_of_own(self, table: sa.Table, given: Mapping[str, Any]) -> dict[str, Any]:
        """A row of what each region has for itself, hanging on others of this region."""
        parents = {
            column.name: f"{key.column.table.name}_{self.name}"
            for column in table.c
            for key in column.foreign_keys
        }
        return self._row(table, parents | dict(given))

    def holding(self, tx: Transaction, estate: Estate) -> reading.Holding:
        return reading.read(tx, estate, [ACCOUNT], locking=True)

    def _row(self, table: sa.Table, given: Mapping[str, Any]) -> dict[str, Any]:
        return {c.name: value(c) for c in table.c} | _GIVEN.get(table.name, {}) | dict(given)


@pytest.fixture(params=[SALES, SERVICE_, MARKETING], ids=lambda service: service.name)
def regions(request: pytest.FixtureRequest, any_database: MakeDatabase) -> tuple[Region, Region]:
    """na, where the customer is, and emea."""
    service: Service = request.param
    na, emea = (
        Region(name, service, any_database(replace(service, name=f"{service.name}{suffix}")))
        for name, suffix in (("na", ""), ("emea", "2"))
    )
    for each in (na, emea):
        each.furnish(service.estate)
    na.fill(service.estate)
    return na, emea


def test_every_row_arrives_as_it_left(regions: tuple[Region, Region]) -> None:
    na, emea = regions
    estate = na.app.service.estate

    with na.app.transaction() as tx:
        holding = na.holding(tx, estate)
        reading.delete(tx, estate, holding)
        left = na.holding(tx, estate)
    with emea.app.transaction() as tx:
        rows = Rows.of_pieces(b"".join(holding.rows.pieces()))
        writing.insert(tx, estate, rows, OWNER)
        again = reading.read_again(tx, estate, rows)
        found = emea.holding(tx, estate)

    assert {name: len(found) for name, found in rows.tables.items()} == dict.fromkeys(
        estate.tables, 1
    )
    assert left.is_empty
    assert again.digest == found.rows.digest == rows.digest == holding.rows.digest


def test_what_is_there_already_is_named_and_nothing_is_inserted(
    regions: tuple[Region, Region],
) -> None:
    na, emea = regions
    estate = na.app.service.estate
    with na.app.transaction() as tx:
        rows = na.holding(tx, estate).rows
    last = list(estate.tables)[-1]
    with emea.app.transaction() as tx:
        writing.insert(tx, estate, rows, OWNER)
        before = emea.holding(tx, estate).rows
        tx.execute(sa.delete(estate.tables[last]))

    with pytest.raises(Refused) as refused, emea.app.transaction() as tx:
        writing.insert(tx, estate, rows, OWNER)

    assert refused.value.reason == "RELOCATION_CONFLICT"
    first = next(iter(estate.tables))
    assert refused.value.params["subject"].startswith(f"{first}.")
    with emea.app.transaction() as tx:
        assert emea.holding(tx, estate).rows.count == before.count - 1


@pytest.mark.parametrize(
    "regions", [SALES, SERVICE_], indirect=True, ids=lambda service: service.name
)
def test_of_several_that_are_called_so_the_one_in_force_is_taken(
    regions: tuple[Region, Region],
) -> None:
    na, emea = regions
    estate = na.app.service.estate
    namings = [each for each in estate.naming if each.preferring is not None]
    assert namings
    with na.app.transaction() as tx:
        rows = na.holding(tx, estate).rows
    with emea.app.transaction() as tx:
        for table in {table_of(each.names) for each in namings}:
            tx.execute(sa.update(table).values(state="active"))
            newer: dict[str, Any] = {each.name: None for each in table.c if each.nullable}
            newer |= {"id": "newer", "name": "Gold", "state": "retired"}
            newer["create_time"] = MOMENT + timedelta(hours=1)
            tx.execute(sa.insert(table), emea.row_of_own(table, newer))

        writing.insert(tx, estate, rows, OWNER)

        for naming in namings:
            (row,) = tx.execute(sa.select(naming.table)).mappings()
            assert naming.value_in(dict(row)) == f"{table_of(naming.names).name}_emea"


def test_rows_of_another_release_are_refused(regions: tuple[Region, Region]) -> None:
    na, emea = regions
    estate = na.app.service.estate
    with na.app.transaction() as tx:
        rows = na.holding(tx, estate).rows
    first = next(iter(rows.tables))
    newer = dict(rows.tables) | {first: [row | {"shoe_size": 43} for row in rows.tables[first]]}

    for wrong in (newer, dict(rows.tables) | {"shoes": []}):
        with pytest.raises(Invalid) as refused, emea.app.transaction() as tx:
            writing.insert(tx, estate, Rows(wrong), OWNER)

        assert refused.value.reason == "RELOCATION_MALFORMED"


def test_only_one_looks_at_a_relocation_at_a_time(any_database: MakeDatabase) -> None:
    app = App(SALES, any_database(SALES))
    begun = relocation("move_na_2", RelocationState.COPYING)
    with app.transaction() as tx:
        store.add(tx, begun)

    with app.transaction() as tx:
        mine = store.claim(tx, timedelta(seconds=30))
        again = store.claim(tx, timedelta(seconds=30))

    assert (mine and mine.id, again) == (begun.id, None)


@pytest.mark.parametrize(
    ("arriving", "state"),
    [("move_emea_3", RelocationState.CLOSED), ("move_emea_1", RelocationState.DEPARTED)],
)
def test_who_comes_back_by_a_later_move_is_followed_no_more(
    any_database: MakeDatabase, arriving: str, state: RelocationState
) -> None:
    app = App(SALES, any_database(SALES))
    with app.transaction() as tx:
        store.add(tx, relocation("move_na_2", RelocationState.DEPARTED))
        store.meet(tx, ACCOUNT, arriving)
        met = store.hold(tx, "move_na_2")

    assert met is not None
    assert met.state is state
    assert (met.due_time is None) == (state is RelocationState.CLOSED)


def relocation(move_id: str, state: RelocationState) -> Relocation:
    """A part that leaves for emea."""
    return Relocation(
        move_id, ACCOUNT, "emea", *vars(OWNER).values(), state=state, known_ids=(ACCOUNT,)
    )


def test_pieces_are_kept_once_and_dropped_with_their_claims(any_database: MakeDatabase) -> None:
    app = App(SALES, any_database(SALES))
    pieces = [
        Piece(
            "move_na_1",
            digest,
            number,
            2,
            "na",
            ACCOUNT,
            *vars(OWNER).values(),
            b"\x00x",
            claim,
            MOMENT,
        )
        for digest, claim in (("a" * 64, 1), ("b" * 64, 2))
        for number in (1, 0)
    ]
    with app.transaction() as tx:
        for piece in (*pieces, pieces[0]):
            store.put_piece(tx, piece)
        kept = store.pieces(tx, "move_na_1", "a" * 64)
        store.drop_copies(tx, "move_na_1", below=2)
        left = [store.pieces(tx, "move_na_1", digest * 64) for digest in "ab"]

    assert kept == [pieces[1], pieces[0]]
    assert [len(each) for each in left] == [0, 2]


def test_copies_are_kept_from_the_latest_claim_on(any_database: MakeDatabase) -> None:
    app = App(SALES, any_database(SALES))

    with app.transaction() as tx:
        kept = [store.raise_to(tx, "move_na_1", claim) for claim in (2, 1, 2, 3, OVER, 4)]
        another = store.raise_to(tx, "move_na_2", 1)

    assert kept == [True, False, True, True, True, False]
    assert another


def test_by_which_claim_a_customer_arrived_is_known_until_they_go_on(
    any_database: MakeDatabase,
) -> None:
    app = App(SALES, any_database(SALES))

    with app.transaction() as tx:
        store.raise_to(tx, "move_na_2", 4)
        before = store.arrived(tx, "move_na_1"), store.arrived(tx, "move_na_2")
        store.note_arrival(tx, "move_na_2", 3)
        after = store.arrived(tx, "move_na_2")
        store.add(tx, relocation("move_emea_3", RelocationState.DEPARTED))
        gone = [store.has_gone_on(tx, ACCOUNT, f"move_na_{each}") for each in (2, 4)]

    assert (before, after, gone) == ((NEVER, NEVER), 3, [True, False])


@pytest.mark.parametrize(
    ("owner", "state"),
    [(UNSURE, RelocationState.CLOSED), ("user_emea_1", RelocationState.DEPARTED)],
)
def test_what_was_forgotten_is_not_looked_for_when_they_come_back(
    any_database: MakeDatabase, owner: str, state: RelocationState
) -> None:
    app = App(SALES, any_database(SALES))
    left = replace(relocation("move_na_2", RelocationState.DEPARTED), owner_id=owner)
    with app.transaction() as tx:
        store.add(tx, left)
        store.close_forgotten(tx, ACCOUNT, "move_emea_1")
        before = store.hold(tx, left.id)
        store.close_forgotten(tx, ACCOUNT, "move_emea_3")
        after = store.hold(tx, left.id)

    assert [each and each.state for each in (before, after)] == [RelocationState.DEPARTED, state]


def test_who_looks_later_takes_over(any_database: MakeDatabase) -> None:
    app = App(SALES, any_database(SALES))
    with app.transaction() as tx:
        store.add(tx, relocation("move_na_2", RelocationState.COPYING))

    with app.transaction() as tx:
        claims = [store.claim(tx, timedelta(0)) for _ in range(2)]

    assert [each and each.claim for each in claims] == [1, 2]


def test_a_refused_row_is_not_quoted(any_database: MakeDatabase) -> None:
    app = App(SALES, any_database(SALES))
    row = {"move_id": "move_na_1", "end_time": MOMENT, "claim": OVER}
    table = SALES.metadata.tables["relocation_ends"]

    with pytest.raises(sa.exc.IntegrityError) as refused, app.transaction() as tx:
        tx.execute(sa.insert(table), [row, row])

    assert "move_na_1" not in blotted(str(refused.value))
