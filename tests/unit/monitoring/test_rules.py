"""Every alert can be acted upon, is proved to fire and not to fire, and asks for metrics that exist.

What the rules compute is proved by promtool: `make monitoring-rules`.
"""

from __future__ import annotations

import argparse
import pkgutil
import re
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from chassis import telemetry
from chassis.settings import SERVICES
from cli.assembly import manifest
from cli.main import _parser

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "monitoring" / "rules"
TESTS = ROOT / "deploy" / "monitoring" / "tests"
RUNBOOKS = ROOT / "docs" / "runbooks"
#: Metrics of others: Prometheus itself, kube-state-metrics, kubelet, cert-manager.
OUTSIDE = {
    "up",
    "kube_job_failed",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "certmanager_certificate_expiration_timestamp_seconds",
}
_METRIC = re.compile(r"\b(?:meridian_|kube_|kubelet_|certmanager_|process_start|up\b)\w*")


def _rules() -> list[dict[str, Any]]:
    files = [yaml.safe_load(path.read_text()) for path in sorted(RULES.glob("*.yaml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


ALERTS = [rule for rule in _rules() if "alert" in rule]
NAMES = {alert["alert"] for alert in ALERTS}


def exported() -> set[str]:
    """The names of all series that our own metrics have, and the figures of the business."""
    for module in pkgutil.iter_modules(telemetry.__path__):
        if module.name.endswith("_metrics"):
            import_module(f"{telemetry.__name__}.{module.name}")  # which declares them
    suffixes = {"counter": ["_total"], "histogram": ["", "_bucket", "_count", "_sum"]}
    series = {
        family.name + suffix
        for family in REGISTRY.collect()
        for suffix in suffixes.get(family.type, [""])
    }
    return series | {
        f"meridian_{figure.name}" for service in SERVICES for figure in manifest(service).figures
    }


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_how_bad_it_is_what_is_wrong_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("Meridian*.md")}
    assert pages == NAMES
    index = (RUNBOOKS / "README.md").read_text()
    assert set(re.findall(r"\[(\w+)\]\(\1\.md\)", index)) == NAMES


def test_runbooks_and_their_list_say_how_bad_it_is() -> None:
    severities: dict[str, list[str]] = defaultdict(list)
    for alert in ALERTS:
        severities[alert["alert"]].append(alert["labels"]["severity"])
    index = (RUNBOOKS / "README.md").read_text()
    for name, found in severities.items():
        said = ", ".join(found)
        assert f"| [{name}]({name}.md) | {said} |" in index
        assert f"\n\n**Severity.** {said}.\n\n" in (RUNBOOKS / f"{name}.md").read_text()


def test_every_alert_is_proved_to_fire_in_each_severity_and_not_to_fire() -> None:
    fires: dict[str, set[str]] = defaultdict(set)
    silent = set()
    for path in TESTS.glob("*.yaml"):
        for test in yaml.safe_load(path.read_text())["tests"]:
            for case in test["alert_rule_test"]:
                severities = {alert["exp_labels"]["severity"] for alert in case["exp_alerts"]}
                fires[case["alertname"]] |= severities
                if not severities:
                    silent.add(case["alertname"])
    wanted: dict[str, set[str]] = defaultdict(set)
    for alert in ALERTS:
        wanted[alert["alert"]].add(alert["labels"]["severity"])
    assert fires == wanted
    assert silent == NAMES


def test_rules_ask_for_metrics_that_exist() -> None:
    asked = {name for rule in _rules() for name in _METRIC.findall(rule["expr"])}
    assert asked - exported() == OUTSIDE


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("Meridian*.md")), ids=lambda page: page.stem)
def test_a_runbook_names_metrics_and_commands_that_exist(page: Path) -> None:
    text = page.read_text()
    for heading in ("**What it means.**", "**How to see it.**", "**What to do.**"):
        assert heading in text
    named = {name for code in re.findall(r"`([^`]+)`", text) for name in _METRIC.findall(code)}
    assert named - exported() - OUTSIDE == set()
    commands = re.findall(r"`meridian ([a-z-]+)(?: ([a-z]+))?", text)
    for command, action in commands:
        assert command in _choices(_parser())
        if command == "deadletters":
            assert action in _choices(_choices(_parser())[command])


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands of a parser."""
    (group,) = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(group.choices)
