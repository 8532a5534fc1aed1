"""Carrying a conversion through: asking sales, and writing down what it answers.

Each step may be repeated after a crash: sales knows a handover by its conversion's id and makes it once, and
the answer is written in one transaction that checks the conversion's state first. The request that began a
conversion carries it through at once; what is left over, `resume_stuck` picks up.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from meridian.sales.v1 import handover_pb2, handover_service_pb2

from chassis.app import App
from chassis.call import Call
from chassis.errors import (
    Aborted,
    Exhausted,
    Internal,
    Invalid,
    MeridianError,
    Unauthenticated,
    Unavailable,
)
from services.marketing.conversions import store
from services.marketing.conversions.domain import Conversion, ConversionState
from services.marketing.conversions.handover import handover_for, name_as_in_plan
from services.marketing.leads import store as leads

log = logging.getLogger(__name__)

HANDOVERS = handover_service_pb2.DESCRIPTOR.services_by_name["HandoverService"]
#: How long sales may owe an answer before the timer asks again.
PATIENCE = timedelta(seconds=15)
#: Errors by which sales has not decided anything: it is away, busy or broken, or the caller's token has just expired.
_NO_VERDICT = (Aborted, Exhausted, Internal, Unauthenticated, Unavailable)
_BATCH = 50


def carry_through(app: App, conversion: Conversion, call: Call) -> Conversion:
    """Ask sales for its answer and write it down. Returns the conversion as it then is.

    Errors: what sales refuses for good, after that has been written down. If sales does not answer, the
    conversion is returned unfinished.
    """
    try:
        if conversion.state is ConversionState.PENDING:
            return _hand_over(app, conversion, call)
        return _take_back(app, conversion, call)
    except _NO_VERDICT:
        log.warning("conversion %s waits for sales", conversion.id)
        return conversion


def resume_stuck(app: App) -> None:
    """Carry on with conversions that sales owes an answer (a timer calls this)."""
    with app.reading() as tx:
        waiting = store.stuck(tx, tx.now - PATIENCE, _BATCH)
    for conversion in waiting:
        try:
            carry_through(app, conversion, app.system_call())
        except MeridianError as refusal:
            log.info("sales refused conversion %s: %s", conversion.id, refusal.reason)


def _hand_over(app: App, conversion: Conversion, call: Call) -> Conversion:
    with app.reading() as tx:
        lead = leads.get(tx, conversion.lead_id)
    request = handover_service_pb2.CreateHandoverRequest(handover=handover_for(conversion, lead))
    try:
        handover = app.neighbour(HANDOVERS).CreateHandover(request, call)
    except _NO_VERDICT:
        raise
    except MeridianError as refusal:
        _fail(app, conversion.id, refusal.reason)
        if isinstance(refusal, Invalid):
            name_as_in_plan(refusal)
        raise
    return _complete(app, conversion.id, handover)


def _complete(app: App, conversion_id: str, handover: handover_pb2.Handover) -> Conversion:
    with app.transaction() as tx:
        conversion = store.get(tx, conversion_id)
        if conversion.state is not ConversionState.PENDING:
            return conversion
        conversion.complete(
            handover_id=handover.id,
            account_id=handover.account_id,
            account_created=handover.account_created,
            contact_id=handover.contact_id,
            contact_created=handover.contact_created,
            opportunity_id=handover.opportunity_id,
        )
        lead = leads.get(tx, conversion.lead_id)
        converted = lead.convert(handover.account_id, handover.contact_id, handover.opportunity_id)
        leads.save(tx, lead)
        store.save(tx, conversion)
        tx.announce(converted)
    return conversion


def _fail(app: App, conversion_id: str, reason: str) -> None:
    with app.transaction() as tx:
        conversion = store.get(tx, conversion_id)
        if conversion.state is not ConversionState.PENDING:
            return
        conversion.fail(reason)
        lead = leads.get(tx, conversion.lead_id)
        lead.release()
        leads.save(tx, lead)
        store.save(tx, conversion)


def _take_back(app: App, conversion: Conversion, call: Call) -> Conversion:
    request = handover_service_pb2.RevertHandoverRequest(id=conversion.handover_id)
    try:
        app.neighbour(HANDOVERS).RevertHandover(request, call)
    except _NO_VERDICT:
        raise
    except MeridianError:
        _keep(app, conversion.id)
        raise
    return _undo(app, conversion.id)


def _undo(app: App, conversion_id: str) -> Conversion:
    with app.transaction() as tx:
        conversion = store.get(tx, conversion_id)
        if conversion.state is not ConversionState.UNDOING:
            return conversion
        conversion.undo()
        lead = leads.get(tx, conversion.lead_id)
        undone = lead.undo_conversion()
        leads.save(tx, lead)
        store.save(tx, conversion)
        tx.announce(undone)
    return conversion


def _keep(app: App, conversion_id: str) -> None:
    with app.transaction() as tx:
        conversion = store.get(tx, conversion_id)
        if conversion.state is ConversionState.UNDOING:
            conversion.keep()
            store.save(tx, conversion)
