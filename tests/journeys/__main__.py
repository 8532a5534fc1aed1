"""`make journey`: a customer's whole way, played on the running platform through its public REST API.

Separate people with their own log-ins play search, select, order, implement and develop; at the end the figures of
all services must reconcile. Exit code 1 if one does not.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.journeys.level0 import develop, implement, order, partner, search, select
from tests.journeys.level0.people import Company
from tests.journeys.level0.story import Story


def main() -> int:
    """Play the journey; 0 if everything reconciles."""
    parser = argparse.ArgumentParser(prog="make journey", description=__doc__)
    bind = os.environ.get("MERIDIAN_GATEWAY_BIND", "127.0.0.1:8080")
    parser.add_argument("--gateway", default=f"http://{bind}", help="address of the gateway")
    options = parser.parse_args()
    company = Company.at(options.gateway, _sample_password())
    story = Story(company)
    for part in (search, select, order, implement, partner, develop):
        part.play(story)
    return story.conclude()


def _sample_password() -> str:
    file = Path(os.environ.get("MERIDIAN_HOME", "var")) / "secrets" / "sample-password"
    if not file.exists():
        sys.exit(
            f"{file} is missing: start the platform with `make run`, with the same MERIDIAN_HOME"
        )
    return file.read_text().strip()


if __name__ == "__main__":
    sys.exit(main())
