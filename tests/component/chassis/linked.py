"""A hub and another region, each a NATS server, whose link goes through a proxy and can be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli import nats_server
from cli.nats_configuration import Company, LeafListener, LeafRemote
from cli.nats_server import NatsServer, free_port
from cli.processes import stop
from tests.regions.links import Links

HUB, OTHER = "na", "emea"
_CONNECTED = re.compile(r"127\.0\.0\.1:(\d+) - lid:\d+ - Leafnode connection created for account")
_CLOSED = "Leafnode connection closed"


@dataclass(frozen=True)
class Linked:
    """Both, and the proxy between them."""

    links: Links
    proxy: int
    servers: Mapping[str, NatsServer]

    def cut(self) -> None:
        """Cut the link."""
        self.links.cut(*self.links.pairs)

    def heal(self) -> None:
        """Let it go again."""
        self.links.heal(*self.links.pairs)

    def connections(self) -> list[int]:
        """The ports that the other region was connected to, one after the other."""
        return [int(port) for port in _CONNECTED.findall(self._log)]

    def was_connected(self, times: int) -> bool:
        """Whether the link was made so often."""
        return len(self.connections()) >= times

    def was_closed(self, times: int) -> bool:
        """Whether it broke so often."""
        return self._log.count(_CLOSED) >= times

    @property
    def _log(self) -> str:
        return self.servers[OTHER].log.read_text()


@contextmanager
def two_servers(folder: Path) -> Iterator[Linked]:
    """Run them, linked."""
    leaf, links = free_port(), Links()
    proxy = links.add(OTHER, HUB, lambda: ("127.0.0.1", leaf))
    ends: dict[str, LeafListener | LeafRemote] = {
        HUB: LeafListener(f"127.0.0.1:{leaf}", {OTHER: "leaf-secret"}),
        OTHER: LeafRemote(f"127.0.0.1:{proxy}", "leaf-secret"),
    }
    servers = {
        region: NatsServer(
            folder / region,
            log=folder / f"{region}.log",
            port=free_port(),
            password="secret",
            region=region,
            durable=False,
            company=Company(HUB, "border-secret", end),
        )
        for region, end in ends.items()
    }
    processes = [server.start() for server in servers.values()]
    for server, process in zip(servers.values(), processes, strict=True):
        server.wait_until_ready(process)
    yield Linked(links, proxy, servers)
    stop(processes, nats_server.STOP_SIGNAL, 10)
