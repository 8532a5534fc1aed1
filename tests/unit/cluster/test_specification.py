"""A field that the check of the cluster would silently ignore fails it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.specification import UnknownField, check
from tests.deploy.rendering import COMBINATIONS, of_kind, release

CONTAINER = {"name": "web", "image": "web:1"}


def pod(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {"containers": [CONTAINER]} | fields,
    }


def test_what_is_known_passes() -> None:
    check(pod(terminationGracePeriodSeconds=5))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"hostNetwork": True}, "Pod.hostNetwork"),
        (
            {"containers": [CONTAINER, CONTAINER | {"lifecycle": {"postStart": {}}}]},
            r"Pod.containers\[1\].lifecycle.postStart",
        ),
        ({"automountServiceAccountToken": True}, "Pod.automountServiceAccountToken=True"),
        ({"volumes": [{"name": "x", "hostPath": {}}]}, r"Pod.volumes\[0\].hostPath"),
        (
            {"initContainers": [CONTAINER | {"readinessProbe": {"tcpSocket": {}}}]},
            r"Pod.initContainers\[0\].readinessProbe.tcpSocket",
        ),
    ],
)
def test_what_is_not_known_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(UnknownField, match=named):
        check(pod(**fields))


def test_a_kind_that_is_not_known_may_say_nothing() -> None:
    with pytest.raises(UnknownField, match=r"CronJob\.schedule"):
        check({"kind": "CronJob", "metadata": {"name": "x"}, "spec": {"schedule": "* * * * *"}})


@pytest.mark.parametrize("combination", COMBINATIONS, ids="-".join)
def test_every_pod_of_the_chart_is_known(combination: tuple[str, str]) -> None:
    for each in of_kind(release(*combination), "Deployment", "StatefulSet", "Job", "Pod"):
        check(each)
