"""What people do in all regions at once while links are cut: customers that the regions share, products in
the hub, deals for the same customers. What they were told is kept, to be compared with what is stored.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.person import Person, Refusal
from tests.faults.region import Region
from tests.regions.company import HUB, Company

SARA = "sara@meridian.example"
_PAUSE = 0.1
#: One deal for so many customers: deals take five requests each.
_DEAL_EVERY = 4


@dataclass
class Ledger:
    """What the people of one region were told: ids by customer number, and when."""

    run: str
    accounts: dict[int, str] = field(default_factory=dict)
    deals: dict[int, str] = field(default_factory=dict)
    products: dict[int, str] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    """When (monotonic seconds) each change was promised to be kept, by its idempotency key."""
    answers: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Labour:
    """The work in one region, until it is told to stop."""

    def __init__(
        self, name: str, region: Region, run: str, stopping: threading.Event, pause: float
    ) -> None:
        """run: part of every key and name, so that runs on the same data do not meet. pause: seconds
        between two customers.
        """
        self.ledger = Ledger(run)
        self._name = name
        self._run = run
        self._stopping = stopping
        self._pause = pause
        self._sara = Person(region, SARA, self.ledger.answers)
        self._partner = ""
        self.thread = threading.Thread(target=self._work, name=f"labour in {name}")

    def prepare(self) -> None:
        """Have a partner whose deals can be registered."""
        self._partner = onboard(self._sara, self._run)

    def _work(self) -> None:
        number = 0
        while not self._stopping.wait(self._pause):
            try:
                self._serve(number)
            except Refusal as refusal:
                self.ledger.failures.append(f"{self._name} {number}: {refusal}")
            number += 1

    def _serve(self, number: int) -> None:
        """A customer; now and then a deal with them; in the hub a product too."""
        email = f"customer{number}@{self._run}.example"
        identifier = {"type": "IDENTIFIER_TYPE_EMAIL", "value": email}
        account = {"name": f"Customer {number} {self._run}", "identifiers": [identifier]}
        self.ledger.accounts[number] = self._create("/sales/v1/accounts", account, number)
        if self._name == HUB:
            product = {
                "sku": f"P-{self._run}-{number}",
                "name": f"Product {number}",
                "kind": "PRODUCT_KIND_GOODS",
                "product_line": "storage",
                "unit": "piece",
            }
            self.ledger.products[number] = self._create("/sales/v1/products", product, number)
        if number % _DEAL_EVERY == 0:
            self._register(number)

    def _register(self, number: int) -> None:
        """A deal whose customer and product line are the same in all regions, up to its approval."""
        deal = {
            "partner_id": self._partner,
            "customer": {
                "name": f"Customer {number} {self._run}",
                "tax_id": f"DE{self._run}{number:06}",
                "country": "DE",
            },
            "product_line": "storage",
            "expected_amount": {"currency": "EUR", "amount_minor": "100000"},
            "expected_close_date": "2027-02-28",
        }
        made = self._create("/partners/v1/deals", deal, number)
        self.ledger.deals[number] = made
        for verb in ("submit", "review", "approve"):
            try:
                self._do(f"/partners/v1/deals/{made}:{verb}", {}, number, verb)
            except Refusal as refusal:
                self.ledger.refusals[refusal.reason] += 1
                return

    def _create(self, path: str, body: dict[str, Any], number: int) -> str:
        return str(self._do(path, body, number, "create")["id"])

    def _do(self, path: str, body: dict[str, Any], number: int, step: str) -> Any:
        key = key_of(self._run, path, number, step)
        answer = self._sara.do("POST", path, body, key)
        self.ledger.answered[key] = time.monotonic()
        return answer


def key_of(run: str, path: str, number: int, step: str) -> str:
    """The idempotency key of a step for a customer; of creations the step is "create"."""
    return f"{run}-{path.split('/')[3]}-{number}-{step}"


def everywhere(
    company: Company,
    run: str,
    stopping: threading.Event,
    pause: float = _PAUSE,
    names: Iterable[str] = (),
) -> dict[str, Labour]:
    """The work in each region, or in those of these names, prepared and not begun."""
    labours = {
        name: Labour(name, company.regions[name], run, stopping, pause)
        for name in names or company.regions
    }
    for labour in labours.values():
        labour.prepare()
    return labours


def onboard(person: Person, run: str) -> str:
    """The id of an active partner."""

    def do(path: str, body: dict[str, Any]) -> Any:
        return person.do("POST", path, body, f"{run}-{path.rpartition(':')[2]}-{body.get('check')}")

    made = do(
        "/partners/v1/partners",
        {
            "name": f"Partner {run}",
            "legal_name": f"Partner {run} Ltd",
            "registration_number": f"R-{run}",
            "tax_id": f"P{run}",
            "country": "DE",
            "contacts": [{"name": "Ada Stone", "email": "ada@partner.example"}],
        },
    )
    path = f"/partners/v1/partners/{made['id']}"
    do(f"{path}:examine", {})
    for check in (
        "COMPANY_REGISTER",
        "BENEFICIAL_OWNERS",
        "SANCTIONS",
        "ANTI_CORRUPTION",
        "CREDITWORTHINESS",
    ):
        result = {
            "check": f"DUE_DILIGENCE_CHECK_{check}",
            "result": "DUE_DILIGENCE_RESULT_PASSED",
            "evidence": "Extract of 2026-11-22",
        }
        do(f"{path}:check", result)
    terms = {"tier": "PARTNER_TIER_SILVER", "commission_rate_bp": 500, "currency": "EUR"}
    do(f"{path}:offerAgreement", terms)
    do(f"{path}:signAgreement", {"agreement_reference": "A-1", "agreement_date": "2026-11-20"})
    do(f"{path}:activate", {})
    return str(made["id"])
