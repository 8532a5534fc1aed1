"""Running the gateway: the application under granian, in a worker process that ends with its parent."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from chassis.environment import Address
from chassis.settings import Settings
from chassis.telemetry.endpoint import Endpoint
from chassis.telemetry.surroundings import watch_certificates

log = logging.getLogger(__name__)

#: Seconds that requests get to finish once the gateway is told to stop.
GRACE = 20
#: For each request that works, so many may queue.
_QUEUE_FACTOR = 3

_LOGGING = {"version": 1, "incremental": True, "handlers": {}, "loggers": {"_granian": {}}}

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


def serve(settings: Settings) -> None:
    """Answer HTTP requests until SIGTERM or SIGINT, then let those that run finish."""
    gateway, peers = settings.gateway, settings.regions.peers
    run(partial(_application, settings), gateway.bind, gateway.threads, len(peers))


def run(load: Callable[[], Wsgi], bind: Address, threads: int, peers: int = 0) -> None:
    """Serve the application that `load` makes; it is made in the worker, after the fork.

    Requests that wait for other regions have threads of their own: `threads` for each of the peers,
    and as many for lists across regions.
    """
    server = MPServer(
        "gateway",
        address=bind.host,
        port=bind.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads * (1 + _QUEUE_FACTOR + peers + bool(peers)),
        workers_kill_timeout=GRACE,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=_LOGGING,
    )
    server.serve(target_loader=partial(_load, load, os.getpid()), wrap_loader=False)


def _application(settings: Settings) -> Wsgi:
    from gateway.app import Configuration, create_app
    from gateway.contract import installed
    from gateway.identity import through_directory

    limits, regions = settings.limits, settings.regions
    threads = settings.gateway.threads
    app = create_app(
        Configuration(
            targets={name: service.grpc_target for name, service in settings.services.items()},
            body_bytes=limits.body_bytes,
            upload_bytes=limits.upload_bytes,
            timeout=settings.default_deadline,
            rate=limits.requests_per_second,
            burst=limits.request_burst,
            running=threads,
            waiting=threads * _QUEUE_FACTOR,
            region=settings.region,
            hub=regions.hub,
            peers=regions.peers,
        ),
        installed(),
        through_directory,
    )
    watch_certificates(settings.certificate_files)
    Endpoint(settings.gateway.metrics, lambda: True)
    return app


def _load(load: Callable[[], Wsgi], parent: int) -> Wsgi:
    application = load()
    threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    return application


def _end_with(parent: int) -> None:
    """A worker whose parent was killed would keep the port; it stops as if it had been told to."""
    while os.getppid() == parent:
        time.sleep(0.2)
    log.warning("the gateway's main process is gone; stopping")
    os.kill(os.getpid(), signal.SIGTERM)
