"""What NetworkPolicies let through, as Kubernetes reads them, in addresses and ports.

A pod that no policy selects for a direction may do anything in it; one that is selected may do what some
policy allows. A connection needs the leave of both its ends. An ipBlock is taken by its addresses alone,
whether pods have them or not.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Network = ipaddress.IPv4Network
#: A namespace carries its name as a label.
NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class Member:
    """A pod as policies see it; `ports` are those that it names."""

    address: str
    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Opening:
    """Connections that are let through: who the other end is, and the port at which they arrive."""

    network: str
    protocol: str
    port: int


@dataclass(frozen=True)
class Policies:
    """All policies of a namespace. Direction is "ingress" or "egress"."""

    namespace: str
    manifests: Sequence[Mapping[str, Any]]

    def openings(
        self, pod: Member, direction: str, everybody: Sequence[Member]
    ) -> list[Opening] | None:
        """What this pod may do in a direction; None if no policy is about it, so that it may do anything."""
        about = [spec for spec in self._about(pod) if direction.title() in spec["policyTypes"]]
        if not about:
            return None
        found = {
            opening
            for spec in about
            for rule in spec.get(direction, [])
            for opening in self._allowed(rule, direction, pod, everybody)
        }
        return sorted(found)

    def _about(self, pod: Member) -> list[Mapping[str, Any]]:
        specs = [manifest["spec"] for manifest in self.manifests]
        return [
            spec
            for spec in specs
            if pod.namespace == self.namespace and _selects(spec["podSelector"], pod.labels)
        ]

    def _allowed(
        self, rule: Mapping[str, Any], direction: str, pod: Member, everybody: Sequence[Member]
    ) -> Iterator[Opening]:
        for peer in rule["from" if direction == "ingress" else "to"]:
            for port in rule["ports"]:
                protocol = port["protocol"].lower()
                if "ipBlock" in peer:
                    arrives = pod if direction == "ingress" else None
                    number = _number(port["port"], arrives)
                    if number is not None:
                        for network in networks(peer["ipBlock"]):
                            yield Opening(str(network), protocol, number)
                    continue
                for other in everybody:
                    number = _number(port["port"], pod if direction == "ingress" else other)
                    if number is not None and self._is(peer, other):
                        yield Opening(f"{other.address}/32", protocol, number)

    def _is(self, peer: Mapping[str, Any], other: Member) -> bool:
        if "namespaceSelector" in peer:
            there = _selects(peer["namespaceSelector"], {NAME: other.namespace})
        else:
            there = other.namespace == self.namespace
        return there and _selects(peer.get("podSelector", {}), other.labels)


def networks(block: Mapping[str, Any]) -> list[Network]:
    """The addresses of an ipBlock without those that it excepts."""
    left = [Network(block["cidr"])]
    for each in map(Network, block.get("except", [])):
        left = [part for whole in left for part in _without(whole, each)]
    return sorted(ipaddress.collapse_addresses(left))


def _without(whole: Network, part: Network) -> list[Network]:
    if part.supernet_of(whole):
        return []
    return list(whole.address_exclude(part)) if part.subnet_of(whole) else [whole]


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a selector finds something with these labels; an empty one finds everything."""
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def _number(port: int | str, arrives: Member | None) -> int | None:
    """A port that is named is the one that the pod at which the connection arrives calls so."""
    if isinstance(port, int):
        return port
    return arrives.ports.get(port) if arrives else None
