"""What is in the way of a customer who moves is told in words, whichever service found it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from meridian.directory.v1 import customer_move_pb2

import services
from services.directory.customer_moves.domain import CustomerMove, CustomerMoveFailure
from services.directory.customer_moves.explanations import explained
from services.directory.manifest import SERVICE

FILES = sorted(Path(services.__file__).parent.glob("*/relocations/*.py"))
OBSTACLES = sorted(
    {reason for file in FILES for reason in re.findall(r'Obstacle\("(\w+)"', file.read_text())}
)


def failed(reason: str, language: str) -> customer_move_pb2.CustomerMove:
    move = CustomerMove(
        id="move_na_1", account_id="account_na_1", to_region="emea", owner_id="u", reason="r"
    )
    move.failure = CustomerMoveFailure("sales", reason, "account_na_2")
    return explained(move, language, SERVICE.folder)


@pytest.mark.parametrize("reason", OBSTACLES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_obstacle_that_a_service_declares_is_explained(reason: str, language: str) -> None:
    text = failed(reason, language).failure.explanation
    assert text
    assert reason not in text
    assert "account_na_2" in text


def test_there_are_obstacles() -> None:
    assert len(OBSTACLES) >= 5


def test_what_nobody_has_words_for_is_told_as_it_is() -> None:
    assert "SOMETHING_NEW" in failed("SOMETHING_NEW", "en").failure.explanation


def test_what_goes_on_needs_no_explanation() -> None:
    move = CustomerMove(
        id="move_na_1", account_id="account_na_1", to_region="emea", owner_id="u", reason="r"
    )
    assert not explained(move, "en", SERVICE.folder).HasField("failure")
