"""`make border-check`: plant words in every field of every region, move a customer to another, and look for
the words in all that crosses a border, in all logs and in all metrics.

Exit code 0 if none is found there; if all of the customer who moved is where they live now, and nothing of
them where they lived; and if one that may cross, in the name of a product, was found, which
shows that the search finds.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping

import nats
import requests
from meridian.sales.v1 import product_pb2

from cli.processes import wait_until
from tests.faults.reconciliation import Check, print_table
from tests.faults.region import Region
from tests.regions import convergence, footprints
from tests.regions.canaries import Canaries
from tests.regions.company import HUB, Company
from tests.regions.planting import Planter

_PATIENCE = 180.0
#: Seconds between two looks whether everything crossed.
_PAUSE = 1.0
_MATCHES = 4
"""Possible duplicates in each region: its account and contact, each with the two of another, twice."""


def main() -> int:
    """Run once."""
    canaries = Canaries()
    lock = threading.Lock()
    with tempfile.TemporaryFile() as heard:

        def hear(chunk: bytes) -> None:
            with lock:
                heard.write(chunk)

        company = Company(hear)
        holds = False
        try:
            company.wait_until_ready()
            planters = _plant(company, canaries)
            product = _plant_product(planters[HUB], canaries)
            _cross(company)
            results = list(_matches(company))
            results += footprints.move_away(company, canaries, planters[footprints.FROM])
            _cross(company)
            heard.seek(0)
            results += _findings(company, canaries, heard.read(), product)
            print(f"{len(canaries.planted)} words planted, {heard.tell():,} bytes crossed")
            print_table(results)
            holds = all(check.holds for check in results)
        finally:
            company.stop()
    if holds:
        company.remove()
    else:
        print(f"data and logs are kept in {company.folders}")
    return 0 if holds else 1


def _plant(company: Company, canaries: Canaries) -> Mapping[str, Planter]:
    """Plant everywhere."""
    shared = f"{canaries.word('shared e-mail')}@canary.example"
    peers = {
        name: next(each for each in company.regions if each != name) for name in company.regions
    }
    planters = {
        name: Planter(name, region, canaries, shared, peers[name])
        for name, region in company.regions.items()
    }
    for planter in planters.values():
        planter.plant()
    return planters


def _plant_product(planter: Planter, canaries: Canaries) -> set[str]:
    """Plant where words may cross: in a product. Where they are."""
    before = set(canaries.planted)
    plain = {"sku": "CANARY-1", "product_line": "storage", "unit": "piece"}
    product = canaries.body(product_pb2.Product.DESCRIPTOR, plain, "Product")
    planter.people["sara"].do("POST", "/sales/v1/products", product)
    return {canaries.planted[word] for word in set(canaries.planted) - before}


def _cross(company: Company) -> None:
    """Wait until all that may cross has crossed and was handled."""

    def crossed() -> bool:
        return all(check.holds for check in convergence.travelled(company))

    if not wait_until(crossed, _PATIENCE, _PAUSE):
        raise TimeoutError("not everything crossed")


def _matches(company: Company) -> Iterator[Check]:
    """That customers were compared, although nothing of them crosses."""
    for name, region in company.regions.items():
        matches = region.query("directory", "SELECT count(*) AS n FROM customer_matches")
        yield Check(f"{name}: customers found in other regions", True, matches[0]["n"] >= _MATCHES)


def _findings(
    company: Company, canaries: Canaries, heard: bytes, product: set[str]
) -> Iterator[Check]:
    crossed = canaries.found(heard)
    yield Check("words of a product in what crossed", True, bool(crossed & product))
    yield Check("words in what crossed between servers", [], sorted(crossed - product))
    for name, region in company.regions.items():
        stored = canaries.found(asyncio.run(_border_stream(region)))
        yield Check(f"{name}: words in the stream BORDER", [], sorted(stored - product))
        moves = region.query("directory", "SELECT state FROM customer_moves ORDER BY id")
        answered = ["failed", "done"] if name == footprints.FROM else ["failed"]
        states = [move["state"] for move in moves]
        yield Check(f"{name}: moves that the other region answered", answered, states)
        for log in sorted(region.home.logs.iterdir()):
            words = canaries.found(log.read_bytes())
            yield Check(f"{name}: words in {log.name}", [], sorted(words))
        output = canaries.found((region.folder / "up.log").read_bytes())
        yield Check(f"{name}: words in what it prints", [], sorted(output))
        yield Check(f"{name}: words in metrics", [], sorted(canaries.found(_metrics(region))))


async def _border_stream(region: Region) -> bytes:
    """All messages of the stream BORDER of a region, headers and all."""
    connection = await nats.connect(region.border_url())
    stream = connection.jetstream()
    state = (await stream.stream_info("BORDER")).state
    content = b""
    for sequence in range(state.first_seq, state.last_seq + 1):
        message = await stream.get_msg("BORDER", seq=sequence)
        content += (message.data or b"") + repr(message.headers).encode()
    await connection.close()
    return content


def _metrics(region: Region) -> bytes:
    """What every process of a region tells Prometheus."""
    content = b""
    for address in region.targets():
        content += requests.get(f"http://{address}/metrics", timeout=5).content
    assert b"meridian_" in content
    return content


if __name__ == "__main__":
    sys.exit(main())
