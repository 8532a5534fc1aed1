"""All that service keeps of a customer, who can move to another region with it (PLT-4)."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.extensions.tables import VALUES
from chassis.relocation.declaration import Belonging, Estate, Naming, Obstacle
from services.service.articles.domain import ArticleScope
from services.service.articles.links import case_articles
from services.service.articles.store import articles
from services.service.assets.store import assets
from services.service.calendars.store import calendars
from services.service.cases.store import cases
from services.service.clocks.store import clock_escalations, clock_segments, clocks
from services.service.contracts.store import contracts
from services.service.messages.store import messages
from services.service.sla_policies.domain import SlaPolicyState
from services.service.sla_policies.store import sla_policies
from services.service.tables import metadata

extension_values = metadata.tables[VALUES]
_IN_FORCE = sla_policies.c.state == SlaPolicyState.ACTIVE
_GLOBAL_ARTICLES = sa.select(articles.c.id).where(articles.c.scope == ArticleScope.GLOBAL)


def _obstacles(tx: Transaction, account_id: str) -> Iterator[Obstacle]:
    """Cases that belong together although they are of different customers."""
    part, whole = cases.alias("part"), cases.alias("whole")
    together = (part.c.parent_id == whole.c.id) | (part.c.merged_into_id == whole.c.id)
    one_of_them = (part.c.account_id == account_id) != (whole.c.account_id == account_id)
    found = tx.execute(sa.select(part.c.id).where(together, one_of_them).limit(1)).scalar()
    if found is not None:
        yield Obstacle("CASE_HAS_RELATIVES", found)


ESTATE = Estate(
    belongings=(
        Belonging(contracts.c.account_id),
        Belonging(assets.c.account_id),
        Belonging(cases.c.account_id),
        Belonging(messages.c.case_id, on=(cases.c.id,)),
        Belonging(clocks.c.case_id, on=(cases.c.id,)),
        Belonging(clock_segments.c.clock_id, on=(clocks.c.id,)),
        Belonging(clock_escalations.c.clock_id, on=(clocks.c.id,)),
        Belonging(
            case_articles.c.case_id,
            on=(cases.c.id,),
            # Regional articles are not in other regions.
            travels=case_articles.c.article_id.in_(_GLOBAL_ARTICLES),
        ),
        Belonging(extension_values.c.record_id, on=(cases.c.id,)),
    ),
    naming=(
        Naming(contracts.c.sla_policy_id, sla_policies.c.name, preferring=_IN_FORCE),
        Naming(cases.c.entitlement, sla_policies.c.name, key="policy_id", preferring=_IN_FORCE),
        Naming(clocks.c.calendar_id, calendars.c.name),
        Naming(clock_segments.c.sla_policy_id, sla_policies.c.name, preferring=_IN_FORCE),
        Naming(clock_segments.c.calendar_id, calendars.c.name),
    ),
    obstacles=_obstacles,
)
