"""Entering an opportunity: what it refers to is there, and stays there until the transaction ends.

Used wherever opportunities come from: the API and handovers.
"""

from __future__ import annotations

from chassis import tables
from chassis.app import Transaction
from chassis.errors import Invalid, NotFound
from services.sales.customers import check_contact
from services.sales.opportunities import store
from services.sales.opportunities.domain import Opportunity
from services.sales.pipelines import store as pipelines
from services.sales.pipelines.domain import Pipeline


def enter(tx: Transaction, opportunity: Opportunity) -> None:
    """Put a new opportunity of a held account at the first stage of its pipeline, and announce it.

    Errors: those of Opportunity.enter; Invalid with PIPELINE_NOT_FOUND, CONTACT_NOT_FOUND or
    CONTACT_ELSEWHERE.
    """
    tables.own(tx, opportunity)
    check_contact(tx, "opportunity", opportunity.account_id, opportunity.contact_id)
    created = opportunity.enter(_pipeline(tx, opportunity.pipeline_id), tx.now)
    store.add(tx, opportunity)
    tx.announce(created)


def _pipeline(tx: Transaction, pipeline_id: str) -> Pipeline:
    if not pipeline_id:
        return pipelines.keep(tx, pipelines.default(tx).id)
    try:
        return pipelines.keep(tx, pipeline_id)
    except NotFound as error:
        raise Invalid("PIPELINE_NOT_FOUND", field="opportunity.pipeline_id") from error
