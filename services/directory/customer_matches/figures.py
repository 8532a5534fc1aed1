"""What dashboards show of customers who may be in two regions."""

from chassis.figures import present
from chassis.manifest import Figure
from services.directory.customer_matches.domain import CustomerMatchState
from services.directory.customer_matches.store import customer_matches

FIGURES = (
    Figure(
        "customer_matches",
        "Pairs of customers of two regions who may be the same, by what this region decided.",
        ("state",),
        present(customer_matches, "state", CustomerMatchState),
    ),
)
