"""`make faults`: kill everything while leads are converted, then see that nothing is lost or doubled.

    SEED=7 make faults                    the same mischief again
    LEADS=200 make faults                 a short run
    KEEP=1 make faults                    leave the data and the logs where they are

Exit code 0 if everything reconciles.
"""

from __future__ import annotations

import os
import random
import sys
import time

from cli.processes import wait_until
from tests.faults import clerks, mischief, reconciliation
from tests.faults.mischief import Act
from tests.faults.region import Region

CLERKS = 6
SETTLE_SECONDS = 120.0
#: Seconds between two looks whether all is received.
_PAUSE = 1.0


def main() -> int:
    """Run once."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    leads = int(os.environ.get("LEADS") or 2000)
    print(f"seed {seed}, {leads} leads (SEED={seed} LEADS={leads} make faults repeats this)")
    region = Region()
    try:
        region.wait_until_ready()
        holds = _run(region, seed, leads)
    finally:
        region.stop()
    if holds and not os.environ.get("KEEP"):
        region.remove()
    else:
        print(f"data and logs are kept in {region.folder}")
    return 0 if holds else 1


def _run(region: Region, seed: int, leads: int) -> bool:
    assert wait_until(lambda: reconciliation.settled(region), SETTLE_SECONDS, _PAUSE)
    before = reconciliation.baseline(region)
    begin = time.monotonic()
    acts = mischief.plan(seed, leads)

    def after_lead(through: int) -> None:
        while acts and acts[0].after <= through:
            _perform(acts.pop(0), region, time.monotonic() - begin)

    ledger = clerks.work(region, f"faults-{seed}", leads, CLERKS, after_lead)
    for act in acts:
        _perform(act, region, time.monotonic() - begin)
    print(f"{time.monotonic() - begin:6.1f} s  {len(ledger.opportunities)} leads are through")
    wait_until(lambda: reconciliation.settled(region), SETTLE_SECONDS, _PAUSE)
    print(f"{time.monotonic() - begin:6.1f} s  events have settled")
    print("answers: " + ", ".join(f"{n} x {what}" for what, n in sorted(ledger.answers.items())))
    results = list(reconciliation.checks(region, ledger, leads, before))
    reconciliation.print_table(results)
    return all(check.holds for check in results)


def _perform(act: Act, region: Region, seconds: float) -> None:
    print(f"{seconds:6.1f} s  after {act.after:4} leads: {act.name}", flush=True)
    act.do(region)


if __name__ == "__main__":
    sys.exit(main())
