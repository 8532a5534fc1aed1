"""A region is installed as docs/operate.md says, becomes ready by its own probes, and works."""

from __future__ import annotations

from chassis.settings import SERVICES
from cli.processes import wait_until
from tests.cluster.clients import LeadDesk
from tests.cluster.installation import Installation


def test_every_pod_became_ready_at_once(region: Installation) -> None:
    assert [pod.name for pod in region.pods if not pod.ready] == []
    assert [pod.name for pod in region.pods if pod.main.restarts] == []


def test_the_test_of_the_chart_finds_all_well(region: Installation) -> None:
    said = region.release.test()

    assert [line.split()[0] for line in said.splitlines()[1:]] == sorted(SERVICES)


def test_a_lead_goes_through_the_gateway_and_its_event_through_a_worker(leads: LeadDesk) -> None:
    path = leads.enter()

    assert wait_until(lambda: leads.is_assigned(path), 15)


def test_everything_runs_without_privilege_as_process_1(region: Installation) -> None:
    wanted = {"Uid": "10001", "Gid": "10001", "CapEff": "0" * 16, "CapBnd": "0" * 16}
    for pod in region.pods:
        status = dict(line.split(":", 1) for line in pod.main.status().splitlines())
        assert {name: status[name].split()[0] for name in wanted} == wanted, pod.name
        assert status["Groups"].split() == ["10001"], pod.name
        assert status["NSpid"].split()[-1] == "1", pod.name
        assert status["NoNewPrivs"].split() == ["1"], pod.name


def test_nothing_takes_more_memory_than_its_limit(region: Installation) -> None:
    for pod in region.pods:
        limit = pod.main.memory_limit()
        assert pod.main.memory() < limit, pod.name
