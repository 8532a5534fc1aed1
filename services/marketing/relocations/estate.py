"""All that marketing keeps of a customer, who can move to another region with it (PLT-4)."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.extensions.tables import VALUES
from chassis.relocation.declaration import Belonging, Estate, Obstacle
from services.marketing.assignment.store import decisions
from services.marketing.conversions.domain import UNFINISHED, ConversionState
from services.marketing.conversions.store import conversions
from services.marketing.leads.store import lead_keys, leads
from services.marketing.tables import metadata
from services.marketing.touchpoints.store import touchpoints

extension_values = metadata.tables[VALUES]


def _obstacles(tx: Transaction, account_id: str) -> Iterator[Obstacle]:
    """Leads of which it is not decided whether they become this customer."""
    planned = conversions.c.plan["account_id"].as_string() == account_id
    unfinished = sa.select(conversions.c.id).where(
        conversions.c.state.in_(UNFINISHED), planned | (conversions.c.account_id == account_id)
    )
    if (found := tx.execute(unfinished.limit(1)).scalar()) is not None:
        yield Obstacle("CONVERSION_UNDER_WAY", found)


ESTATE = Estate(
    belongings=(
        # A lead that was given back is nobody's again.
        Belonging(conversions.c.account_id, where=conversions.c.state == ConversionState.DONE),
        Belonging(leads.c.id, on=(conversions.c.lead_id,)),
        Belonging(conversions.c.lead_id, on=(leads.c.id,)),
        Belonging(lead_keys.c.lead_id, on=(leads.c.id,)),
        Belonging(touchpoints.c.lead_id, on=(leads.c.id,)),
        Belonging(decisions.c.lead_id, on=(leads.c.id,)),
        Belonging(extension_values.c.record_id, on=(leads.c.id,)),
    ),
    obstacles=_obstacles,
)
