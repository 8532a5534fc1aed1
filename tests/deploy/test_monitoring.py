"""What watches a region in Kubernetes is what watches it elsewhere: rules, dashboards, labels."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.deploy.rendering import REGIONS, ROOT, named, of_kind, pods, release, selects

MONITORING = ROOT / "deploy" / "monitoring"


def names(folder: str, suffix: str) -> set[str]:
    """The files of a kind, without their endings."""
    return {path.stem for path in (MONITORING / folder).glob(f"*{suffix}")}


@pytest.mark.parametrize("region", REGIONS)
def test_every_rule_is_in_the_chart(region: str) -> None:
    objects = of_kind(release(region, "production"), "PrometheusRule")
    found = {each["metadata"]["name"].removeprefix(f"{region}-"): each["spec"] for each in objects}
    assert found == {
        name: yaml.safe_load((MONITORING / "rules" / f"{name}.yaml").read_text())
        for name in names("rules", ".yaml")
    }


@pytest.mark.parametrize("region", REGIONS)
def test_every_dashboard_is_in_the_chart(region: str) -> None:
    found = {}
    for each in of_kind(release(region, "production"), "ConfigMap"):
        if each["metadata"]["labels"].get("grafana_dashboard") == "1":
            found |= {Path(file).stem: json.loads(text) for file, text in each["data"].items()}
    assert found == {
        name: json.loads((MONITORING / "dashboards" / f"{name}.json").read_text())
        for name in names("dashboards", ".json")
    }


@pytest.mark.parametrize("region", REGIONS)
def test_rules_and_processes_agree_on_the_job(region: str) -> None:
    """Prometheus calls the targets of a PodMonitor by the label that it names."""
    objects = release(region, "production")
    monitor = named(objects, "PodMonitor", f"{region}-processes")["spec"]
    rules = "".join(path.read_text() for path in (MONITORING / "rules").glob("*.yaml"))
    (job,) = set(re.findall(r'job="(\w+)"', rules))
    for each in pods(objects):
        if each.owner["kind"] == "Deployment":
            assert each.labels[monitor["jobLabel"]] == job
            ports = {port["name"] for port in each.containers[0]["ports"]}
            assert {endpoint["port"] for endpoint in monitor["podMetricsEndpoints"]} <= ports
            assert selects({"matchLabels": monitor["selector"]["matchLabels"]}, each.labels)


def test_scalers_ask_for_metrics_that_there_are() -> None:
    modules = (ROOT / "chassis" / "telemetry").glob("*_metrics.py")
    declared = "".join(module.read_text() for module in modules)
    for scaler in of_kind(release("na", "production"), "ScaledObject"):
        for trigger in scaler["spec"]["triggers"]:
            for metric in re.findall(r"meridian_\w+", trigger["metadata"]["query"]):
                assert f'"{metric}"' in declared
