"""A region is installed, becomes ready by its own probes, and works."""

from __future__ import annotations

from chassis.settings import SERVICES
from cli.processes import wait_until
from tests.cluster.installation import ADMINISTRATOR, Installation


def test_it_is_installed_and_becomes_ready(installation: Installation) -> None:
    installation.release.install(installation.rendered())

    assert all(pod.ready for pod in installation.cluster.pods)
    assert not any(pod.main.restarts for pod in installation.cluster.pods)


def test_the_test_of_the_chart_finds_all_well(installation: Installation) -> None:
    said = installation.release.test()

    assert [line.split()[0] for line in said.splitlines()[1:]] == sorted(SERVICES)


def test_the_first_administrator_is_made_as_the_notes_say(installation: Installation) -> None:
    (directory,) = installation.release.workloads["na-directory-serve"].pods
    command = ["meridian", "administrator", "--email", ADMINISTRATOR, "--name", "Ada"]

    code, said = directory.main.run(command, installation.password)

    assert code == 0, said


def test_a_lead_goes_through_the_gateway_and_its_event_through_a_worker(
    installation: Installation,
) -> None:
    with installation.client() as anybody:
        ada = anybody.signed_in(ADMINISTRATOR, installation.password)
        me = ada.get("/directory/v1/me")["user"]["id"]
        rule = {
            "name": "All",
            "sources": ["cluster"],
            "strategy": "ASSIGNMENT_STRATEGY_ROUND_ROBIN",
            "members": [{"user_id": me}],
        }
        ada.post("/marketing/v1/assignment_rules", rule)
        lead = ada.post(
            "/marketing/v1/leads", {"company": "Acme", "family_name": "Li", "source": "cluster"}
        )

        path = f"/marketing/v1/leads/{lead['id']}"
        assert wait_until(lambda: ada.get(path).get("owner_id") == me, 15), ada.get(path)
