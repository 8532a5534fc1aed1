"""People at work: through the gateway, from where clients come."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cli.failure import Failure
from cli.rest import Rest
from tests.cluster.network import Place

_PAUSE_SECONDS = 0.02
#: Requests after which somebody logs in again, long before a token expires.
_REQUESTS_OF_A_SESSION = 200
_SOURCE = "cluster"


@dataclass(frozen=True)
class RestFrom(Rest):
    """The public API, called from a place."""

    place: Place = Place("", "")  # noqa: RUF009 - it is frozen

    def get(self, path: str) -> Any:
        """See Rest."""
        with self.place.entered():
            return super().get(path)

    def post(self, path: str, body: object, *, key: str = "") -> Any:
        """See Rest."""
        with self.place.entered():
            return super().post(path, body, key=key)


class LeadDesk:
    """Enters leads, which an event has a worker assign to an owner."""

    def __init__(self, sign_in: Callable[[], Rest]) -> None:
        self._sign_in = sign_in
        self._rest = sign_in()
        self.owner = self._rest.get("/directory/v1/me")["user"]["id"]
        rule = {
            "name": "All",
            "sources": [_SOURCE],
            "strategy": "ASSIGNMENT_STRATEGY_ROUND_ROBIN",
            "members": [{"user_id": self.owner}],
        }
        self._rest.post("/marketing/v1/assignment_rules", rule)

    def enter(self) -> str:
        """Log in and enter a new lead; gives its path."""
        self._rest = self._sign_in()
        lead = {"company": "Acme", "family_name": "Li", "source": _SOURCE}
        return f"/marketing/v1/leads/{self._rest.post('/marketing/v1/leads', lead)['id']}"

    def is_assigned(self, path: str) -> bool:
        """Whether a worker has handled the event of this lead."""
        return bool(self._rest.get(path).get("owner_id") == self.owner)


class Clients:
    """Two that go on working, each request on a connection of its own; nobody tries anything again."""

    def __init__(self, sign_in: Callable[[], Rest]) -> None:
        self.answered = 0
        self.failures: list[str] = []
        self._sign_in = sign_in
        self._done = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(action,)) for action in (_read, _write)
        ]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _work(self, action: Callable[[Rest, int], object]) -> None:
        rest = Rest("")
        for number in itertools.count():
            if self._done.wait(_PAUSE_SECONDS):
                return
            try:
                if number % _REQUESTS_OF_A_SESSION == 0:
                    rest = self._sign_in()
                action(rest, number)
                self.answered += 1
            except (Failure, OSError) as failure:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {failure!r}")


def _read(rest: Rest, number: int) -> object:
    lists = ("sales/v1/accounts", "marketing/v1/leads", "service/v1/cases", "directory/v1/users")
    return rest.get(f"/{lists[number % len(lists)]}?page_size=1")


def _write(rest: Rest, number: int) -> object:
    return rest.post("/sales/v1/accounts", {"name": f"Rolling {number}"})
