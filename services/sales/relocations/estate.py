"""All that sales keeps of a customer, who can move to another region with it (PLT-4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.errors import Refused
from chassis.extensions.tables import VALUES
from chassis.relocation.declaration import Belonging, Estate, Naming, Obstacle
from chassis.relocation.reading import chunks
from services.sales.accounts import store as account_store
from services.sales.accounts.store import accounts
from services.sales.activities.store import activities
from services.sales.contacts import store as contact_store
from services.sales.contacts.store import contact_roles, contacts
from services.sales.handovers.store import handovers
from services.sales.identifiers import announcing
from services.sales.identifiers.store import identifiers
from services.sales.opportunities.domain import OpportunityState
from services.sales.opportunities.store import opportunities, opportunity_stage_visits
from services.sales.orders.store import delivered_serials, fulfilments, order_ledger_entries, orders
from services.sales.pipelines.domain import PipelineState
from services.sales.pipelines.store import pipelines
from services.sales.pricing.store import price_rules
from services.sales.quotes.store import quotes
from services.sales.tables import metadata

extension_values = metadata.tables[VALUES]
_CUSTOMERS = (accounts.c.id, contacts.c.id)
_RECORDS = (*_CUSTOMERS, opportunities.c.id, quotes.c.id, orders.c.id)


def _obstacles(tx: Transaction, account_id: str) -> Iterator[Obstacle]:
    """What ties a customer to others that stay."""
    account = account_store.find(tx, [account_id])
    if not account:
        yield Obstacle("ACCOUNT_NOT_FOUND", account_id)
        return
    if account[0].parent_account_id:
        yield Obstacle("ACCOUNT_HAS_RELATIVES", account[0].parent_account_id)
    part = sa.select(accounts.c.id).where(accounts.c.parent_account_id == account_id)
    if (found := tx.execute(part.limit(1)).scalar()) is not None:
        yield Obstacle("ACCOUNT_HAS_RELATIVES", found)
    theirs = sa.select(contact_roles.c.contact_id).where(contact_roles.c.account_id == account_id)
    shared = sa.select(contact_roles.c.contact_id).where(
        contact_roles.c.contact_id.in_(theirs), contact_roles.c.account_id != account_id
    )
    if (found := tx.execute(shared.limit(1)).scalar()) is not None:
        yield Obstacle("CONTACT_SHARED", found)


def _leaving(tx: Transaction, _account_id: str, record_ids: Sequence[str]) -> None:
    """Other regions compare the customer with theirs as one of the region that it lives in."""
    announcing.announce_ends(tx, record_ids)


def _arrived(tx: Transaction, _account_id: str, record_ids: Sequence[str]) -> None:
    """Open opportunities go on in the pipelines of this region, which recognises the customer from now on."""
    for some in chunks(record_ids):
        _check_stages(tx, some)
        for account in account_store.find(tx, some):
            announcing.announce(tx, account_store.KIND, account.id, account.identifiers)
        for contact in contact_store.find(tx, some):
            announcing.announce(tx, contact_store.KIND, contact.id, contact.identifiers)


def _check_stages(tx: Transaction, record_ids: Sequence[str]) -> None:
    """Refused(RELOCATION_REFERENCE_MISSING) if an open opportunity is in a stage that its pipeline has not."""
    stages = sa.select(pipelines.c.name, pipelines.c.stages, opportunities.c.stage).where(
        opportunities.c.id.in_(record_ids),
        opportunities.c.state == OpportunityState.OPEN,
        pipelines.c.id == opportunities.c.pipeline_id,
    )
    for row in tx.execute(stages):
        if row.stage not in {each["key"] for each in row.stages}:
            subject = f"pipelines: {row.name}, stage {row.stage}"
            raise Refused("RELOCATION_REFERENCE_MISSING", subject=subject)


ESTATE = Estate(
    belongings=(
        Belonging(accounts.c.id),
        Belonging(contact_roles.c.account_id),
        Belonging(contacts.c.id, on=(contact_roles.c.contact_id,)),
        Belonging(identifiers.c.holder_id, on=_CUSTOMERS),
        Belonging(price_rules.c.account_id),
        Belonging(opportunities.c.account_id),
        Belonging(opportunity_stage_visits.c.opportunity_id, on=(opportunities.c.id,)),
        Belonging(handovers.c.account_id),
        Belonging(quotes.c.account_id),
        Belonging(orders.c.account_id),
        Belonging(fulfilments.c.order_id, on=(orders.c.id,)),
        Belonging(delivered_serials.c.order_id, on=(orders.c.id,)),
        Belonging(order_ledger_entries.c.order_id, on=(orders.c.id,)),
        Belonging(activities.c.subject_id, on=_RECORDS),
        Belonging(extension_values.c.record_id, on=_RECORDS),
    ),
    naming=(
        Naming(
            opportunities.c.pipeline_id,
            pipelines.c.name,
            preferring=pipelines.c.state == PipelineState.ACTIVE,
        ),
    ),
    obstacles=_obstacles,
    leaving=_leaving,
    arrived=_arrived,
)
