"""Customers who go to live in other regions while links are cut and processes die, each along a route."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cli.processes import wait_until
from tests.faults.person import Person, Refusal
from tests.regions import convergence
from tests.regions.company import Company

#: Where they live first, and where they go then.
ROUTES = (
    ("na", "emea"),
    ("emea", "na", "emea"),
    ("apac", "emea", "apac"),
    ("na", "apac", "emea"),
)
_MOVES = "/directory/v1/customer_moves"
_OPEN = {f"CUSTOMER_MOVE_STATE_{each}" for each in ("PROPOSED", "COPYING", "DEPARTING")}
_GLANCE = 0.5
#: Seconds that a move may take while everything is done to hinder it.
_PATIENCE = 200.0
#: The longest that somebody stays where they are, in seconds.
_REST = 8.0


@dataclass(frozen=True)
class Leg:
    """One move."""

    from_region: str
    to_region: str
    move_id: str
    state: str
    seconds: float


@dataclass
class Traveller:
    """A customer, and the paths of all records that were entered for them, by kind."""

    name: str
    route: tuple[str, ...]
    account_id: str = ""
    paths: dict[str, str] = field(default_factory=dict)
    legs: list[Leg] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def home(self) -> str:
        """Where they live in the end."""
        return self.route[-1]

    @property
    def ids(self) -> list[str]:
        """The ids of their records."""
        return [path.rpartition("/")[2] for path in self.paths.values()]


class Journeys:
    """Enters the travellers, and sends each along their route."""

    def __init__(self, company: Company, run: str, seed: int) -> None:
        self.answers: Counter[str] = Counter()
        self.travellers = [
            Traveller(f"Traveller {number} {run}", route) for number, route in enumerate(ROUTES)
        ]
        self._company = company
        self._run = run
        self._seed = seed
        self._owners = {name: sara_of(person) for name, person in company.people.items()}
        self._threads = [
            threading.Thread(target=self._travel, args=(each,), name=each.name)
            for each in self.travellers
        ]

    def prepare(self) -> None:
        """Enter them all, with something of everything, once every region has the price books.

        Raises TimeoutError.
        """
        if not wait_until(self._has_prices, _PATIENCE, _GLANCE):
            raise TimeoutError("reference data did not come everywhere")
        for each in self.travellers:
            self._enter(each)

    def begin(self) -> None:
        """Let them go."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Return when all have arrived, or nothing can be hoped for."""
        for thread in self._threads:
            thread.join()

    def legs(self) -> Iterator[tuple[Traveller, Leg]]:
        """Every move, and whose it was."""
        for each in self.travellers:
            for leg in each.legs:
                yield each, leg

    def _has_prices(self) -> bool:
        return all(check.holds for check in convergence.mirrored(self._company))

    def _enter(self, who: Traveller) -> None:
        people = {
            name: self._person(who.route[0], f"{name}@meridian.example")
            for name in ("sara", "arun")
        }
        Furnishing(who, people).furnish()

    def _travel(self, who: Traveller) -> None:
        dice = random.Random(f"{self._seed} {who.name}")
        for origin, target in zip(who.route, who.route[1:], strict=False):
            time.sleep(dice.uniform(0, _REST))
            try:
                self._move(who, origin, target)
            except Refusal as refusal:
                who.failures.append(f"{origin} to {target}: {refusal}")
                return

    def _move(self, who: Traveller, origin: str, target: str) -> None:
        begin = time.monotonic()
        administrator = self._person(origin, "administrator@meridian.example")
        move = self._propose(administrator, who, target)

        def closed() -> bool:
            move.update(administrator.do("GET", f"{_MOVES}/{move['id']}"))
            return move["state"] not in _OPEN

        if not wait_until(closed, _PATIENCE, _GLANCE):
            raise Refusal("MOVE_HANGS", f"{move}")
        seconds = time.monotonic() - begin
        who.legs.append(Leg(origin, target, move["id"], move["state"], seconds))
        if move.get("failure"):
            raise Refusal(move["failure"]["reason"], f"{move['failure']}")

    def _propose(self, administrator: Person, who: Traveller, target: str) -> dict[str, Any]:
        """Ask until the region has heard that the customer lives there."""
        body = {
            "account_id": who.account_id,
            "to_region": target,
            "owner_id": self._owners[target],
            "reason": "They travel.",
        }
        key = f"{self._run}-{who.account_id}-{len(who.legs)}"
        made: dict[str, Any] = {}

        def proposed() -> bool:
            try:
                made.update(administrator.do("POST", _MOVES, body, key))
            except Refusal as refusal:
                if refusal.reason != "CUSTOMER_LIVES_ELSEWHERE":
                    raise
            return bool(made)

        if not wait_until(proposed, _PATIENCE, _GLANCE):
            raise Refusal("CUSTOMER_LIVES_ELSEWHERE", f"{target} for {_PATIENCE:.0f} s")
        return made

    def _person(self, region: str, email: str) -> Person:
        return Person(self._company.regions[region], email, self.answers)


