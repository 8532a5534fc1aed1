"""Three NATS servers, a hub and two regions linked to it, across whose border leads are announced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from chassis import border
from chassis.border import Crossing
from chassis.worker import BorderLink
from cli import nats_server
from cli.nats_configuration import Company, LeafListener, LeafRemote
from cli.nats_server import NatsServer, free_port
from cli.processes import stop

HUB = "na"
REGIONS = ("na", "emea", "apac")
#: What crosses here, in place of what crosses in the product.
CROSSINGS = {
    crossing.type: crossing
    for crossing in (
        Crossing(
            "meridian.marketing.events.v1.LeadCreated",
            "marketing.lead.created",
            "every region",
            "to be counted",
            {},
        ),
        Crossing(
            "meridian.marketing.events.v1.LeadWorked",
            "marketing.lead.worked",
            "hub",
            "to be refused elsewhere",
            {},
        ),
    )
}


@contextmanager
def three_servers(
    folder: Path, crossings: Mapping[str, Crossing] = CROSSINGS
) -> Iterator[dict[str, NatsServer]]:
    """Run them; the hub is "na"."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(border, "crossings", lambda: crossings)
        leaf = f"127.0.0.1:{free_port()}"
        servers = {region: _server(folder / region, region, leaf) for region in REGIONS}
        processes = [server.start() for server in servers.values()]
        for server, process in zip(servers.values(), processes, strict=True):
            server.wait_until_ready(process)
        yield servers
        stop(processes, nats_server.STOP_SIGNAL, 10)


def link(server: NatsServer) -> BorderLink:
    """What a worker of that region is told."""
    return BorderLink(server.border_url, HUB, REGIONS)


def _server(folder: Path, region: str, leaf: str) -> NatsServer:
    passwords = {other: f"pw-{other}" for other in REGIONS if other != HUB}
    end = LeafListener(leaf, passwords) if region == HUB else LeafRemote(leaf, passwords[region])
    return NatsServer(
        folder,
        log=folder.with_suffix(".log"),
        port=free_port(),
        password="secret",
        region=region,
        durable=False,
        company=Company(HUB, "border-secret", end),
    )
