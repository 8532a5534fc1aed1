"""The sample company: people of every role to log in as, made once through the public API."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from chassis.settings import Settings
from cli.failure import Failure
from cli.home import Home
from cli.rest import Rest

log = logging.getLogger(__name__)

ADMINISTRATOR = "administrator@meridian.example"


@dataclass(frozen=True)
class Person:
    """Somebody of the sample company; `name` is the part of the address before the @."""

    address: str
    name: str
    role: str
    team: str

    @property
    def email(self) -> str:
        """What the person logs in with."""
        return f"{self.address}@meridian.example"


PEOPLE = (
    Person("mei", "Mei Chen", "marketer", "Marketing"),
    Person("sam", "Sam Ortiz", "sales_representative", "Sales"),
    Person("sara", "Sara Lindqvist", "sales_manager", "Sales"),
    Person("arun", "Arun Patel", "agent", "Contact centre"),
    Person("susan", "Susan Wright", "supervisor", "Contact centre"),
    Person("dora", "Dora Novak", "dispatcher", "Field service"),
    Person("tom", "Tom Becker", "technician", "Field service"),
    Person("paula", "Paula Rossi", "programme_manager", "Marketing"),
    Person("eric", "Eric Zhang", "platform_engineer", "Contact centre"),
)


def load(settings: Settings, home: Home, password: str) -> None:
    """Make the sample company unless that has been done; what an interrupted run made is kept."""
    if home.sample_loaded.exists():
        return
    administrator = Rest.at(settings.gateway.bind).signed_in(ADMINISTRATOR, password)
    unit = _find_or_create(
        administrator, "business_units", "name", {"name": "Meridian Sample Company"}
    )
    roles = {role["slug"]: role["id"] for role in _all(administrator, "roles")}
    teams = {
        name: _find_or_create(
            administrator, "teams", "name", {"name": name, "business_unit_id": unit}
        )
        for name in sorted({person.team for person in PEOPLE})
    }
    for person in PEOPLE:
        _add(administrator, person, unit, roles[person.role], teams[person.team], password)
    home.sample_loaded.touch()
    log.info("the sample company is there: %d people", len(PEOPLE))


def _add(rest: Rest, person: Person, unit: str, role: str, team: str, password: str) -> None:
    user = {"email": person.email, "name": person.name, "business_unit_id": unit}
    known = [each for each in _all(rest, "users") if each["email"] == person.email]
    found = (
        known[0] if known else rest.post("/directory/v1/users", {"user": user, "role_ids": [role]})
    )
    user_id = found["id"]
    if team not in found["team_ids"]:
        rest.post(f"/directory/v1/teams/{team}:addMember", {"user_id": user_id})
    if found["state"] == "USER_STATE_INVITED":
        token = rest.post(f"/directory/v1/users/{user_id}:issuePasswordToken", {})["token"]
        rest.post("/directory/v1/passwords:set", {"token": token, "password": password})


def _find_or_create(rest: Rest, nouns: str, key: str, body: dict[str, str]) -> str:
    for each in _all(rest, nouns):
        if each[key] == body[key]:
            return str(each["id"])
    return str(rest.post(f"/directory/v1/{nouns}", body)["id"])


def _all(rest: Rest, nouns: str) -> list[dict[str, str]]:
    answer = rest.get(f"/directory/v1/{nouns}?page_size=200")
    if answer.get("next_page_token"):
        raise Failure(f"there are more than 200 {nouns}; the sample company is for a new platform")
    found: list[dict[str, str]] = answer[nouns]
    return found
