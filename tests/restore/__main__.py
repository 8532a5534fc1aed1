"""`make restore-check`: destroy a region under load, restore it, and see what is there (PLT-9); first a region
that stands alone, then one of two.

    SEED=7 make restore-check             the same moments again
    LEADS=60 make restore-check           leads converted before the moment that is restored last
    ONLY=regions make restore-check       only the second half; ONLY=alone only the first
    KEEP=1 make restore-check             leave the data and the logs where they are

Exit code 0 if at most a minute of work was lost, everything reconciles, an earlier moment comes back as it was,
and the regions agree.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import requests

from cli.backup.folder import BackupFolder
from cli.processes import wait_until
from tests.faults import clerks, reconciliation
from tests.faults.reconciliation import Check
from tests.faults.region import Region
from tests.restore import among, examination
from tests.restore.load import working
from tests.restore.timing import timed

CLERKS = 4
PATIENCE = 180.0


def main() -> int:
    """Run once."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    leads = int(os.environ.get("LEADS") or 100)
    print(f"seed {seed} (SEED={seed} LEADS={leads} make restore-check repeats this)")
    only = os.environ.get("ONLY", "")
    holds = True
    if only in ("", "alone"):
        holds &= _alone(random.Random(seed), leads)
    if only in ("", "regions"):
        holds &= _among_others(random.Random(seed))
    return 0 if holds else 1


def _alone(dice: random.Random, leads: int) -> bool:
    region = Region(
        MERIDIAN_BACKUP_FOLDER="{folder}/backups",
        MERIDIAN_BACKUP_PASSPHRASE_FILE="{folder}/passphrase",
        MERIDIAN_ARCHIVE_METRICS="127.0.0.1:{port}",
    )
    (region.folder / "passphrase").write_text("only for this folder")
    holds = False
    try:
        region.wait_until_ready()
        holds = _run(region, dice, leads)
    finally:
        region.stop()
    if holds and not os.environ.get("KEEP"):
        region.remove()
    else:
        print(f"data and logs are kept in {region.folder}")
    return holds


def _among_others(dice: random.Random) -> bool:
    company = among.BackedUpCompany()
    holds = False
    try:
        company.wait_until_ready()
        holds = among.check(company, dice)
    finally:
        company.stop()
    if holds and not os.environ.get("KEEP"):
        company.remove()
    else:
        print(f"data and logs are kept in {company.folders}")
    return holds


def _run(region: Region, dice: random.Random, leads: int) -> bool:
    backups = BackupFolder.of(region.folder / "backups", "na")
    assert wait_until(lambda: bool(backups.backups()), PATIENCE), "there is no backup"
    _settle(region)
    before = examination.figures(region)
    with timed(f"{leads} leads were converted"):
        clerks.work(region, "early", leads, CLERKS, lambda _done: None)
    _settle(region)
    wanted, moment = examination.figures(region), datetime.now(UTC)
    results = list(_destroyed_under_load(region, dice, before))
    region.stop()
    with timed("the earlier moment was restored"):
        region.command("restore", "--replace", "--at", moment.isoformat())
    region.start()
    _wait_until_it_answers(region)
    _settle(region)
    print(f"as it was at {moment:%H:%M:%S}:")
    earlier = [*examination.same(wanted, region), *examination.agreements(region, before)]
    reconciliation.print_table(earlier)
    return all(check.holds for check in (*results, *earlier))


def _destroyed_under_load(
    region: Region, dice: random.Random, before: dict[str, int]
) -> Iterator[Check]:
    with working(region, "late", CLERKS) as ledger:
        time.sleep(dice.uniform(2, 6))
        with timed("a backup was taken under load"):
            region.command("backup", "--keep", "5")
        time.sleep(dice.uniform(3, 12))
        destroyed, begin = time.time(), time.monotonic()
        region.destroy()
    print(f"destroyed after {len(ledger.answered)} changes that were promised to be kept")
    with timed("the end of the archive was restored"):
        print(region.command("restore"), end="")
    region.start()
    _wait_until_it_answers(region)
    print(
        f"recovery time: {time.monotonic() - begin:.1f} s from the destruction to the first answer"
    )
    lost = examination.lost(region, ledger.answered)
    exposure = max(destroyed - min(lost.values()), 0.0) if lost else 0.0
    print(
        f"recovery point: {len(lost)} of {len(ledger.answered)} lost, {exposure:.2f} s of work",
        flush=True,
    )
    _settle(region)
    results = [
        Check("at most a minute lost", True, exposure <= examination.LONGEST_LOSS),
        *examination.agreements(region, before),
    ]
    reconciliation.print_table(results)
    yield from results


def _settle(region: Region) -> None:
    """Wait until all events are received and all conversions have come to their end."""

    def settled() -> bool:
        return reconciliation.settled(region) and not examination.unsettled(region)

    assert wait_until(settled, PATIENCE, 0.5), "events or conversions are still on their way"


def _wait_until_it_answers(region: Region) -> None:
    """Return when somebody could log in."""
    credentials = {"email": clerks.EMAIL, "password": region.password(), "client": "restore-check"}

    def answers() -> bool:
        try:
            return requests.post(
                f"{region.address}/directory/v1/sessions", json=credentials, timeout=5
            ).ok
        except requests.RequestException:
            return False

    if not wait_until(answers, PATIENCE):
        raise RuntimeError(f"the restored region does not answer; see {region.folder}/up.log")


if __name__ == "__main__":
    sys.exit(main())
