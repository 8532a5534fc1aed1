"""What dashboards show of conversions."""

from chassis.figures import recent
from chassis.manifest import Figure
from services.marketing.conversions.domain import ConversionState
from services.marketing.conversions.store import conversions

FIGURES = (
    Figure(
        "recent_conversions",
        "Conversions of leads begun in the last 30 days, by how far they have come.",
        ("state",),
        recent(conversions, "state", ConversionState),
    ),
)
