"""Whoever dies at whatever step of a customer's move: nothing is lost, and nothing is there twice."""

from __future__ import annotations

from functools import partial

import pytest

from chassis import crash_points
from cli.processes import wait_until
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company
from tests.component.relocation.customer import Customer, Record
from tests.component.relocation.dying import Fate
from tests.component.relocation.moves import are_found, copies, propose, read
from tests.component.relocation.shelves import Shelves


@pytest.fixture
def fate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Fate:
    """Who dies; the parameter is the seed."""
    fate = Fate(request.param)
    monkeypatch.setattr(crash_points, "reached", fate.reached)
    return fate


@pytest.mark.parametrize("fate", [1, 2], indirect=True)
def test_a_customer_moves_whole_though_everybody_dies(
    company: Company,
    na: RunningRegion,
    emea: RunningRegion,
    shelves: Shelves,
    mills: Customer,
    fate: Fate,
) -> None:
    before = shelves.of("na")

    begun = propose(company, mills.account_id)
    fate.drive(company, partial(is_done, company, begun, "na"))
    in_peace(company)

    assert shelves.both() == ({}, before)
    assert copies(emea) == 0
    assert_verified(read(company, begun))
    assert len(fate.deaths) >= 4, f"workers and servers, before and after a commit: {fate.deaths}"
    for region in (na, emea):
        assert wait_until(partial(are_found, region, mills), 40)


@pytest.mark.parametrize("fate", [4], indirect=True)
def test_a_customer_comes_back_whole_before_all_of_it_is_gone(
    company: Company,
    na: RunningRegion,
    emea: RunningRegion,
    shelves: Shelves,
    mills: Customer,
    fate: Fate,
) -> None:
    before = shelves.of("na")

    there = propose(company, mills.account_id)
    fate.drive(company, partial(is_done, company, there, "na"))
    back = propose(company, mills.account_id, to="na", by="emea")
    fate.drive(company, partial(is_done, company, back, "emea"))
    in_peace(company)

    assert shelves.both() == (before, {})
    assert (copies(na), copies(emea)) == (0, 0)
    assert_verified(read(company, there))
    assert_verified(read(company, back, "emea"))


def is_done(company: Company, begun: Record, region: str) -> bool:
    """Whether directory says so."""
    rows = company.regions[region].directory.table("customer_moves")
    return any(row["id"] == begun["id"] and row["state"] == "done" for row in rows)


def in_peace(company: Company) -> None:
    """Let what is left come to its end, and nobody die any more."""
    company.settle()
    company.later()
    company.settle()


def assert_verified(ended: Record) -> None:
    """It is done, and all that departed arrived as it was."""
    assert ended["state"] == "CUSTOMER_MOVE_STATE_DONE", ended
    assert all(each["digest"] == each["arrived_digest"] for each in ended["departures"])
