"""Rules for the packet filter of each pod's namespace, written for iptables-restore."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.cluster.network import NODE, Place
from tests.cluster.policies import Opening

#: The other end is told so, at once: a connection that policies forbid fails with "no route to host", one
#: that nobody awaits with "connection refused".
_FORBID = "REJECT --reject-with icmp-admin-prohibited"


@dataclass(frozen=True)
class Forwarding:
    """The address of a Service and the pods behind it, at their port."""

    address: str
    protocol: str
    port: int
    targets: Sequence[str]
    target_port: int


def rules(
    ingress: Sequence[Opening] | None,
    egress: Sequence[Opening] | None,
    forwardings: Sequence[Forwarding],
) -> str:
    """What iptables-restore is told for one pod; None leaves a direction open."""
    lines = ["*nat", ":OUTPUT ACCEPT", *_forwarded(forwardings), "COMMIT"]
    lines += ["*filter", ":INPUT ACCEPT", ":OUTPUT ACCEPT", *_always()]
    lines += _allowed("INPUT", "-s", ingress)
    lines += _allowed("OUTPUT", "-d", egress)
    return "\n".join([*lines, "COMMIT", ""])


def apply(place: Place, text: str) -> None:
    """Exchange the rules of a namespace; connections that are established stay."""
    with place.entered():
        done = subprocess.run(
            ["iptables-restore"], input=text, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, f"{place.name}: {done.stderr}\n{text}"


def _always() -> Iterator[str]:
    """What is not for policies to decide: answers, the pod itself, and its kubelet."""
    for chain, interface in (("INPUT", "-i"), ("OUTPUT", "-o")):
        yield f"-A {chain} {interface} lo -j ACCEPT"
        yield f"-A {chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"
    yield f"-A INPUT -s {NODE}/32 -j ACCEPT"


def _allowed(chain: str, other: str, openings: Sequence[Opening] | None) -> Iterator[str]:
    if openings is None:
        return
    for each in openings:
        at = f"-p {each.protocol} -m {each.protocol} --dport {each.port}"
        yield f"-A {chain} {other} {each.network} {at} -j ACCEPT"
    yield f"-A {chain} -j {_FORBID}"


def _forwarded(forwardings: Sequence[Forwarding]) -> Iterator[str]:
    for each in forwardings:
        at = f"-d {each.address} -p {each.protocol} -m {each.protocol} --dport {each.port}"
        for number, target in enumerate(each.targets):
            share = (
                f"-m statistic --mode random --probability {1 / (len(each.targets) - number):.6f}"
            )
            yield f"-A OUTPUT {at} {share} -j DNAT --to-destination {target}:{each.target_port}"