@dataclass(frozen=True)
class Furnishing:
    """What one customer orders and complains about."""

    who: Traveller
    people: dict[str, Person]

    def furnish(self) -> None:
        """Enter it."""
        self._customer()
        self._order()
        self._complain()

    def _customer(self) -> None:
        number, address = self.who.name.split()[1], self.who.name.replace(" ", "-").lower()
        mail = {"type": "IDENTIFIER_TYPE_EMAIL", "value": f"{address}@travel.example"}
        account = self._make("account", "/sales/v1/accounts", name=self.who.name)
        self.who.account_id = account
        role = {"account_id": account, "role": "BUYING_ROLE_DECISION_MAKER"}
        self._make(
            "contact",
            "/sales/v1/contacts",
            given_name="Ada",
            family_name=f"Traveller {number}",
            identifiers=[mail],
            roles=[role],
        )
        self._make(
            "opportunity",
            "/sales/v1/opportunities",
            name="Storage",
            account_id=account,
            amount={"currency": "USD", "amount_minor": "100000"},
            product_line="cloud",
            expected_close_date="2027-02-28",
        )
        self._make(
            "task",
            "/sales/v1/activities",
            kind="ACTIVITY_KIND_TASK",
            title="Call Ada",
            subject_id=self._id("opportunity"),
        )

    def _order(self) -> None:
        sara = self.people["sara"]
        book = sara.do("GET", "/sales/v1/price_books")["price_books"][0]["id"]
        products = sara.do("GET", "/sales/v1/products")["products"]
        product = next(each["id"] for each in products if each["sku"] == "CLD-STO")
        quote = self._make(
            "quote",
            "/sales/v1/quotes",
            name="Two terabytes",
            account_id=self.who.account_id,
            contact_id=self._id("contact"),
            opportunity_id=self._id("opportunity"),
            price_book_id=book,
            valid_until_date="2027-12-31",
            lines=[{"product_id": product, "quantity": "2"}],
        )
        for verb, body in (
            ("submit", {}),
            ("send", {}),
            ("accept", {"acceptance_reference": "PO-1"}),
        ):
            sara.do("POST", f"/sales/v1/quotes/{quote}:{verb}", body)
        order = self._make("order", "/sales/v1/orders", quote_id=quote)
        for verb in ("place", "confirm"):
            sara.do("POST", f"/sales/v1/orders/{order}:{verb}", {})

    def _complain(self) -> None:
        arun = self.people["arun"]
        case = self._make(
            "case",
            "/service/v1/cases",
            who="arun",
            subject="Files are gone",
            description="Since this morning.",
            kind="CASE_KIND_COMPLAINT",
            account_id=self.who.account_id,
            contact_id=self._id("contact"),
        )
        for body in ("We look for them.", "We have found them."):
            message = {"kind": "MESSAGE_KIND_PUBLIC_REPLY", "body": body}
            arun.do("POST", f"/service/v1/cases/{case}/messages", message)
        self._make(
            "reminder",
            "/sales/v1/activities",
            kind="ACTIVITY_KIND_TASK",
            title="Apologise",
            subject_id=case,
        )

    def _make(self, noun: str, path: str, /, who: str = "sara", **body: Any) -> str:
        made = str(self.people[who].do("POST", path, body, f"{self.who.name} {noun}")["id"])
        self.who.paths[noun] = f"{path}/{made}"
        return made

    def _id(self, kind: str) -> str:
        return self.who.paths[kind].rpartition("/")[2]


def sara_of(administrator: Person) -> str:
    """The user of a region to whom those who come to it belong."""
    users = administrator.do("GET", "/directory/v1/users?page_size=200")["users"]
    return next(str(each["id"]) for each in users if each["email"] == "sara@meridian.example")
