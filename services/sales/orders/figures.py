"""What dashboards show of orders."""

from chassis.figures import recent
from chassis.manifest import Figure
from services.sales.orders.axes import OrderState
from services.sales.orders.store import orders

FIGURES = (
    Figure(
        "recent_orders",
        "Orders of the last 30 days, by their commercial state.",
        ("state",),
        recent(orders, "commercial_state", OrderState),
    ),
)
