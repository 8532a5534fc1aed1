"""What dashboards show of opportunities."""

from chassis.figures import recent
from chassis.manifest import Figure
from services.sales.opportunities.domain import OpportunityState
from services.sales.opportunities.store import opportunities

FIGURES = (
    Figure(
        "recent_opportunities",
        "Opportunities opened in the last 30 days, by what has become of them.",
        ("state",),
        recent(opportunities, "state", OpportunityState),
    ),
)
