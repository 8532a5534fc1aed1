"""The link between two regions goes where it is told to go, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from cli import nats_server
from cli.nats_configuration import Company, LeafListener, LeafRemote
from cli.nats_server import NatsServer, free_port
from cli.processes import stop, wait_until
from tests.regions.links import Links

HUB, OTHER = "na", "emea"
_PATIENCE = 20.0
_CONNECTED = re.compile(r"127\.0\.0\.1:(\d+) - lid:\d+ - Leafnode connection created for account")
_CLOSED = "Leafnode connection closed"


@dataclass(frozen=True)
class Linked:
    """A hub and another region whose link goes through a proxy."""

    links: Links
    proxy: int
    log: Path
    """Of the other region's server."""

    def connections(self) -> list[int]:
        """The ports that the other region was connected to, one after the other."""
        return [int(port) for port in _CONNECTED.findall(self.log.read_text())]

    def was_connected(self, times: int) -> bool:
        """Whether the link was made so often."""
        return len(self.connections()) >= times

    def was_closed(self, times: int) -> bool:
        """Whether it broke so often."""
        return self.log.read_text().count(_CLOSED) >= times


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[Linked]:
    leaf, links = free_port(), Links()
    proxy = links.add(OTHER, HUB, lambda: ("127.0.0.1", leaf))
    ends = {
        HUB: LeafListener(f"127.0.0.1:{leaf}", {OTHER: "leaf-secret"}),
        OTHER: LeafRemote(f"127.0.0.1:{proxy}", "leaf-secret"),
    }
    processes = []
    for region, end in ends.items():
        server = NatsServer(
            tmp_path / region,
            log=tmp_path / f"{region}.log",
            port=free_port(),
            password="secret",
            region=region,
            durable=False,
            company=Company(HUB, "border-secret", end),
        )
        processes.append(server.start())
        server.wait_until_ready(processes[-1])
    yield Linked(links, proxy, tmp_path / f"{OTHER}.log")
    stop(processes, nats_server.STOP_SIGNAL, 10)


def test_a_link_that_was_cut_takes_the_same_way_again(linked: Linked) -> None:
    """The hub tells its own address to who connects; another way round a firewall, or into one."""
    assert wait_until(partial(linked.was_connected, 1), _PATIENCE)
    (pair,) = linked.links.pairs
    for times in (1, 2, 3):
        linked.links.cut(pair)
        assert wait_until(partial(linked.was_closed, times), _PATIENCE)
        linked.links.heal(pair)
        assert wait_until(partial(linked.was_connected, times + 1), _PATIENCE)
    assert set(linked.connections()) == {linked.proxy}
