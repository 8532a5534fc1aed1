"""`meridian work SERVICE…`: publishes the events of services, handles those of others, runs timers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from chassis.settings import Settings
from chassis.telemetry.endpoint import Endpoint
from chassis.telemetry.surroundings import watch_home
from chassis.worker import BorderLink, Worker, WorkOptions
from cli import assembly
from cli.waiting import stop_request

log = logging.getLogger(__name__)


def work(settings: Settings, names: Sequence[str], log_file: Path | None = None) -> None:
    """Work until SIGTERM; then finish what is in hand, and end."""
    asked = stop_request()
    assembly.begin(settings, "work", names, log_file)
    trust = assembly.trust(settings, names)
    apps = [assembly.app(settings, trust, name) for name in names]
    options = WorkOptions(stream_replicas=settings.stream_replicas)
    worker = Worker(apps, settings.nats_url, options, _link(settings))
    worker.start()
    watch_home(settings.home)
    endpoint = Endpoint(settings.services[names[0]].work_metrics, lambda: worker.ready)
    log.info("working")
    asked.wait()
    worker.stop()
    endpoint.close()
    assembly.close(apps)
    trust.close()
    log.info("stopped")


def _link(settings: Settings) -> BorderLink | None:
    """The border, if there are other regions."""
    regions = settings.regions
    if not regions.border_nats_url:
        return None
    names = (settings.region, *(peer.region for peer in regions.peers))
    return BorderLink(regions.border_nats_url, regions.hub, names)
