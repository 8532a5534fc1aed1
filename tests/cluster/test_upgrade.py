"""A release is upgraded while people work, and NATS is lost while they do."""

from __future__ import annotations

import json
import signal
import urllib.request

from cli.processes import wait_until
from tests.cluster.clients import Clients, LeadDesk
from tests.cluster.installation import Installation
from tests.cluster.pods import Pod

NEW = "sha256:" + "1" * 64


def test_an_upgrade_interrupts_nobody(region: Installation) -> None:
    """Every process is replaced by one of a new image; old ones end by themselves, no request fails."""
    before = {pod.name for pod in region.pods}
    with Clients(region.administrator) as clients:
        region.release.upgrade(region.rendered("--set", f"image.digest={NEW}"))

    pods = region.pods
    history = [f"{pod.name} {', '.join(pod.history)}" for pod in pods]
    assert clients.failures == [], "\n".join([*clients.failures, *history])
    assert clients.answered > 100
    assert {pod.name for pod in pods} & before == {"na-nats-0"}
    assert all(
        pod.main.specification["image"].endswith(NEW) for pod in pods if pod.name != "na-nats-0"
    )
    assert [pod.name for pod in pods if pod.main.restarts] == []


def test_nothing_is_lost_with_the_pod_of_nats(region: Installation, leads: LeadDesk) -> None:
    """It comes back at another address, on its volume, and what happened meanwhile is handled."""
    workload = region.release.workloads["na-nats"]
    kept = messages(workload.pods[0])
    address = workload.pods[0].address

    workload.lose()
    path = leads.enter()
    workload.wait_until_ready()

    assert wait_until(lambda: leads.is_assigned(path), 60)
    assert workload.pods[0].address != address
    assert messages(workload.pods[0]) > kept > 0


def test_nats_that_is_killed_is_started_again_in_its_pod(region: Installation) -> None:
    (pod,) = region.release.workloads["na-nats"].pods
    kept = messages(pod)

    pod.main.signal(signal.SIGKILL)

    assert wait_until(lambda: not pod.ready, 30)
    assert wait_until(lambda: pod.ready, 60), pod.logs()
    assert pod.main.restarts == 1
    assert messages(pod) >= kept


def messages(nats: Pod) -> int:
    """How many are kept in the streams."""
    with urllib.request.urlopen(f"http://{nats.address}:8222/jsz", timeout=5) as answer:
        return int(json.load(answer)["messages"])
