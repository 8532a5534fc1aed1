"""A new service is a few lines of values: everything else follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.rendering import Manifest, identity, release

VALUES = """
workloads:
  projects:
    calls: [sales]
"""


@pytest.fixture
def objects(tmp_path: Path) -> list[Manifest]:
    """What a region consists of with the new service and not without it."""
    file = tmp_path / "own.yaml"
    file.write_text(VALUES)
    before = {identity(each) for each in release("na", "production")}
    after = release("na", "production", "--values", str(file))
    return [each for each in after if identity(each) not in before]


def test_everything_that_a_service_needs_follows(objects: list[Manifest]) -> None:
    assert {identity(each) for each in objects} == {
        "Deployment/na-projects-serve",
        "Deployment/na-projects-work",
        "Service/na-projects",
        "ServiceAccount/na-projects",
        "PodDisruptionBudget/na-projects-serve",
        "PodDisruptionBudget/na-projects-work",
        "HorizontalPodAutoscaler/na-projects-serve",
        "ScaledObject/na-projects-work",
        "NetworkPolicy/na-projects-serve",
        "NetworkPolicy/na-projects-work",
        "NetworkPolicy/na-projects-migrate",
        "NetworkPolicy/na-projects-db",
        "Job/na-projects-migrate",
        "Cluster/na-projects-db",
        "ScheduledBackup/na-projects-db",
    }


def test_a_service_in_a_running_region_is_migrated_when_its_database_is_made(
    tmp_path: Path,
) -> None:
    """Before the upgrade there is no Cluster, so a Job that waited for it would wait in vain."""
    file = tmp_path / "own.yaml"
    file.write_text(VALUES)
    objects = release("na", "production", "--values", str(file), "--is-upgrade")

    (job,) = [each for each in objects if identity(each) == "Job/na-projects-migrate"]

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "post-upgrade"
