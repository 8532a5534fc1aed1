"""A conversion whose process is killed (SIGKILL) ends once, wherever it was (PRM-4, ADR 0702)."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from meridian.partners.v1 import deal_pb2

from chassis.app import utc_now
from services.partners.deals import conversion
from tests.component.partners.neighbours import Sales
from tests.component.partners.onboarding import activate
from tests.component.partners.registration import approve, bring_under_review, convert
from tests.running import Caller, RunningService


@pytest.fixture
def approved(mia: Caller) -> deal_pb2.Deal:
    """A deal that can be converted."""
    return approve(mia, bring_under_review(mia, activate(mia).id).id)


def killed_converting(partners: RunningService, sales: Sales, deal_id: str, fuses: Path) -> None:
    """Convert in a process of its own, until a fuse kills it."""
    url = partners.database.engine.url.render_as_string(hide_password=False)
    module = "tests.component.partners.converter"
    arguments = [url, sales.address, deal_id, str(fuses)]
    ended = subprocess.run([sys.executable, "-m", module, *arguments], timeout=60)
    assert ended.returncode == -signal.SIGKILL


def deal_row(partners: RunningService) -> tuple[str, str, int]:
    (row,) = partners.table("deals")
    return row["state"], row["handover_id"], partners.events().count("DealConverted")


def resume_later(partners: RunningService) -> None:
    """Let the timer run, after the time that a conversion may take."""
    partners.app.clock = lambda: utc_now() + timedelta(minutes=1)
    conversion.resume(partners.app)


def test_killed_before_the_decision_is_stored(
    partners: RunningService, sales: Sales, mia: Caller, approved: deal_pb2.Deal, tmp_path: Path
) -> None:
    (tmp_path / "transaction.before_commit").touch()

    killed_converting(partners, sales, approved.id, tmp_path)

    assert (deal_row(partners), sales.handovers) == (("approved", "", 0), {})
    assert convert(mia, approved.id).state == deal_pb2.DEAL_STATE_CONVERTED


def test_killed_before_sales_is_asked(
    partners: RunningService, sales: Sales, approved: deal_pb2.Deal, tmp_path: Path
) -> None:
    (tmp_path / "transaction.after_commit").touch()

    killed_converting(partners, sales, approved.id, tmp_path)
    assert (deal_row(partners), sales.handovers) == (("converting", "", 0), {})
    resume_later(partners)

    assert deal_row(partners) == ("converted", "handover_na_1", 1)


def test_killed_after_sales_has_taken_it_over(
    partners: RunningService, sales: Sales, approved: deal_pb2.Deal, tmp_path: Path
) -> None:
    sales.while_taking_over = (tmp_path / "transaction.before_commit").touch

    killed_converting(partners, sales, approved.id, tmp_path)
    assert deal_row(partners) == ("converting", "", 0)
    assert list(sales.handovers) == [approved.id]
    sales.while_taking_over = lambda: None
    resume_later(partners)
    resume_later(partners)

    assert deal_row(partners) == ("converted", "handover_na_1", 1)
    assert list(sales.handovers) == [approved.id]
