"""How old a replica is: for the metrics, and beside every answer from replicated records."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from chassis.mirror import store
from chassis.telemetry import region_metrics

if TYPE_CHECKING:
    from chassis.app import App

#: The trailing metadata of an answer from a replica, whole seconds; "unknown" until it first agreed.
METADATA = "meridian-replica-age"
_LOOK_SECONDS = 5.0


def measure(app: App) -> None:
    """Tell the age of this service's replica; in the hub, where there is none, nothing."""
    if is_replica(app):
        age = seconds(app)
        region_metrics.replica_age(app.service.name, math.inf if age is None else age)


def is_replica(app: App) -> bool:
    """Whether this region is another than the hub."""
    return app.settings.regions.hub != app.region


def seconds(app: App) -> float | None:
    """Seconds since this replica was last known to agree with the hub; None if it never was."""
    with app.reading() as tx:
        return store.watch(tx).age(tx.now)


class ReplicaAge:
    """The age as answers tell it, looked up no more than every 5 seconds."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._age: float | None = None

    def text(self) -> str:
        """Whole seconds, "unknown" if the replica never agreed."""
        now = time.monotonic()
        with self._lock:
            if self._looked is None or now - self._looked >= _LOOK_SECONDS:
                self._age, self._looked = seconds(self._app), now
            if self._age is None:
                return "unknown"
            return str(int(self._age + now - self._looked))
