"""Rules in fast motion differ from the real ones by the factor alone."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.monitoring.shortened import shorten

_RULES = """
groups:
  - name: one
    rules:
      - record: meridian:slo_bad:ratio_rate3d
        expr: sum_over_time(a:rate5m[3d]) / sum_over_time(b:rate5m[3d])
      - alert: Late
        expr: max by (service) (avg_over_time(age_seconds[10m])) > 60
        for: 1h30m
        labels: {severity: page}
"""


def test_windows_and_waiting_times_are_divided_and_nothing_else_changes(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(_RULES)
    shorten(tmp_path, tmp_path / "fast")
    real = yaml.safe_load(_RULES)["groups"][0]["rules"]
    fast = yaml.safe_load((tmp_path / "fast" / "one.yaml").read_text())["groups"][0]["rules"]
    assert fast == [
        real[0]
        | {"expr": "sum_over_time(a:rate5m[4320000ms]) / sum_over_time(b:rate5m[4320000ms])"},
        real[1]
        | {
            "expr": "max by (service) (avg_over_time(age_seconds[10000ms])) > 60",
            "for": "90000ms",
        },
    ]
