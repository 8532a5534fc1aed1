"""A service may start before its database, its neighbours and its keys are there (ADR 1003)."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from cli.nats_server import free_port
from cli.processes import wait_until

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0


def test_a_service_is_ready_without_its_database_and_stops_when_asked(tmp_path: Path) -> None:
    metrics = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "serve", "sales"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'gen'}",
            "MERIDIAN_HOME": str(tmp_path),
            "MERIDIAN_DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/{service}",
            "MERIDIAN_GRPC_BIND_SALES": f"127.0.0.1:{free_port()}",
            "MERIDIAN_SERVE_METRICS_SALES": f"127.0.0.1:{metrics}",
        },
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    try:
        assert wait_until(lambda: process.poll() is not None or _ready(metrics), PATIENCE)
        assert process.poll() is None
    finally:
        process.terminate()
    assert process.wait(PATIENCE) == 0


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
