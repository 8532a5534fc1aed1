"""Deals that wait for the hub, and deals whose hashes were made under other keys; both by the clock (PRM-4)."""

from __future__ import annotations

import contextlib
import logging
from datetime import timedelta

from chassis import match_keys
from chassis.app import App
from chassis.errors import Aborted
from services.partners.deals import approval, store
from services.partners.deals.decisions import decide, was_decided
from services.partners.deals.states import DealVerdict

log = logging.getLogger(__name__)

#: After how long the hub is asked again. The same request is decided once, however often it comes.
PATIENCE = timedelta(minutes=5)


def ask_again(app: App) -> None:
    """Ask the hub again about deals that have waited long, and note in their decisions that they do."""
    with app.reading() as tx:
        waiting = store.waiting_for_hub(tx, tx.now - PATIENCE)
    for deal_id in waiting:
        # Aborted: somebody decided about the deal at this moment, the hub perhaps.
        with contextlib.suppress(Aborted), app.transaction() as tx:
            deal = store.get(tx, deal_id)
            if not deal.waits_since(tx.now - PATIENCE):
                continue
            approval.seek(tx, deal)
            if was_decided(tx, deal, DealVerdict.CLEARING_DELAYED, since=deal.clearing_time):
                store.save(tx, deal)
            else:
                log.warning("%s has waited for the hub since %s", deal.id, deal.clearing_time)
                decide(tx, deal, DealVerdict.CLEARING_DELAYED)


def renew(app: App) -> None:
    """Let the hub know of the hashes of now, where a clearance was asked for under other keys."""
    keys = match_keys.read(app.settings.regions.match_keys_file)
    if not keys.ids:
        return
    with app.reading() as tx:
        due = store.cleared_under_other_keys(tx, keys.ids)
    for deal_id in due:
        with contextlib.suppress(Aborted), app.transaction() as tx:
            deal = store.get(tx, deal_id)
            if not deal.clearance_keys:
                continue
            finding = approval.obstacle_of(approval.seek(tx, deal))
            if finding is None:
                store.save(tx, deal)
            else:
                deal.lose_clearance()
                decide(tx, deal, DealVerdict.CONFLICTED, findings=[finding])
