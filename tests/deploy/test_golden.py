"""The chart renders what is on record; a change of it is seen in review.

make golden     # writes the record anew
"""

from __future__ import annotations

import os

import pytest

from tests.deploy.rendering import COMBINATIONS, GOLDEN, text

#: Rules and dashboards are files of their own, see test_monitoring.py; on record they would be there twice.
FILES_APART = (
    "--set=monitoring.rules.enabled=false",
    "--set=monitoring.dashboards.enabled=false",
)
REWRITE = "MERIDIAN_REWRITE_GOLDEN" in os.environ


@pytest.mark.parametrize(("region", "profile"), COMBINATIONS)
def test_the_chart_renders_what_is_on_record(region: str, profile: str) -> None:
    record = GOLDEN / f"{region}-{profile}.yaml"
    rendered = text(region, profile, *FILES_APART)
    if REWRITE:
        record.write_text(rendered)

    assert record.read_text() == rendered, "look at the difference, then say make golden"


def test_nothing_else_is_on_record() -> None:
    expected = {f"{region}-{profile}.yaml" for region, profile in COMBINATIONS}
    assert {path.name for path in GOLDEN.iterdir()} == expected
