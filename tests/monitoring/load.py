"""A little, steady traffic, so that there are shares of failures and events to be late."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import requests

from tests.faults.clerks import Clerk, Ledger, Refusal
from tests.faults.region import Region
from tests.journeys.level0.people import Company, Person

#: Seconds after which a client gives a request up.
_REQUEST_TIMEOUT = 2
_READ_PAUSE, _WRITE_PAUSE, _WORK_PAUSE, _CASE_PAUSE = 0.4, 0.5, 2.0, 8.0
_PATIENCE = 10.0


@dataclass(frozen=True)
class _Reader:
    person: str
    path: str
    number: int = 1


_READERS = (
    # As many as keep all connections of a serving process busy while they wait.
    _Reader("sara", "/sales/v1/accounts", 6),
    _Reader("mei", "/marketing/v1/leads"),
    _Reader("susan", "/service/v1/cases"),
    _Reader("sara", "/partners/v1/partners"),
    _Reader("administrator", "/directory/v1/users"),
)


def promise_answers(susan: Person) -> None:
    """Promise a first response within a minute, for every case."""
    hours = {"name": "Round the clock", "time_zone": "UTC", "round_the_clock": True}
    policy = susan.post(
        "/service/v1/sla_policies",
        {
            "name": "Hasty",
            "entitlement_kind": "ENTITLEMENT_KIND_DEFAULT",
            "calendar_id": susan.post("/service/v1/calendars", hours)["id"],
            "targets": [{"priority": "CASE_PRIORITY_NORMAL", "first_response_minutes": 1}],
        },
    )
    susan.post(f"/service/v1/sla_policies/{policy['id']}:activate")


@contextlib.contextmanager
def working(region: Region) -> Iterator[None]:
    """The traffic while the block runs."""
    load = Load(region)
    load.start()
    try:
        yield
    finally:
        load.stop()


class Load:
    """Readers of every service and people who enter leads, take them all the way, and take cases that
    nobody answers in time; until stopped.
    """

    def __init__(self, region: Region) -> None:
        """Logs everybody in."""
        self._region = region
        company = Company.at(region.address, region.password())
        promise_answers(company.susan)
        accounts = company.sara.get("/sales/v1/accounts")["accounts"]
        self._case = {"subject": "It does not start", "account_id": accounts[0]["id"]}
        self._tokens = {
            name: getattr(company, name).authorization
            for name in ("administrator", "mei", "sara", "susan")
        }
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(reader,))
            for reader in _READERS
            for _ in range(reader.number)
        ]
        self._threads += [
            threading.Thread(target=self._enter_leads),
            threading.Thread(target=self._take_cases),
            threading.Thread(target=self._convert_leads),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End it, and wait for the last answers."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _read(self, reader: _Reader) -> None:
        while not self._stopping.wait(_READ_PAUSE):
            self._send(reader.person, "GET", reader.path)

    def _enter_leads(self) -> None:
        number = 0
        while not self._stopping.wait(_WRITE_PAUSE):
            number += 1
            self._send("mei", "POST", "/marketing/v1/leads", {"company": f"Company {number}"})

    def _take_cases(self) -> None:
        while not self._stopping.wait(_CASE_PAUSE):
            self._send("susan", "POST", "/service/v1/cases", self._case)

    def _convert_leads(self) -> None:
        clerk = Clerk(self._region, Ledger(), "monitoring", patience=_PATIENCE)
        for number in itertools.count():
            if self._stopping.wait(_WORK_PAUSE):
                return
            # Whoever gives up while something is frozen goes on with the next lead.
            with contextlib.suppress(Refusal):
                clerk.convert(number)

    def _send(self, person: str, method: str, path: str, body: object = None) -> None:
        """Send a request; whatever becomes of it, the metrics tell."""
        headers = {
            "X-Request-Timeout": str(_REQUEST_TIMEOUT),
            "Authorization": self._tokens[person],
        }
        try:
            requests.request(
                method, self._region.address + path, json=body, headers=headers, timeout=_PATIENCE
            )
        except requests.RequestException:
            return
