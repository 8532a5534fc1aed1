"""A case together with its clocks: read, changed and written as one.

The case's row carries the version for both: whoever saves first wins, also against the timers.
"""

from __future__ import annotations

from dataclasses import dataclass

from chassis.app import Transaction
from services.service.assets import store as assets_store
from services.service.assets.domain import WarrantyState
from services.service.cases import store
from services.service.cases.domain import Case
from services.service.clocks import store as clocks_store
from services.service.clocks.promises import Promises
from services.service.contracts import store as contracts_store
from services.service.contracts.domain import Entitlement, Warranty, decide_entitlement
from services.service.sla_policies import store as sla_policies_store


@dataclass
class CaseFolder:
    """A case and what was promised for it."""

    case: Case
    promises: Promises

    def show_promises(self) -> None:
        """Have the case say when the next promise falls due and whether one was broken."""
        self.case.due_time = self.promises.due_time
        self.case.breached = self.case.breached or self.promises.breached


def open_folder(tx: Transaction, case_id: str, etag: str = "") -> CaseFolder:
    """A case that the caller may see, with its clocks. Errors: NOT_FOUND, STALE_ETAG."""
    case = store.get(tx, case_id, etag)
    return CaseFolder(case, clocks_store.of_case(tx, case.id, case.entitlement.policy_id))


def add_folder(tx: Transaction, case: Case) -> None:
    """Decide what a new case is entitled to, start its clocks, and write both."""
    case.entitlement = entitlement(tx, case)
    folder = CaseFolder(case, clocks_store.of_case(tx, case.id, case.entitlement.policy_id))
    folder.promises.case_created(case.priority, tx.now)
    folder.show_promises()
    store.add(tx, case)
    clocks_store.save(tx, folder.promises)


def save_folder(tx: Transaction, folder: CaseFolder) -> None:
    """Write case and clocks. Errors: CONCURRENT_CHANGE."""
    folder.show_promises()
    store.save(tx, folder.case)
    clocks_store.save(tx, folder.promises)


def reentitle(tx: Transaction, folder: CaseFolder) -> None:
    """Decide the entitlement anew, because the case is about another asset; clocks go on with it."""
    case = folder.case
    case.entitlement = entitlement(tx, case)
    running = folder.promises
    folder.promises = clocks_store.with_policy(tx, running, case.entitlement.policy_id)
    tx.announce(*folder.promises.retargeted(case.priority, tx.now))


def entitlement(tx: Transaction, case: Case) -> Entitlement:
    """By what right the case has its targets today (UTC)."""
    today = tx.now.date().isoformat()
    contracts = contracts_store.of_account(tx, case.account_id, today)
    return decide_entitlement(
        contracts, _warranty(tx, case, today), sla_policies_store.in_force(tx), today
    )


def _warranty(tx: Transaction, case: Case, on_date: str) -> Warranty | None:
    asset = assets_store.find(tx, case.asset_id) if case.asset_id else None
    if asset is None:
        return None
    return Warranty(asset.id, asset.warranty(on_date) is WarrantyState.IN_FORCE)
