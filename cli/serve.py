"""`meridian serve SERVICE…`: the gRPC servers of one or several services in this process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from chassis.server import Server
from chassis.settings import Settings
from chassis.telemetry.endpoint import Endpoint
from chassis.watch import DatabaseWatch
from cli import assembly
from cli.waiting import stop_request

log = logging.getLogger(__name__)

DRAIN_SECONDS = 10.0


def serve(settings: Settings, names: Sequence[str], log_file: Path | None = None) -> None:
    """Answer until SIGTERM; then finish what runs, taking nothing new, and end."""
    asked = stop_request()
    assembly.begin(settings, "serve", names, log_file)
    trust = assembly.trust(settings, names)
    apps = [assembly.app(settings, trust, name) for name in names]
    servers = [
        Server(
            app,
            trust.verifier,
            bind=settings.services[app.service.name].grpc_bind,
            threads=settings.threads,
        )
        for app in apps
    ]
    ready = threading.Event()
    watches = [threading.Thread(target=DatabaseWatch(app).run, args=(asked,)) for app in apps]
    for server in servers:
        server.start(announced=False)
    for watch in watches:
        watch.start()
    endpoint = Endpoint(
        settings.services[names[0]].serve_metrics, lambda: ready.is_set() and not asked.is_set()
    )
    # One that cannot check tokens should not take the place of one that can.
    trust.wait_for_keys(asked)
    for server in servers:
        server.announce()
    ready.set()
    log.info("serving", extra={"ports": [server.port for server in servers]})
    asked.wait()
    for server in servers:
        server.drain(DRAIN_SECONDS)
    for watch in watches:
        watch.join()
    endpoint.close()
    assembly.close(apps)
    trust.close()
    log.info("stopped")
