"""One region among others: destroyed under load and restored, while the other goes on working; and the hub, taken
back to an earlier moment, of which the other keeps what it was told.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from cli.backup.folder import BackupFolder
from cli.processes import wait_until
from tests.faults import reconciliation
from tests.faults.reconciliation import Check
from tests.regions import convergence
from tests.regions.company import HUB, Company
from tests.regions.labour import Ledger, everywhere
from tests.restore import agreement, examination
from tests.restore.timing import timed

OTHER = "emea"
NAMES = (HUB, OTHER)
_PATIENCE = 180.0
_PAUSE = 0.3
#: Seconds between two looks whether all agree; a look asks some thirty questions.
_LOOK = 2.0


class BackedUpCompany(Company):
    """Two regions, each with a backup folder of its own."""

    def __init__(self) -> None:
        super().__init__(
            names=NAMES,
            MERIDIAN_BACKUP_FOLDER="{folder}/backups",
            MERIDIAN_BACKUP_PASSPHRASE_FILE="{folder}/passphrase",
            MERIDIAN_ARCHIVE_METRICS="127.0.0.1:{port}",
        )
        for region in self.regions.values():
            (region.folder / "passphrase").write_text("only for this folder")

    def wait_until_backed_up(self) -> None:
        """Return when each region has its first backup."""
        for name, region in self.regions.items():
            folder = BackupFolder.of(region.folder / "backups", name)
            assert wait_until(partial(_has_backups, folder), _PATIENCE), f"{name} has no backup"


def check(company: BackedUpCompany, dice: random.Random) -> bool:
    """Whether both come back whole, and agree with each other."""
    company.wait_until_backed_up()
    destroyed = list(_destroyed(company, dice))
    reconciliation.print_table(destroyed)
    taken_back = list(_hub_taken_back(company, dice))
    reconciliation.print_table(taken_back)
    return all(check.holds for check in (*destroyed, *taken_back))


def _destroyed(company: BackedUpCompany, dice: random.Random) -> Iterator[Check]:
    """Destroy the region that is not the hub under load, and restore the end of its archive."""
    region = company.regions[OTHER]
    with _working(company, "destroyed", NAMES) as ledgers:
        time.sleep(dice.uniform(4, 8))
        with timed(f"a backup of {OTHER} was taken under load"):
            region.command("backup")
        time.sleep(dice.uniform(3, 8))
        began = time.monotonic()
        region.destroy()
        print(f"{OTHER} is destroyed", flush=True)
        print(region.command("restore"), end="")
        region.start()
        region.wait_until_answers()
        print(f"{OTHER} answers {time.monotonic() - began:.1f} s after its destruction", flush=True)
        lost = examination.lost(
            region, {k: at for k, at in ledgers[OTHER].answered.items() if at < began}
        )
        time.sleep(dice.uniform(2, 4))
    exposure = began - min(lost.values(), default=began)
    _print_lost(OTHER, lost, ledgers, exposure)
    yield Check("at most a minute lost", True, exposure <= examination.LONGEST_LOSS)
    yield from _converged(company, OTHER)
    yield from agreement.kept(company, ledgers, {OTHER: lost})


def _hub_taken_back(company: BackedUpCompany, dice: random.Random) -> Iterator[Check]:
    """Restore the hub to a moment before its last deeds, while the other region goes on."""
    hub = company.hub
    with _working(company, "taken-back", (OTHER,)) as others:
        with _working(company, "taken-back", (HUB,)) as ledgers:
            time.sleep(dice.uniform(4, 8))
            moment = datetime.now(UTC)
            time.sleep(dice.uniform(6, 10))
        hub.stop()
        with timed(f"the hub was taken back to {moment:%H:%M:%S}"):
            print(hub.command("restore", "--replace", "--at", moment.isoformat()), end="")
        hub.start()
        hub.wait_until_answers()
        lost = examination.lost(hub, ledgers[HUB].answered)
        time.sleep(dice.uniform(2, 4))
    _print_lost(HUB, lost, ledgers, 0.0)
    yield Check("something was given up", True, bool(lost))
    yield from _converged(company, HUB)
    yield from agreement.kept(company, {**ledgers, **others}, {HUB: lost})


def _has_backups(folder: BackupFolder) -> bool:
    return bool(folder.backups())


def _converged(company: Company, restored: str) -> list[Check]:
    """Wait until all that the regions know of each other is equal."""
    results: list[Check] = []

    def agree() -> bool:
        results[:] = [
            *convergence.travelled(company, restored),
            *convergence.mirrored(company),
            *convergence.same_decisions(company),
            *agreement.decided_once(company),
            *agreement.matched(company, restored),
        ]
        return all(check.holds for check in results)

    with timed("all agree, or time is up,"):
        wait_until(agree, _PATIENCE, _LOOK)
    return results


@contextmanager
def _working(company: Company, run: str, names: Sequence[str]) -> Iterator[dict[str, Ledger]]:
    """People work in these regions while the block runs; their promises, by region."""
    stopping = threading.Event()
    labours = everywhere(company, run, stopping, _PAUSE, names)
    for labour in labours.values():
        labour.thread.start()
    try:
        yield {name: labour.ledger for name, labour in labours.items()}
    finally:
        stopping.set()
        for labour in labours.values():
            labour.thread.join()


def _print_lost(
    name: str, lost: Mapping[str, float], ledgers: Mapping[str, Ledger], exposure: float
) -> None:
    promised = len(ledgers[name].answered)
    print(f"{name}: {len(lost)} of {promised} changes lost, {exposure:.2f} s of work", flush=True)
