"""Another region is added as docs/operate.md says; its NATS meets the hub's by TLS, through a load balancer."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator

import pytest

from cli.processes import wait_until
from cli.rest import Rest
from tests.cluster.installation import OTHER, Installation
from tests.image.builder import Image


@pytest.fixture(scope="module")
def emea(region: Installation, image: Image) -> Iterator[Installation]:
    other = Installation(region.cluster, OTHER, image)
    try:
        other.make_secrets(hub=region)
        other.install()
        yield other
    finally:
        other.stop()


def test_every_pod_becomes_ready(emea: Installation) -> None:
    assert [pod.name for pod in emea.pods if not pod.ready or pod.main.restarts] == []


def test_the_test_of_the_chart_finds_all_well(emea: Installation) -> None:
    assert "sales answers" in emea.release.test()


def test_its_nats_is_linked_to_the_hub_by_the_border_alone(
    region: Installation, emea: Installation
) -> None:
    (hub,) = region.release.workloads["na-nats"].pods

    def links() -> list[tuple[str, str]]:
        with urllib.request.urlopen(f"http://{hub.address}:8222/leafz", timeout=5) as answer:
            return [(each["name"], each["account"]) for each in json.load(answer)["leafs"] or []]

    assert wait_until(lambda: links() == [("meridian-emea", "BORDER")], 30), links()


def test_reference_data_of_the_hub_appears_there(region: Installation, emea: Installation) -> None:
    book = region.administrator().post("/sales/v1/price_books", {"name": "Both", "currency": "EUR"})
    there = emea.administrator()

    assert wait_until(lambda: book["id"] in books(there), 90, pause=1)


def books(rest: Rest) -> set[str]:
    return {each["id"] for each in rest.get("/sales/v1/price_books")["price_books"]}
