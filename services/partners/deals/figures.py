"""What dashboards show of registered deals."""

from chassis.figures import recent
from chassis.manifest import Figure
from services.partners.deals.states import DealState
from services.partners.deals.store import deals

FIGURES = (
    Figure(
        "recent_deals",
        "Deals registered in the last 30 days, by what has become of them.",
        ("state",),
        recent(deals, "state", DealState),
    ),
)
