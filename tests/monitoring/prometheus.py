"""A real Prometheus (Debian's package) that scrapes a region every two seconds, and what it answers."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from cli.nats_server import free_port
from cli.processes import spawn, stop, wait_until

_START_SECONDS = 30.0
_TIMEOUT = 20.0
_PAUSE = 0.5

#: The file, in the folder of Prometheus, that tells it of the processes; it is looked at again and again.
TARGETS = "targets.json"

#: Names and values: process (serve, work, gateway), and region where there are several.
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Alert:
    """An alert that is pending or firing."""

    name: str
    labels: Mapping[str, str]
    firing: bool


class Prometheus:
    """Prometheus as a child process on a folder of its own."""

    def __init__(self, folder: Path, rules: Path, targets: Mapping[str, Labels]) -> None:
        """targets: the address of each process's metrics and the labels that its series get."""
        binary = shutil.which("prometheus")
        if binary is None:
            raise RuntimeError("Prometheus is missing: let root run apt-get install prometheus")
        folder.mkdir(parents=True, exist_ok=True)
        configuration = folder / "prometheus.yaml"
        configuration.write_text(yaml.safe_dump(_configuration(rules, folder / TARGETS)))
        (folder / TARGETS).write_text(json.dumps(_groups(targets)))
        self.address = f"127.0.0.1:{free_port()}"
        self.log = folder / "prometheus.log"
        with self.log.open("wb") as output:
            self._process: subprocess.Popen[bytes] = spawn(
                [
                    binary,
                    f"--config.file={configuration}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address={self.address}",
                    "--query.lookback-delta=5s",
                ],
                last_signal=signal.SIGTERM,
                output=output,
            )

    def wait_until_ready(self) -> None:
        """Return when it answers. Raises RuntimeError if it does not."""
        if not wait_until(self._ready, _START_SECONDS):
            raise RuntimeError(f"Prometheus did not start; see {self.log}")

    def alerts(self) -> list[Alert]:
        """What is pending or firing now."""
        found = self._get("alerts")["alerts"]
        return [_alert(each) for each in found]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an instant query. Raises requests.HTTPError for one that is wrong."""
        result: list[dict[str, Any]] = self._get("query", query=expression)["result"]
        return result

    def query_range(
        self, expression: str, begin: float, end: float, step: float
    ) -> list[dict[str, Any]]:
        """The series of a range query; times are Unix seconds."""
        span = {"start": begin, "end": end, "step": step}
        result: list[dict[str, Any]] = self._get("query_range", query=expression, **span)["result"]
        return result

    def stop(self) -> None:
        """End it."""
        stop([self._process], signal.SIGTERM, 20)

    def _ready(self) -> bool:
        try:
            return requests.get(f"http://{self.address}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False

    def _get(self, what: str, **parameters: Any) -> Any:
        answer = requests.get(
            f"http://{self.address}/api/v1/{what}", params=parameters, timeout=_TIMEOUT
        )
        answer.raise_for_status()
        return answer.json()["data"]


def _alert(found: dict[str, Any]) -> Alert:
    return Alert(found["labels"]["alertname"], found["labels"], found["state"] == "firing")


def check_names(address: str) -> str:
    """What promtool has to say about the metrics that a process tells at this address; nothing if all is well."""
    told = requests.get(f"http://{address}/metrics", timeout=_TIMEOUT)
    told.raise_for_status()
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=told.content,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return checked.stdout.decode()


def _groups(targets: Mapping[str, Labels]) -> list[dict[str, Any]]:
    return [{"targets": [address], "labels": dict(labels)} for address, labels in targets.items()]


def _configuration(rules: Path, targets: Path) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"},
        "rule_files": [f"{rules}/*.yaml"],
        "scrape_configs": [
            {
                "job_name": "meridian",
                "file_sd_configs": [{"files": [str(targets)], "refresh_interval": "1s"}],
            }
        ],
    }


def wait_for_scrapes(prometheus: Prometheus, number: int, patience: float) -> None:
    """Return when so many targets have answered. Raises RuntimeError if they do not."""
    up = 'up{job="meridian"} == 1'
    if not wait_until(lambda: len(prometheus.query(up)) >= number, patience, _PAUSE):
        raise RuntimeError("not every process could be scraped")
