"""Failed rows of imports are personal data of people who never became leads; they are not kept for ever."""

from __future__ import annotations

import logging

from chassis.app import App
from services.marketing.lead_imports import store
from services.marketing.lead_imports.domain import KEEP_FAILED_ROWS

log = logging.getLogger(__name__)


def forget_failed_rows(app: App) -> None:
    """Delete the failed rows of imports that have been over for long enough (a timer calls this)."""
    with app.transaction() as tx:
        forgotten = store.forget_errors(tx, tx.now - KEEP_FAILED_ROWS)
    if forgotten:
        log.info("%d failed rows of imports are forgotten", forgotten)
