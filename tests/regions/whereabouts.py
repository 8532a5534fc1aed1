"""Where the rows of travelling customers are: each in one region, as it was before they left."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import sqlalchemy as sa

from chassis.app import App, Transaction
from chassis.database import Database
from chassis.relocation import reading
from chassis.relocation.reading import Holding
from chassis.relocation.tables import PIECES, RELOCATIONS
from chassis.settings import SERVICES
from cli.assembly import manifest
from tests.faults.person import Person
from tests.faults.reconciliation import Check
from tests.regions.company import Company
from tests.regions.travellers import Journeys, Traveller

KEEPERS = tuple(name for name in SERVICES if RELOCATIONS in manifest(name).metadata.tables)
#: By service and traveller, what of them was there before they left.
Inventory = Mapping[tuple[str, str], Holding]


def inventory(company: Company, journeys: Journeys) -> Inventory:
    """What of the travellers is where they live first."""
    found = {}
    for traveller in journeys.travellers:
        for service in KEEPERS:
            with _reading(company, traveller.route[0], service) as tx:
                found[service, traveller.name] = _holding(tx, service, traveller)
    return found


def checks(company: Company, journeys: Journeys, before: Inventory) -> Iterator[Check]:
    """All that must hold once they have arrived."""
    for traveller in journeys.travellers:
        yield Check(f"{traveller.name}: failures", [], traveller.failures)
        states = [leg.state.rpartition("_")[2] for leg in traveller.legs]
        yield Check(f"{traveller.name}: moves", ["DONE"] * (len(traveller.route) - 1), states)
    for name in company.regions:
        for service in KEEPERS:
            with _reading(company, name, service) as tx:
                yield from _kept(tx, name, service, journeys, before)
    yield from _verified(company, journeys)
    yield from _answered(company, journeys)


def _kept(
    tx: Transaction, region: str, service: str, journeys: Journeys, before: Inventory
) -> Iterator[Check]:
    """In one region: rows by their primary keys, and the digest of all that hangs on the customer."""
    copies = tx.execute(sa.select(sa.func.count()).select_from(tx.service.metadata.tables[PIECES]))
    yield Check(f"{region} {service}: pieces of copies", 0, copies.scalar_one())
    for traveller in journeys.travellers:
        was = before[service, traveller.name]
        lives_here = traveller.home == region
        expected = {table: len(keys) for table, keys in was.keys.items() if keys}
        what = f"{region} {service}: rows of {traveller.name}"
        yield Check(what, expected if lives_here else {}, _present(tx, was))
        if lives_here:
            now = _holding(tx, service, traveller)
            what = f"{region} {service}: digest of {traveller.name}"
            yield Check(what, was.rows.digest[:12], now.rows.digest[:12])


def _present(tx: Transaction, was: Holding) -> dict[str, int]:
    """How many of these rows are here, by table, whether or not anything leads to them."""
    found = {}
    for name, keys in was.keys.items():
        key = sa.tuple_(*tx.service.metadata.tables[name].primary_key)
        counted = sa.select(sa.func.count()).where(key.in_(keys))
        if keys and (number := tx.execute(counted).scalar_one()):
            found[name] = number
    return found


def _verified(company: Company, journeys: Journeys) -> Iterator[Check]:
    """The record of each move tells that everything that left arrived as it was."""
    records = {}
    for region in company.regions.values():
        for row in region.query("directory", "SELECT * FROM customer_moves"):
            records[row["id"]] = row
    for traveller, leg in journeys.legs():
        record = records[leg.move_id]
        wrong = [each for each in record["departures"] if each["digest"] != each["arrived_digest"]]
        what = f"{traveller.name} to {leg.to_region}: departures that have not arrived"
        yield Check(what, ([], None), (wrong, record["waiting_since_time"]))


def _answered(company: Company, journeys: Journeys) -> Iterator[Check]:
    """Old ids are answered by every gateway, to somebody who may read everything."""
    for name, region in company.regions.items():
        paula = Person(region, "paula@meridian.example", Counter())
        paula.do("GET", "/directory/v1/placements")
        wrong = [
            path
            for traveller in journeys.travellers
            for path in traveller.paths.values()
            if _status(paula, path) != requests.codes.ok
        ]
        yield Check(f"{name}: old ids that are not answered", [], wrong)


def _status(person: Person, path: str) -> int:
    answer = person.ask("GET", path)
    return 0 if answer is None else answer.status_code


def _holding(tx: Transaction, service: str, traveller: Traveller) -> Holding:
    return reading.read(tx, manifest(service).estate, [traveller.account_id, *traveller.ids])


@contextlib.contextmanager
def _reading(company: Company, region: str, service: str) -> Iterator[Transaction]:
    database = Database(company.regions[region].database_url(service), pool_size=1)
    with contextlib.closing(database):
        app: Any = App(manifest(service), database, region)
        with app.reading() as tx:
            yield tx
