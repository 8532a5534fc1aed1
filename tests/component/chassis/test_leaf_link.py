"""The link between two regions goes where it is told to go, and nowhere else."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cli.processes import wait_until
from tests.component.chassis.linked import two_servers

_PATIENCE = 20.0


def test_a_link_that_was_cut_takes_the_same_way_again(tmp_path: Path) -> None:
    """The hub tells its own address to who connects; another way round a firewall, or into one."""
    with two_servers(tmp_path) as linked:
        assert wait_until(partial(linked.was_connected, 1), _PATIENCE)
        for times in (1, 2, 3):
            linked.cut()
            assert wait_until(partial(linked.was_closed, times), _PATIENCE)
            linked.heal()
            assert wait_until(partial(linked.was_connected, times + 1), _PATIENCE)
        assert set(linked.connections()) == {linked.proxy}
