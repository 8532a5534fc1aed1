"""People at work until the region under them is gone."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.clerks import Clerk, Ledger, Refusal
from tests.faults.region import Region

_PATIENCE = 2.0


@contextmanager
def working(region: Region, name: str, clerks: int) -> Iterator[Ledger]:
    """Clerks convert leads while the block runs; what they begin afterwards fails, and they go home."""
    ledger = Ledger()
    numbers = itertools.count()
    closing = threading.Event()

    def labour() -> None:
        clerk = Clerk(region, ledger, name, _PATIENCE)
        while not closing.is_set():
            try:
                clerk.convert(next(numbers))
            except Refusal as refusal:
                ledger.failures.append(str(refusal))

    threads = [threading.Thread(target=labour, name=f"clerk {n}") for n in range(clerks)]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        closing.set()
        for thread in threads:
            thread.join()
