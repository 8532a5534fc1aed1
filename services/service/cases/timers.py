"""What happens to cases by the clock: steps and breaches of running clocks, closing what is resolved.

Each case is one transaction. Two processes may take the same case: its version lets one of them win,
and the other finds nothing left to do the next time.
"""

from __future__ import annotations

from collections.abc import Callable

from chassis.app import App, Transaction
from chassis.errors import Aborted
from services.service.cases import store
from services.service.cases.facts import CasePrioritized, CaseState
from services.service.cases.folder import CaseFolder, open_folder, save_folder
from services.service.clocks import store as clocks_store

# How many cases a timer takes in one turn.
BATCH = 200


def check_clocks(app: App) -> None:
    """Note breaches and fire escalation steps whose moment has come, each once."""
    with app.reading() as tx:
        due = clocks_store.cases_to_check(tx, BATCH)
    for case_id in due:
        _each(app, case_id, _check)


def close_resolved(app: App) -> None:
    """Close the cases that have been resolved for long enough."""
    with app.reading() as tx:
        due = store.to_close(tx, BATCH)
    for case_id in due:
        _each(app, case_id, _close)


def _each(app: App, case_id: str, act: Callable[[Transaction, CaseFolder], None]) -> None:
    try:
        with app.transaction() as tx:
            act(tx, open_folder(tx, case_id))
    except Aborted:
        # Somebody else changed the case meanwhile; it comes up again if there is still cause.
        return


def _check(tx: Transaction, folder: CaseFolder) -> None:
    breaches, escalated = folder.promises.due(tx.now)
    tx.announce(*breaches)
    for step, event in escalated:
        effects = folder.case.escalate(step)
        tx.announce(event, *effects)
        if any(isinstance(effect, CasePrioritized) for effect in effects):
            tx.announce(*folder.promises.retargeted(folder.case.priority, tx.now))
    save_folder(tx, folder)


def _close(tx: Transaction, folder: CaseFolder) -> None:
    due = folder.case.auto_close_time
    if folder.case.state is CaseState.RESOLVED and due and due <= tx.now:
        tx.announce(folder.case.close(at=tx.now))
        save_folder(tx, folder)
