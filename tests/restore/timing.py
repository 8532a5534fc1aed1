"""How long a step of a check took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print what was done, and in how many seconds."""
    begin = time.monotonic()
    yield
    print(f"{what} in {time.monotonic() - begin:.1f} s", flush=True)
