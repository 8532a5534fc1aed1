"""What the packet filter of a pod is told."""

from __future__ import annotations

from tests.cluster import firewall
from tests.cluster.firewall import Forwarding
from tests.cluster.policies import Opening

ANSWERS = "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"


def filters(text: str, chain: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"-A {chain} ")]


def test_a_direction_without_policies_is_open() -> None:
    text = firewall.rules(None, [], [])

    assert not any("REJECT" in line for line in filters(text, "INPUT"))
    assert filters(text, "OUTPUT")[-1].endswith("-j REJECT --reject-with icmp-admin-prohibited")


def test_openings_come_before_the_refusal_and_after_what_is_always_let_through() -> None:
    text = firewall.rules([Opening("10.8.0.7/32", "tcp", 7100)], [], [])

    assert filters(text, "INPUT") == [
        "-A INPUT -i lo -j ACCEPT",
        f"-A INPUT {ANSWERS}",
        "-A INPUT -s 10.8.0.1/32 -j ACCEPT",
        "-A INPUT -s 10.8.0.7/32 -p tcp -m tcp --dport 7100 -j ACCEPT",
        "-A INPUT -j REJECT --reject-with icmp-admin-prohibited",
    ]


def test_the_node_is_not_reached_by_pods_that_may_not() -> None:
    assert not any("10.8.0.1" in line for line in filters(firewall.rules([], [], []), "OUTPUT"))


def test_a_service_is_shared_among_its_pods() -> None:
    service = Forwarding("10.96.1.1", "tcp", 8080, ["10.8.0.7", "10.8.0.8"], 80)

    first, last = filters(firewall.rules(None, None, [service]), "OUTPUT")[:2]

    assert "--probability 0.500000 -j DNAT --to-destination 10.8.0.7:80" in first
    assert "--probability 1.000000 -j DNAT --to-destination 10.8.0.8:80" in last


def test_who_comes_by_a_load_balancer_is_seen_as_from_elsewhere() -> None:
    balancer = Forwarding("198.51.100.10", "tcp", 7422, ["10.8.0.9"], 7422)

    text = firewall.published([balancer])

    (led,) = filters(text, "PREROUTING")
    assert led.startswith("-A PREROUTING -d 198.51.100.10 -p tcp -m tcp --dport 7422 ")
    assert led.endswith("-j DNAT --to-destination 10.8.0.9:7422")
    assert filters(text, "POSTROUTING") == [
        "-A POSTROUTING -m conntrack --ctstate DNAT -j SNAT --to-source 198.51.100.20"
    ]
