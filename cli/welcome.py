"""What `meridian up` says when everything runs."""

from __future__ import annotations

from collections.abc import Iterator

from chassis.settings import Settings
from cli import sample_people, secrets
from cli.home import Home
from cli.rest import Rest

_WIDTH = 20


def welcome(settings: Settings, home: Home, with_sample: bool) -> str:
    """Where everything is and, with the sample company, who can log in."""
    return "\n".join(["", "Meridian is running.", "", *_lines(settings, home, with_sample), ""])


def _lines(settings: Settings, home: Home, with_sample: bool) -> Iterator[str]:
    base = Rest.at(settings.gateway.bind).base
    yield _row("REST API", base)
    yield _row("API documentation", f"{base}/docs")
    yield _row("Region", settings.region)
    yield _row("Data", str(home.path))
    yield _row("Logs", str(home.logs))
    yield _row("Stop", "Ctrl-C")
    yield ""
    yield _row("Log in as", "with the password " + secrets.sample_password(home))
    yield _row("", f"{sample_people.ADMINISTRATOR:<36} regional_administrator")
    if with_sample:
        for person in sample_people.PEOPLE:
            yield _row("", f"{person.email:<36} {person.role}")


def _row(label: str, value: str) -> str:
    return f"  {label:<{_WIDTH}} {value}"
