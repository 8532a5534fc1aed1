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

#: As whom a cluster sees those who come to its load balancers from elsewhere.
OTHERS = "198.51.100.20"


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
    lines = ["*nat", ":OUTPUT ACCEPT", *_forwarded("OUTPUT", forwardings), "COMMIT"]
    lines += ["*filter", ":INPUT ACCEPT", ":OUTPUT ACCEPT", *_always()]
    lines += _allowed("INPUT", "-s", ingress)
    lines += _allowed("OUTPUT", "-d", egress)
    return "\n".join([*lines, "COMMIT", ""])


def published(forwardings: Sequence[Forwarding]) -> str:
    """What iptables-restore is told for the node: addresses of load balancers lead to pods, and whoever comes
    by one is seen by them with the address that another network has."""
    lines = [
        "*nat",
        ":PREROUTING ACCEPT",
        ":POSTROUTING ACCEPT",
        *_forwarded("PREROUTING", forwardings),
    ]
    lines.append(f"-A POSTROUTING -m conntrack --ctstate DNAT -j SNAT --to-source {OTHERS}")
    return "\n".join([*lines, "COMMIT", ""])


def apply_here(text: str) -> None:
    """Exchange the rules of the namespace that this thread is in; connections that are established stay."""
    done = subprocess.run(
        ["iptables-restore"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stderr}\n{text}"


def apply(place: Place, text: str) -> None:
    """The same, for the namespace of a pod."""
    with place.entered():
        apply_here(text)


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


def _forwarded(chain: str, forwardings: Sequence[Forwarding]) -> Iterator[str]:
    for each in forwardings:
        at = f"-d {each.address} -p {each.protocol} -m {each.protocol} --dport {each.port}"
        for number, target in enumerate(each.targets):
            share = (
                f"-m statistic --mode random --probability {1 / (len(each.targets) - number):.6f}"
            )
            yield f"-A {chain} {at} {share} -j DNAT --to-destination {target}:{each.target_port}"
