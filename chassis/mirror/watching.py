"""What a replica makes of the hub's word: whether it agrees, how old it is, when to ask for everything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.mirror.digest import Digest

#: How often the hub says what its records are.
BEAT = timedelta(seconds=15)
#: A replica is behind when it has not been known to agree for so long.
STALE = 4 * BEAT
#: From asking for everything to asking again; twice as long each time, up to the longest.
PATIENCE, LONGEST_PATIENCE = timedelta(seconds=30), timedelta(minutes=10)
#: What differs once may be a change that was on its way.
_PROOF = 2


class ReplicaState(StrEnum):
    """How a service's reference data stands to the hub's."""

    HUB = "hub"
    CURRENT = "current"
    BEHIND = "behind"
    REBUILDING = "rebuilding"


@dataclass(frozen=True)
class Watch:
    """What a replica remembers of the hub: its last word, and what came of it.

    agree_time: when (by the hub's clock) the hub last had what is here. differing: how many words in a
    row differed. requests: how often everything was asked for since they last agreed; request_time:
    when; progress_time: when something of what was asked for last came.
    """

    hub: str
    records: int = 0
    digest: str = ""
    state_time: datetime | None = None
    agree_time: datetime | None = None
    differing: int = 0
    requests: int = 0
    request_time: datetime | None = None
    progress_time: datetime | None = None

    def heard(self, theirs: Digest, at: datetime, here: Digest) -> Watch:
        """The hub had this at that time, and here is that."""
        word = replace(self, records=theirs.records, digest=theirs.value, state_time=at)
        if theirs == here:
            return replace(word, agree_time=at, differing=0, requests=0, request_time=None)
        return replace(word, differing=self.differing + 1)

    def must_ask(self, here: Digest, now: datetime) -> bool:
        """Whether to ask the hub for everything now.

        Where there is nothing yet, at once; else when words in a row differ. Then again when what was
        asked for has not come for a while.
        """
        if self.differing < (_PROOF if here.records else 1):
            return False
        if self.request_time is None:
            return True
        patience = min(PATIENCE * (1 << min(self.requests - 1, 10)), LONGEST_PATIENCE)
        return now - max(self.request_time, self.progress_time or self.request_time) >= patience

    def asked(self, now: datetime) -> Watch:
        """Everything was asked for."""
        return replace(self, requests=self.requests + 1, request_time=now)

    def state(self, now: datetime) -> ReplicaState:
        """How the replica stands."""
        if self.request_time is not None:
            return ReplicaState.REBUILDING
        if self.agree_time is None or self.differing or now - self.agree_time >= STALE:
            return ReplicaState.BEHIND
        return ReplicaState.CURRENT

    def age(self, now: datetime) -> float | None:
        """Seconds since it was last known to agree; None if it never was."""
        if self.agree_time is None:
            return None
        return max((now - self.agree_time).total_seconds(), 0.0)
