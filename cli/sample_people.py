"""The people of the sample company: one or two of every role that works for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cli.failure import Failure
from cli.rest import Rest

ADMINISTRATOR = "administrator@meridian.example"
_UNIT = "Meridian Sample Company"


@dataclass(frozen=True)
class Person:
    """Somebody of the sample company; `address` is what stands before the @."""

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


def add_people(administrator: Rest, password: str) -> tuple[Person, ...]:
    """Add those who are missing, with their unit, team, role and this password."""
    unit = _find_or_create(administrator, "business_units", {"name": _UNIT})
    roles = {role["slug"]: role["id"] for role in _all(administrator, "roles")}
    for person in PEOPLE:
        team = _find_or_create(
            administrator, "teams", {"name": person.team, "business_unit_id": unit}
        )
        _add(administrator, person, unit, roles[person.role], team, password)
    return PEOPLE


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


def _find_or_create(rest: Rest, nouns: str, body: dict[str, str]) -> str:
    for each in _all(rest, nouns):
        if each["name"] == body["name"]:
            return str(each["id"])
    return str(rest.post(f"/directory/v1/{nouns}", body)["id"])


def _all(rest: Rest, nouns: str) -> list[dict[str, Any]]:
    answer = rest.get(f"/directory/v1/{nouns}?page_size=200")
    if answer.get("next_page_token"):
        raise Failure(f"there are more than 200 {nouns}; the sample company is for a new platform")
    found: list[dict[str, Any]] = answer[nouns]
    return found
