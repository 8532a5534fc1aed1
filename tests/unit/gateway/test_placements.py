"""Placements are remembered for a while, and for as long as directory is away."""

from __future__ import annotations

import grpc
import pytest

from gateway.placements import Placements


class Away(grpc.RpcError):
    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE


class Directory:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.now = 0.0
        self.homes: dict[str, str] = {}
        self.asked = 0
        self.is_away = False

    def ask(self, record_id: str) -> str:
        self.asked += 1
        if self.is_away:
            raise Away()
        return self.homes.get(record_id, "")


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def placements(directory: Directory) -> Placements:
    return Placements(directory.ask, clock=lambda: directory.now)


def test_a_placement_is_good_for_half_a_minute(
    directory: Directory, placements: Placements
) -> None:
    directory.homes["a"] = "emea"
    assert placements.home_of("a") == "emea"
    directory.homes["a"] = "apac"

    directory.now = 29.9
    assert (placements.home_of("a"), directory.asked) == ("emea", 1)
    directory.now = 30.0
    assert (placements.home_of("a"), directory.asked) == ("apac", 2)


def test_that_there_is_none_is_good_for_a_second(
    directory: Directory, placements: Placements
) -> None:
    assert placements.home_of("a") == ""
    directory.homes["a"] = "emea"

    directory.now = 0.9
    assert placements.home_of("a") == ""
    directory.now = 1.0
    assert placements.home_of("a") == "emea"


def test_what_is_known_goes_on_counting_while_directory_is_away(
    directory: Directory, placements: Placements
) -> None:
    directory.homes["a"] = "emea"
    placements.home_of("a")
    directory.is_away, directory.now = True, 1_000.0

    assert (placements.home_of("a"), placements.home_of("b")) == ("emea", "")
    assert directory.asked == 2, "one question, then a second's pause"
    directory.now += 1.0
    assert (placements.home_of("b"), directory.asked) == ("", 3)


def test_what_turned_out_wrong_is_asked_again(directory: Directory, placements: Placements) -> None:
    directory.homes["a"] = "emea"
    placements.home_of("a")
    directory.homes["a"] = "apac"

    placements.forget("a")

    assert placements.home_of("a") == "apac"


def test_the_oldest_news_are_forgotten_first(directory: Directory, placements: Placements) -> None:
    for number in range(20_001):
        placements.home_of(str(number))
    asked = directory.asked

    placements.home_of("20000")
    assert directory.asked == asked
    placements.home_of("0")
    assert directory.asked == asked + 1


def test_news_of_what_is_known_push_nothing_out(
    directory: Directory, placements: Placements
) -> None:
    directory.homes["0"] = "emea"
    for number in range(20_000):
        placements.home_of(str(number))
    directory.now = 1.0
    placements.home_of("5")
    asked = directory.asked

    assert (placements.home_of("0"), directory.asked) == ("emea", asked)
