"""A network of pods: one Linux network namespace each, joined by a bridge in that of the node.

The node is a namespace of its own too, which this process enters: the network of the machine is never
touched, and everything is gone with this process.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Where the kubelet asks from; a NetworkPolicy never keeps it away from its own pods.
NODE = "10.8.0.1"
#: The node in the network beyond the cluster.
BORDER = "198.51.100.1"
_BRIDGE = "pods"
_PREFIXES = {NODE: 8, BORDER: 24}
_CLONE_NEWNET = 0x40000000
_NAMED = Path("/run/netns")
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Place:
    """Where a pod is on the network."""

    name: str
    address: str

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """What this thread opens and starts meanwhile is there."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(_NAMED / self.name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _call("setns", there, _CLONE_NEWNET)
            yield
        finally:
            _call("setns", before, _CLONE_NEWNET)
            os.close(there)
            os.close(before)


def become_node() -> None:
    """Leave the network of the machine for an empty one with a bridge. Nobody else must run in this process yet."""
    _NAMED.mkdir(exist_ok=True)
    _run("mount", "-t", "tmpfs", "tmpfs", str(_NAMED))
    _call("unshare", _CLONE_NEWNET)
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", _BRIDGE, "type", "bridge")
    for address, prefix in _PREFIXES.items():
        _run("ip", "address", "add", f"{address}/{prefix}", "dev", _BRIDGE)
    _run("ip", "link", "set", _BRIDGE, "up")
    for name, value in (("ip_forward", "1"), ("conf/all/send_redirects", "0")):
        Path("/proc/sys/net/ipv4", name).write_text(value)
    Path(f"/proc/sys/net/ipv4/conf/{_BRIDGE}/send_redirects").write_text("0")


def add(name: str, address: str) -> Place:
    """A new place with this address; names are at most 11 characters long."""
    outer = f"v-{name}"
    gateway = NODE if address.startswith("10.") else BORDER
    _run("ip", "netns", "add", name)
    _run(
        "ip", "link", "add", outer, "master", _BRIDGE, "type", "veth", "peer", "eth0", "netns", name
    )
    _run("ip", "link", "set", outer, "up")
    for arguments in (
        ("link", "set", "lo", "up"),
        ("address", "add", f"{address}/{_PREFIXES[gateway]}", "dev", "eth0"),
        ("link", "set", "eth0", "up"),
        ("route", "add", "default", "via", gateway),
    ):
        _run("ip", "-n", name, *arguments)
    return Place(name, address)


def remove(place: Place) -> None:
    """Take it away with all that is in it."""
    _run("ip", "netns", "delete", place.name)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


def _call(function: str, *arguments: int) -> None:
    if getattr(_LIBC, function)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), function)
