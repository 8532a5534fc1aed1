"""What is done between two regions, and which alerts must fire while it lasts and be over afterwards."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

from tests.faults.person import Person, Refusal
from tests.monitoring.course import Expected, Fault
from tests.monitoring.watched_company import WatchedCompany
from tests.regions.company import HUB, Company
from tests.regions.labour import everywhere
from tests.regions.travellers import sara_of

OTHER = "emea"
REGIONS = (HUB, OTHER)
_WORK_PAUSE, _READ_PAUSE = 2.0, 1.0
_FLOOD = 150
#: Reference data is old, and a deal has waited long, after 300 seconds.
_AGED_SECONDS = 420.0
_ADMINISTRATOR = "administrator@meridian.example"
_MOVES = "/directory/v1/customer_moves"


@contextlib.contextmanager
def working(company: Company) -> Iterator[None]:
    """People enter customers and register deals in both regions, and look at accounts of both."""
    stopping = threading.Event()
    labours = everywhere(company, "watched", stopping, _WORK_PAUSE)
    threads = [labour.thread for labour in labours.values()]
    threads += [
        threading.Thread(target=_look, args=(company, name, stopping)) for name in company.regions
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def _look(company: Company, name: str, stopping: threading.Event) -> None:
    """List the accounts of all regions; one that is out of reach is named in the answer."""
    person = Person(company.regions[name], _ADMINISTRATOR, Counter())
    while not stopping.wait(_READ_PAUSE):
        with contextlib.suppress(Refusal):
            person.do("GET", "/sales/v1/accounts?regions=all")


@contextlib.contextmanager
def _cut_link(company: Company) -> Iterator[None]:
    """Nothing goes between the two, neither events nor requests; two customers were about to move.

    At the end one of them does not want to wait any more.
    """
    (pair,) = company.links.pairs
    owner = sara_of(company.people[OTHER])
    company.links.cut(pair)
    try:
        moves = [_begin_move(company, number, owner) for number in (1, 2)]
        _let_an_hour_pass(company)
        yield
        cancelled = f"{_MOVES}/{moves[0]}:cancel"
        company.people[HUB].do("POST", cancelled, {"reason": "They stay."}, "watched-cancel")
    finally:
        company.links.heal(pair)


def _begin_move(company: Company, number: int, owner_id: str) -> str:
    """Ask the hub to let a new customer go to the other region; the id of the move."""
    person, key = company.people[HUB], f"watched-mover-{number}"
    account = person.do("POST", "/sales/v1/accounts", {"name": f"Mover {number}"}, key)
    move = {
        "account_id": account["id"],
        "to_region": OTHER,
        "owner_id": owner_id,
        "reason": "Their head office moves.",
    }
    return str(person.do("POST", _MOVES, move, f"{key}-moves")["id"])


def _let_an_hour_pass(company: Company) -> None:
    """The moves that are under way say that they began an hour earlier."""
    with company.hub.connection("directory") as directory:
        directory.execute(
            "UPDATE customer_moves SET waiting_since_time = waiting_since_time - interval '1 hour'"
        )


@contextlib.contextmanager
def _locked_products(company: Company) -> Iterator[None]:
    """Somebody holds the other region's products while the hub enters some."""
    with company.regions[OTHER].connection("sales") as sales, sales.transaction():
        sales.execute("LOCK TABLE products IN SHARE MODE")
        for number in range(_FLOOD):
            product = {
                "sku": f"FLOOD-{number}",
                "name": f"Product {number}",
                "kind": "PRODUCT_KIND_GOODS",
                "product_line": "storage",
                "unit": "piece",
            }
            company.people[HUB].do("POST", "/sales/v1/products", product, f"flood-{number}")
        yield


@contextlib.contextmanager
def _ending_certificate(company: WatchedCompany) -> Iterator[None]:
    """Nobody renewed the certificate of the gateways."""
    company.show_certificate(days=2)
    yield
    company.show_certificate(days=365)


FAULTS: tuple[Fault[WatchedCompany], ...] = (
    Fault(
        "the certificate of the gateways ends in two days",
        _ending_certificate,
        (
            Expected("MeridianPeerCertificateExpiring", "ticket", {"region": HUB, "peer": OTHER}),
            Expected("MeridianPeerCertificateExpiring", "page", {"region": OTHER, "peer": HUB}),
        ),
    ),
    Fault(
        f"the link between {HUB} and {OTHER} is cut",
        _cut_link,
        (
            Expected("MeridianBorderLinkDown", "page", {"region": OTHER, "peer": HUB}),
            Expected("MeridianBorderLinkDown", "page", {"region": HUB, "peer": OTHER}),
            Expected("MeridianPeerUnreachable", "page", {"region": OTHER, "peer": HUB}),
            Expected("MeridianReplicaStale", "ticket", {"region": OTHER, "service": "sales"}),
            Expected("MeridianDealsClearing", "ticket", {"region": OTHER}),
            Expected("MeridianCustomerMoveHangs", "ticket", {"region": HUB}),
        ),
        fire_seconds=_AGED_SECONDS,
    ),
    Fault(
        f"somebody locks the products of {OTHER}, and {_FLOOD} come over the border",
        _locked_products,
        (
            Expected(
                "MeridianBorderLag", "ticket", {"region": OTHER, "consumer": "sales-from-border"}
            ),
        ),
    ),
)
