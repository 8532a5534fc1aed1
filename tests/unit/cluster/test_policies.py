"""NetworkPolicies are read as Kubernetes reads them."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from tests.cluster.policies import Member, Opening, Policies, networks

WEB = Member("10.8.0.1", "shop", {"app": "web"}, {"http": 8080})
DATA = Member("10.8.0.2", "shop", {"app": "data"}, {"sql": 5432})
STRANGER = Member("10.8.0.3", "elsewhere", {"app": "web"})
EVERYBODY = [WEB, DATA, STRANGER]


def policies(**spec: Any) -> Policies:
    return Policies("shop", [{"spec": spec}])


def rule(side: str, peer: dict[str, Any], port: int | str = "sql") -> dict[str, Any]:
    return {side: [peer], "ports": [{"port": port, "protocol": "TCP"}]}


def labelled(name: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": name}}}


def test_a_pod_that_no_policy_selects_may_do_anything() -> None:
    about = policies(podSelector={"matchLabels": {"app": "data"}}, policyTypes=["Ingress"])

    assert about.openings(WEB, "ingress", EVERYBODY) is None
    assert about.openings(DATA, "egress", EVERYBODY) is None


def test_a_pod_of_another_namespace_is_never_selected() -> None:
    about = policies(podSelector={}, policyTypes=["Ingress", "Egress"])

    assert about.openings(STRANGER, "ingress", EVERYBODY) is None


def test_a_pod_that_is_selected_may_do_nothing_of_itself() -> None:
    about = policies(podSelector={}, policyTypes=["Ingress", "Egress"])

    assert about.openings(WEB, "ingress", EVERYBODY) == []
    assert about.openings(WEB, "egress", EVERYBODY) == []


def test_a_peer_is_a_pod_of_the_same_namespace() -> None:
    about = policies(
        podSelector={}, policyTypes=["Ingress"], ingress=[rule("from", labelled("web"))]
    )

    assert about.openings(DATA, "ingress", EVERYBODY) == [Opening("10.8.0.1/32", "tcp", 5432)]


def test_a_namespace_may_be_named_and_narrowed() -> None:
    there = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "elsewhere"}}}
    nobody = there | labelled("data")

    for peer, expected in ((there, [Opening("10.8.0.3/32", "tcp", 5432)]), (nobody, [])):
        about = policies(podSelector={}, policyTypes=["Ingress"], ingress=[rule("from", peer)])
        assert about.openings(DATA, "ingress", EVERYBODY) == expected


def test_a_port_is_named_by_the_pod_at_which_the_connection_arrives() -> None:
    about = policies(podSelector={}, policyTypes=["Egress"], egress=[rule("to", labelled("data"))])

    assert about.openings(WEB, "egress", EVERYBODY) == [Opening("10.8.0.2/32", "tcp", 5432)]


def test_a_name_that_the_other_pod_does_not_have_opens_nothing() -> None:
    about = policies(podSelector={}, policyTypes=["Egress"], egress=[rule("to", labelled("web"))])

    assert about.openings(DATA, "egress", EVERYBODY) == []


def test_policies_add_up() -> None:
    one = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [rule("to", labelled("data"))]}
    other = one | {"egress": [rule("to", {"ipBlock": {"cidr": "10.60.0.0/24"}}, 443)]}
    about = Policies("shop", [{"spec": one}, {"spec": other}])

    assert about.openings(WEB, "egress", EVERYBODY) == [
        Opening("10.60.0.0/24", "tcp", 443),
        Opening("10.8.0.2/32", "tcp", 5432),
    ]


@pytest.mark.parametrize(
    ("address", "inside"),
    [("8.8.8.8", True), ("10.1.2.3", False), ("11.0.0.1", True), ("192.168.7.7", False)],
)
def test_a_block_leaves_out_what_it_excepts(address: str, inside: bool) -> None:
    found = networks({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "192.168.0.0/16"]})

    assert any(ipaddress.IPv4Address(address) in each for each in found) == inside


def test_a_block_may_be_excepted_wholly_or_not_at_all() -> None:
    assert networks({"cidr": "10.1.0.0/16", "except": ["10.0.0.0/8"]}) == []
    assert networks({"cidr": "10.1.0.0/16", "except": ["10.2.0.0/16"]}) == [
        ipaddress.IPv4Network("10.1.0.0/16")
    ]
