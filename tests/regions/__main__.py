"""`make faults-regions`: cut, freeze, wipe, restart and kill between regions under load, and move customers
meanwhile; then see that all agree.

    SEED=7 make faults-regions            the same mischief again
    KEEP=1 make faults-regions            leave the data and the logs where they are

Exit code 0 if work went on in every region, everything converged in time, and nothing is lost or doubled.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from cli.processes import wait_until
from tests.faults.reconciliation import Check, print_table
from tests.regions import convergence, mischief, whereabouts
from tests.regions.company import Company
from tests.regions.labour import Labour, Ledger, everywhere
from tests.regions.mischief import Diary
from tests.regions.travellers import Journeys

#: Within so many seconds after the last link was healed, all must agree.
CONVERGENCE_SECONDS = 60
#: Within so many, all customers who are on the way must have arrived. Their moves cross the border several times
#: one after another, and some begin only when an earlier one is done.
ARRIVAL_SECONDS = 120
#: The longest that nothing was promised in a region that was not itself out of order, in seconds.
LONGEST_PAUSE = 15.0
_PATIENCE = 180.0
#: Seconds between two looks whether all agree.
_PAUSE = 1.0


def main() -> int:
    """Run once."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"seed {seed} (SEED={seed} make faults-regions repeats this)")
    begin = time.monotonic()
    company = Company()
    holds = False
    try:
        company.wait_until_ready()
        print(f"{time.monotonic() - begin:6.1f} s  three regions are ready", flush=True)
        holds = _run(company, seed)
    finally:
        company.stop()
    if holds and not os.environ.get("KEEP"):
        company.remove()
    else:
        print(f"data and logs are kept in {company.folders}")
    return 0 if holds else 1


def _run(company: Company, seed: int) -> bool:
    stopping = threading.Event()
    labours = everywhere(company, f"r{seed}", stopping)
    journeys = Journeys(company, f"r{seed}", seed)
    journeys.prepare()
    before = whereabouts.inventory(company, journeys)
    for labour in labours.values():
        labour.thread.start()
    journeys.begin()
    diary = mischief.happen(company, seed)
    healed = time.monotonic()
    stopping.set()
    for labour in labours.values():
        labour.thread.join()
    ledgers = {name: labour.ledger for name, labour in labours.items()}
    _agreement(company, ledgers, healed)
    limits = [_within("converged", CONVERGENCE_SECONDS, healed, diary)]
    journeys.end()
    results = _agreement(
        company, ledgers, healed, lambda: whereabouts.checks(company, journeys, before)
    )
    limits.append(_within("everybody arrived", ARRIVAL_SECONDS, healed, diary))
    results += _local_work(labours, diary)
    results += [Check(f"cuts of {pair}", mischief.CUTS, n) for pair, n in diary.cuts.items()]
    results += [
        Check(f"{name}: crash points that nobody reached", [], region.fuses())
        for name, region in company.regions.items()
    ]
    results += limits
    _tell(ledgers, journeys, diary)
    print_table(results)
    return _hold(results)


def _agreement(
    company: Company,
    ledgers: Mapping[str, Ledger],
    healed: float,
    more: Callable[[], Iterable[Check]] = tuple,
) -> list[Check]:
    """What was found when all agreed, or when there was no more patience."""
    results: list[Check] = []

    def agreed() -> bool:
        results[:] = [*convergence.checks(company, ledgers), *more()]
        return _hold(results)

    wait_until(agreed, healed + _PATIENCE - time.monotonic(), _PAUSE)
    return results


def _within(what: str, limit: float, healed: float, diary: Diary) -> Check:
    """Whether what has happened now came soon enough after the links were healed."""
    seconds = time.monotonic() - healed
    diary.note(f"{what} {seconds:.1f} s after healing")
    return Check(f"{what} within {limit:.0f} s", True, seconds <= limit)


def _tell(ledgers: Mapping[str, Ledger], journeys: Journeys, diary: Diary) -> None:
    for name, ledger in ledgers.items():
        print(f"{name}: {len(ledger.answered)} changes promised")
        print(f"  answers: {_counted(ledger.answers)}; refused: {_counted(ledger.refusals)}")
    for traveller, leg in journeys.legs():
        print(f"{traveller.name} from {leg.from_region} to {leg.to_region}: {leg.seconds:.1f} s")
    print(f"killed: {_counted(diary.kills)}")


def _local_work(labours: Mapping[str, Labour], diary: Diary) -> Iterator[Check]:
    """In no region did work stand still, but while it was itself out of order."""
    for name, labour in labours.items():
        moments = sorted(labour.ledger.answered.values())
        pauses = [
            later - earlier
            for earlier, later in itertools.pairwise(moments)
            if not any(
                o.region == name and o.begin < later and earlier < o.end + LONGEST_PAUSE
                for o in diary.outages
            )
        ]
        longest = max(pauses, default=0.0)
        what = f"{name}: work went on (longest pause {longest:.1f} s)"
        yield Check(what, True, longest <= LONGEST_PAUSE)


def _hold(results: list[Check]) -> bool:
    return all(check.holds for check in results)


def _counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{n} x {what}" for what, n in sorted(numbers.items())) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
