"""How copies go to the other region."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.app import App
from chassis.relocation import sending
from chassis.relocation.rows import Rows
from chassis.relocation.store import Relocation
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company

_AT_ONCE = 4


def _send(app: App, together: threading.Barrier, number: int) -> None:
    relocation = Relocation(
        f"move_na_{number}", f"account_na_{number}", "emea", "user_emea_1", "team_1", "bu_1"
    )
    together.wait(30)
    # The other region looks at what arrived, and refuses it: nobody is made of no rows.
    with pytest.raises(sending.NotTaken, match="RELOCATION_MALFORMED"):
        sending.send(app, relocation, Rows({}))


def test_services_that_send_at_the_same_moment_do_not_crowd_each_other(
    company: Company, na: RunningRegion, caplog: pytest.LogCaptureFixture
) -> None:
    together = threading.Barrier(_AT_ONCE)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        sent = [pool.submit(_send, na.sales.app, together, number) for number in range(_AT_ONCE)]
        for each in sent:
            each.result(60)

    assert [each.message for each in caplog.records if each.name.startswith("urllib3")] == []
