"""People who convert leads through the public API and do not give up: they repeat a request, with its
idempotency key, until it is answered. What they were told is kept, to be compared with what is stored.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.person import PAUSE, Person, Refusal
from tests.faults.region import Region

EMAIL = "sara@meridian.example"
_PATIENCE = 240.0


@dataclass
class Ledger:
    """What all clerks saw: ids by lead number, answers by status, and what nobody should see."""

    leads: dict[int, str] = field(default_factory=dict)
    conversions: dict[int, str] = field(default_factory=dict)
    opportunities: dict[int, str] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    """When (Unix seconds) each change was promised to be kept, by its idempotency key."""
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Clerk:
    """One person at the API."""

    def __init__(
        self, region: Region, ledger: Ledger, name: str, patience: float = _PATIENCE
    ) -> None:
        """name: of this run, part of every idempotency key. patience: seconds to repeat a request."""
        self._ledger = ledger
        self._name = name
        self._patience = patience
        self._person = Person(region, EMAIL, ledger.answers, patience)

    def convert(self, number: int) -> None:
        """Take a lead all the way: create, work, qualify, convert, win."""
        lead = self._do(number, "create", "POST", "/marketing/v1/leads", _lead(number))
        self._ledger.leads[number] = lead["id"]
        path = f"/marketing/v1/leads/{lead['id']}"
        self._do(number, "work", "POST", f"{path}:work", {})
        self._do(number, "qualify", "POST", f"{path}:qualify", {})
        conversion = self._converted(number, lead["id"])
        self._ledger.conversions[number] = conversion["id"]
        opportunity = conversion["opportunity_id"]
        self._do(number, "win", "POST", f"/sales/v1/opportunities/{opportunity}:win", {})
        self._ledger.opportunities[number] = opportunity

    def _converted(self, number: int, lead_id: str) -> dict[str, Any]:
        plan = {"opportunity": {"name": f"Deal {number}", "amount": amount(number)}}
        path = f"/marketing/v1/leads/{lead_id}:convert"
        try:
            conversion = self._do(number, "convert", "POST", path, {"plan": plan})
        except Refusal as refusal:
            if refusal.reason != "LEAD_CLOSED":  # it was converted, only the answer was lost
                raise
            lead = self._do(number, "look", "GET", f"/marketing/v1/leads/{lead_id}")
            conversion = {"id": lead["conversion_id"], "state": ""}
        deadline = time.monotonic() + self._patience
        while conversion["state"] != "CONVERSION_STATE_DONE":
            if time.monotonic() > deadline:
                raise Refusal("STUCK", f"conversion {conversion['id']} is {conversion['state']}")
            time.sleep(PAUSE)
            path = f"/marketing/v1/conversions/{conversion['id']}"
            conversion = self._do(number, "look", "GET", path)
        return conversion

    def _do(self, number: int, step: str, method: str, path: str, body: object = None) -> Any:
        key = f"{self._name}-{number}-{step}" if method == "POST" else ""
        answer = self._person.do(method, path, body, key)
        if key:
            self._ledger.answered[key] = time.time()
        return answer


def amount(number: int) -> dict[str, object]:
    """What the deal of a lead is worth; each amount is another one."""
    return {"currency": "EUR", "amount_minor": str(10_000 + number)}


def work(region: Region, name: str, leads: int, clerks: int, done: Callable[[int], None]) -> Ledger:
    """Convert so many leads with so many clerks; done(n) is called after each."""
    ledger = Ledger()
    numbers = iter(range(leads))
    lock = threading.Lock()

    def labour() -> None:
        clerk = Clerk(region, ledger, name)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                clerk.convert(number)
            except Exception as error:  # whatever it is, the run goes on and the table shows it
                ledger.failures.append(f"lead {number}: {error!r}")
            with lock:
                done(len(ledger.opportunities))

    threads = [threading.Thread(target=labour, name=f"clerk {n}") for n in range(clerks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ledger


def _lead(number: int) -> dict[str, str]:
    return {
        "given_name": f"Given{number}",
        "family_name": f"Family{number}",
        "company": f"Company {number}",
        "email": f"person{number}@company{number}.example",
        "source": "faults",
    }
