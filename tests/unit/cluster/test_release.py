"""Hooks are found by their event and run by weight."""

from __future__ import annotations

from tests.cluster.release import hooks
from tests.deploy.rendering import identity, release


def test_hooks_run_by_weight_and_only_for_their_event() -> None:
    found = [identity(each) for each in hooks(release("na", "small"), "pre-upgrade")]

    first = found.index("Job/na-directory-migrate")
    assert {each.split("/")[0] for each in found[:first]} == {"NetworkPolicy", "ServiceAccount"}
    assert {each.split("/")[0] for each in found[first:]} == {"Job"}
    assert len(found[first:]) == 5


def test_the_test_of_a_release_is_one_pod() -> None:
    assert [identity(each) for each in hooks(release("na", "small"), "test")] == ["Pod/na-smoke"]
