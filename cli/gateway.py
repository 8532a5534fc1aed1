"""`meridian gateway`: the public REST API."""

from __future__ import annotations

from pathlib import Path

from chassis.settings import Settings
from cli import assembly
from gateway.server import serve


def run_gateway(settings: Settings, log_file: Path | None = None) -> None:
    """Answer HTTP requests until SIGTERM; then finish what runs, and end."""
    assembly.begin(settings, "gateway", (), log_file)
    serve(settings)
