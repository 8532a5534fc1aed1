"""The sample company: people of every role and some records, made once through the public API.

Each record is sent with an Idempotency-Key of its own, so that a run that was interrupted is taken
up by the next one without making anything twice.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cli import secrets
from cli.installation import Installation
from cli.rest import Rest
from cli.sample_people import ADMINISTRATOR, add_people

log = logging.getLogger(__name__)

_RECORDS = Path(__file__).with_name("sample_records.toml")
_REFERENCE = re.compile(r"\{([^{}\"]+)\}")
_DAYS_FROM_NOW = re.compile(r"\+(\d+)")


@dataclass(frozen=True)
class Record:
    """One call: who makes it, where, with which body; `name` is what later records call the result."""

    name: str
    maker: str
    path: str
    body: dict[str, Any]


def load(installation: Installation) -> None:
    """Make the sample company unless that has been done.

    Its people are in every region; its records are in the hub alone, where reference data is written.
    """
    home = installation.home
    if home.sample_loaded.exists():
        return
    password = secrets.sample_password(home)
    gateway = Rest.at(installation.settings.gateway.bind)
    administrator = gateway.signed_in(ADMINISTRATOR, password)
    people = add_people(administrator, password)
    sessions = {p.address: gateway.signed_in(p.email, password) for p in people}
    sessions["administrator"] = administrator
    ids: dict[str, str] = {}
    today = datetime.now(UTC).date()
    for record in records(today) if installation.writes_reference_data else []:
        made = sessions[record.maker].post(
            filled(record.path, ids), filled(record.body, ids), key=f"sample {record.name}"
        )
        ids[record.name] = made.get("id", "")
    home.sample_loaded.touch()
    log.info("the sample company is there: %d people, %d records", len(people), len(ids))


def records(today: date) -> list[Record]:
    """What is to be made, in order; days are counted from today."""
    found = tomllib.loads(_RECORDS.read_text(encoding="utf-8"))["record"]
    return [
        Record(each["name"], each["as"], each["path"], _each_text(each["body"], _day(today)))
        for each in found
    ]


def filled(value: Any, ids: dict[str, str]) -> Any:
    """The value with the id of what it names in place of each "{name}"."""
    return _each_text(value, lambda text: _REFERENCE.sub(lambda found: ids[found[1]], text))


def _day(today: date) -> Callable[[str], str]:
    def day(text: str) -> str:
        found = _DAYS_FROM_NOW.fullmatch(text)
        return (today + timedelta(days=int(found[1]))).isoformat() if found else text

    return day


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON value with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(item, change) for item in value]
    if isinstance(value, dict):
        return {name: _each_text(item, change) for name, item in value.items()}
    return value
