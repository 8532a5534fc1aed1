"""What a cluster knows: its objects by namespace, its pods, and from both its names and its packet filters."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster import firewall, network, resolver
from tests.cluster.firewall import Forwarding
from tests.cluster.network import Place
from tests.cluster.pods import Pod
from tests.cluster.policies import Member, Policies
from tests.cluster.volumes import Sources, content_of
from tests.image.builder import Image

Manifest = Mapping[str, Any]
DNS = "10.96.0.10"
_NAMESPACE_OF_DNS = "kube-system"
_LABELS_OF_DNS = {"k8s-app": "kube-dns"}


@dataclass
class Namespace:
    """The objects of one namespace that others refer to, each kind by name."""

    name: str
    secrets: dict[str, dict[str, bytes]] = field(default_factory=dict)
    config_maps: dict[str, dict[str, bytes]] = field(default_factory=dict)
    accounts: set[str] = field(default_factory=set)
    services: dict[str, Manifest] = field(default_factory=dict)
    policies: dict[str, Manifest] = field(default_factory=dict)

    def keep(self, manifest: Manifest) -> None:
        """Make an object, or exchange the one of this name."""
        name = manifest["metadata"]["name"]
        match manifest["kind"]:
            case "Secret":
                self.secrets[name] = content_of(manifest)
            case "ConfigMap":
                self.config_maps[name] = content_of(manifest)
            case "ServiceAccount":
                assert manifest["automountServiceAccountToken"] is False
                self.accounts.add(name)
            case "Service":
                self.services[name] = manifest["spec"]
            case "NetworkPolicy":
                self.policies[name] = manifest


class Cluster:
    """Namespaces and pods on the network of this process."""

    def __init__(self, folder: Path, image: Image, nats: Image) -> None:
        """Whatever a pod names is our image, but for NATS."""
        self.folder = folder
        self._image, self._nats = image, nats
        self.pods: list[Pod] = []
        self._others: dict[Place, Member] = {}
        self._namespaces: dict[str, Namespace] = {}
        self._outside: dict[str, list[str]] = {}
        self._numbers = itertools.count(10)
        self._published: dict[tuple[str, str], str] = {}
        self._published_rules = ""
        self._virtual: dict[tuple[str, str], str] = {}
        self._applied: dict[Place, str] = {}
        self._lock = threading.RLock()
        network.become_node()
        self._dns = self._place()
        self._others[self._dns] = Member(self._dns.address, _NAMESPACE_OF_DNS, _LABELS_OF_DNS)
        resolver.serve(self._dns, self.names)

    def namespace(self, name: str) -> Namespace:
        """The namespace, made when first asked for."""
        return self._namespaces.setdefault(name, Namespace(name))

    def machine(self, name: str, address: str) -> Place:
        """A machine beside the cluster, which its pods know by this DNS name."""
        self._outside[name] = [address]
        return network.add(f"m-{next(self._numbers)}", address)

    def publish(self, namespace: str, service: str, name: str, address: str) -> None:
        """Give a Service of type LoadBalancer an address beyond the cluster, and that a DNS name."""
        self._published[namespace, service] = address
        self._outside[name] = [address]
        self.refresh()

    def visitor(self, namespace: str, labels: Mapping[str, str] | None = None) -> Place:
        """A pod without containers, to connect from."""
        place = self._place()
        with self._lock:
            self._others[place] = Member(place.address, namespace, labels or {})
        self.refresh()
        return place

    def launch(
        self, name: str, namespace: str, template: Manifest, claims: Mapping[str, Path]
    ) -> Pod:
        """Start a pod. Raises Missing."""
        labels = template["metadata"].get("labels", {})
        specification = template["spec"]
        here = self.namespace(namespace)
        assert specification["serviceAccountName"] in here.accounts, specification
        pod = Pod(name, namespace, labels, specification, self._place(), self.refresh)
        sources = Sources(here.secrets, here.config_maps)
        pod.prepare(self.folder / "pods" / name, self._pull, sources, claims, DNS)
        with self._lock:
            self.pods.append(pod)
        self.refresh()
        pod.start()
        return pod

    def remove(self, pod: Pod) -> bool:
        """Stop a pod and forget it. Whether it ended within its grace."""
        ended = pod.stop()
        self._forget(pod)
        return ended

    def lose(self, pod: Pod) -> None:
        """End a pod at once, as when its node is gone."""
        pod.kill()
        self._forget(pod)

    def _forget(self, pod: Pod) -> None:
        with self._lock:
            self.pods.remove(pod)
            self._applied.pop(pod.place, None)
        network.remove(pod.place)
        self.refresh()

    def names(self) -> resolver.Names:
        """Every name that a pod can ask for, in full."""
        found = dict(self._outside)
        for namespace, name, service in self._services():
            full = f"{name}.{namespace.name}.svc.cluster.local"
            if service.get("clusterIP") == "None":
                addresses = [pod.address for pod in self._behind(namespace, service)]
                found |= {full: addresses} if addresses else {}
            else:
                found[full] = [self.address(namespace.name, name)]
        return found

    def address(self, namespace: str, service: str) -> str:
        """The virtual address of a Service."""
        with self._lock:
            key = (namespace, service)
            return self._virtual.setdefault(key, f"10.96.1.{len(self._virtual) + 1}")

    def refresh(self) -> None:
        """Let the packet filters of all pods follow what has changed."""
        with self._lock:
            members = self._members()
            forwardings = list(self._forwardings(self.address))
            self._refresh_published()
            for place, member in members.items():
                text = self._rules(member, list(members.values()), forwardings)
                if self._applied.get(place) != text:
                    firewall.apply(place, text)
                    self._applied[place] = text

    def stop(self) -> None:
        """End everything at once."""
        for pod in list(self.pods):
            self.lose(pod)

    def _refresh_published(self) -> None:
        found = [
            each
            for each in self._forwardings(lambda *service: self._published.get(service, ""))
            if each.address in self._published.values()
        ]
        text = firewall.published(found)
        if text != self._published_rules:
            firewall.apply_here(text)
            self._published_rules = text

    def _pull(self, name: str) -> Image:
        """The image of this name."""
        return self._nats if name.startswith("nats:") else self._image

    def _rules(self, member: Member, everybody: list[Member], forwardings: list[Forwarding]) -> str:
        namespace = self.namespace(member.namespace)
        policies = Policies(namespace.name, list(namespace.policies.values()))
        return firewall.rules(
            policies.openings(member, "ingress", everybody),
            policies.openings(member, "egress", everybody),
            forwardings,
        )

    def _place(self) -> Place:
        number = next(self._numbers)
        return network.add(f"p-{number}", f"10.8.{number // 250}.{number % 250 + 2}")

    def _members(self) -> dict[Place, Member]:
        ours = {
            pod.place: Member(pod.address, pod.namespace, pod.labels, _ports(pod.specification))
            for pod in self.pods
        }
        return ours | self._others

    def _services(self) -> Iterator[tuple[Namespace, str, Manifest]]:
        for namespace in list(self._namespaces.values()):
            for name, service in list(namespace.services.items()):
                yield namespace, name, service

    def _behind(self, namespace: Namespace, service: Manifest) -> list[Pod]:
        """The pods that a Service leads to."""
        wanted = service["selector"].items()
        return [
            pod
            for pod in list(self.pods)
            if pod.namespace == namespace.name and pod.ready and wanted <= pod.labels.items()
        ]

    def _forwardings(self, address: Callable[[str, str], str]) -> Iterator[Forwarding]:
        """What leads from the addresses of Services to their pods."""
        yield Forwarding(DNS, "udp", resolver.PORT, [self._dns.address], resolver.PORT)
        for namespace, name, service in self._services():
            if service.get("clusterIP") == "None":
                continue
            pods = self._behind(namespace, service)
            for port in service["ports"] if pods else []:
                target = port["targetPort"]
                number = _ports(pods[0].specification).get(target, target)
                targets = [pod.address for pod in pods]
                here = address(namespace.name, name)
                yield Forwarding(here, "tcp", port["port"], targets, number)


def _ports(specification: Manifest) -> dict[str, int]:
    return {
        port["name"]: port["containerPort"]
        for container in specification["containers"]
        for port in container.get("ports", [])
    }
