"""People with their own log-ins, and what they say to the public REST API."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from cli.processes import wait_until

_PATIENCE_SECONDS = 180.0
_POLL_SECONDS = 0.1
_LONGEST_WAIT_FOR_ROOM = 10.0


class Refused(Exception):
    """The platform answered with a problem."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(
            f"{status} {problem.get('reason')}: {problem.get('detail')} {problem.get('errors', '')}"
        )
        self.status = status
        self.reason = problem.get("reason", "")


@dataclass
class Person:
    """Somebody who is logged in."""

    name: str
    base: str
    user_id: str
    _session: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def log_in(cls, base: str, email: str, password: str) -> Person:
        """Log in; Refused if the platform does not let them."""
        person = cls(email.partition("@")[0], base, "")
        credentials = {"email": email, "password": password, "client": "journey"}
        answer = person.post("/directory/v1/sessions", credentials)
        person._session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        person.user_id = person.get("/directory/v1/me")["user"]["id"]
        return person

    @property
    def authorization(self) -> str:
        """The header of that name with which they are known."""
        return str(self._session.headers["Authorization"])

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self._send("GET", path, params=query)

    def post(self, path: str, body: Any = None) -> Any:
        """Create something or do a verb, once however often it has to be sent."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        return self._send("POST", path, json=body if body is not None else {}, headers=key)

    def upload(self, path: str, content: bytes, **query: Any) -> Any:
        """Send a CSV file."""
        headers = {"Content-Type": "text/csv"}
        return self._send("POST", path, data=content, params=query, headers=headers)

    def download(self, path: str) -> bytes:
        """Fetch a file."""
        answer = self._session.get(self.base + path, timeout=60)
        answer.raise_for_status()
        return answer.content

    def all(self, path: str, nouns: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every record of a list, page by page."""
        token = ""
        while True:
            page = self.get(path, page_size=200, page_token=token, **query)
            yield from page.get(nouns, [])
            token = page.get("next_page_token", "")
            if not token:
                return

    def _send(self, method: str, path: str, **options: Any) -> Any:
        deadline = time.monotonic() + _LONGEST_WAIT_FOR_ROOM
        while True:
            answer = self._session.request(method, self.base + path, timeout=60, **options)
            if answer.status_code not in (429, 503) or time.monotonic() > deadline:
                break
            time.sleep(float(answer.headers.get("Retry-After", "0.2")))
        if answer.ok:
            return answer.json() if answer.content else None
        raise Refused(answer.status_code, answer.json())


@dataclass
class Company:
    """The sample company's people."""

    base: str
    password: str
    administrator: Person
    mei: Person
    sam: Person
    sara: Person
    arun: Person
    susan: Person

    @classmethod
    def at(cls, base: str, password: str) -> Company:
        """Log everybody in."""
        names = ("administrator", "mei", "sam", "sara", "arun", "susan")
        people = {name: Person.log_in(base, f"{name}@meridian.example", password) for name in names}
        return cls(base, password, **people)

    def invite(self, email: str, name: str, role: str, **of: str) -> Person:
        """Make a log-in for somebody outside the company, who sets their own password."""
        roles = {
            each["slug"]: each["id"]
            for each in self.administrator.all("/directory/v1/roles", "roles")
        }
        user = self.administrator.post(
            "/directory/v1/users",
            {"user": {"email": email, "name": name, **of}, "role_ids": [roles[role]]},
        )
        issued = self.administrator.post(f"/directory/v1/users/{user['id']}:issuePasswordToken")
        stranger = Person(name, self.base, user["id"])
        stranger.post(
            "/directory/v1/passwords:set", {"token": issued["token"], "password": self.password}
        )
        return Person.log_in(self.base, email, self.password)


def until(what: Callable[[], Any]) -> Any:
    """Look until there is something; TimeoutError if there is nothing for too long."""
    found: Any = None

    def look() -> bool:
        nonlocal found
        found = what()
        return bool(found)

    if not wait_until(look, _PATIENCE_SECONDS, _POLL_SECONDS):
        raise TimeoutError("waited in vain")
    return found
