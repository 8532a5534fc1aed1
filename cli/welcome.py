"""What `meridian up` says when everything runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from cli import memory, sample_people, secrets
from cli.installation import Installation
from cli.rest import Rest

_WIDTH = 20


def welcome(installations: Sequence[Installation], with_sample: bool, seconds: float) -> str:
    """Where everything is and, with the sample company, who can log in; ready after so many seconds."""
    lines = [line for each in installations for line in _lines(each, with_sample)]
    megabytes = memory.used_by_tree(os.getpid()) / 1e6
    lines.append(_row("Ready after", f"{seconds:.1f} s, using {megabytes:,.0f} MB of memory"))
    lines.append(_row("Stop", "Ctrl-C"))
    return "\n".join(["", "Meridian is running.", "", *lines, ""])


def _lines(installation: Installation, with_sample: bool) -> Iterator[str]:
    settings, home = installation.settings, installation.home
    base = Rest.at(settings.gateway.bind).base
    hub = settings.regions.peers and settings.regions.hub == settings.region
    yield _row("Region", settings.region + (" (hub)" if hub else ""))
    yield _row("REST API", base)
    yield _row("API documentation", f"{base}/docs")
    yield _row("Data", str(home.path))
    yield _row("Logs", str(home.logs))
    yield _row("Log in as", "with the password " + secrets.sample_password(home))
    yield _row("", f"{sample_people.ADMINISTRATOR:<36} regional_administrator")
    if with_sample:
        for person in sample_people.PEOPLE:
            yield _row("", f"{person.email:<36} {person.role}")
    yield ""


def _row(label: str, value: str) -> str:
    return f"  {label:<{_WIDTH}} {value}"
