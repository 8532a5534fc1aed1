"""What dashboards show of leads."""

from chassis.figures import recent
from chassis.manifest import Figure
from services.marketing.leads.domain import LeadState
from services.marketing.leads.store import leads

FIGURES = (
    Figure(
        "recent_leads",
        "Leads of the last 30 days, by what has become of them.",
        ("state",),
        recent(leads, "state", LeadState),
    ),
)
