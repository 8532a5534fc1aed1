"""Sales, and the people who use it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.sales.manifest import SERVICE
from tests.running import Caller, RunningService


@pytest.fixture
def sales(run_service: Callable[..., RunningService]) -> RunningService:
    return run_service(SERVICE)


@pytest.fixture
def anna(sales: RunningService) -> Caller:
    """A sales manager of the region."""
    return sales.caller("user_anna", "sales.*@region", teams=("team_1",), business_unit="bu_1")


@pytest.fixture
def rep(sales: RunningService) -> Caller:
    """A representative, who may give 10 %."""
    return sales.caller("user_rep", "sales.*@region", roles=("sales_representative",))


@pytest.fixture
def boss(sales: RunningService) -> Caller:
    """A manager, who may give 30 %."""
    return sales.caller("user_boss", "sales.*@region", roles=("sales_manager",))
