"""Which access tokens no longer count although they have not expired (PLT-2: everywhere in 5 s).

Access tokens live for minutes, so a revocation needs to be remembered only as long as the tokens
it kills would have lived. Each process keeps the whole list in memory and asks directory for news.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from google.protobuf.timestamp_pb2 import Timestamp
from meridian.directory.v1 import token_service_pb2

from chassis.ids import region_of
from chassis.outages import Outage

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Revocation:
    """A session that ended, or a subject whose tokens issued before a moment are out of date."""

    session: str
    """The session id; empty if it is about a subject."""
    subject: str
    """The user id; empty if it is about a session."""
    before: float
    """Unix seconds; a subject's tokens issued earlier do not count. Of no account for a session."""
    expires: float
    """Unix seconds; from then on every token concerned has expired by itself."""


@dataclass(frozen=True)
class RevocationPage:
    """What directory answered: the news, and from where to ask next time."""

    revocations: tuple[Revocation, ...]
    cursor: str

    @classmethod
    def of(cls, answer: token_service_pb2.ListRevocationsResponse) -> RevocationPage:
        """As directory says it."""
        told = tuple(
            Revocation(
                session=item.session_id,
                subject=item.user_id,
                before=_seconds(item.before_time),
                expires=_seconds(item.expire_time),
            )
            for item in answer.revocations
        )
        return cls(told, answer.as_of_time.ToJsonString())

    def about(self, region: str) -> RevocationPage:
        """The part that concerns sessions and users of one region."""
        kept = [
            each for each in self.revocations if region_of(each.session or each.subject) == region
        ]
        return replace(self, revocations=tuple(kept))


class RevocationList:
    """The revocations in force, as this process knows them; asking is a dictionary look-up."""

    def __init__(self) -> None:
        self._sessions: dict[str, float] = {}
        self._subjects: dict[str, tuple[float, float]] = {}

    def add(self, revocations: Iterable[Revocation]) -> None:
        """Take in news; the same revocation twice does no harm."""
        for revocation in revocations:
            if revocation.session:
                self._sessions[revocation.session] = revocation.expires
            if revocation.subject:
                known, _ = self._subjects.get(revocation.subject, (0.0, 0.0))
                if revocation.before >= known:
                    self._subjects[revocation.subject] = (revocation.before, revocation.expires)

    def session_revoked(self, session: str) -> bool:
        """Whether this session has ended."""
        return session in self._sessions

    def issued_too_early(self, subject: str, issued: float) -> bool:
        """Whether a token issued then (Unix seconds) was overtaken by a change of its subject."""
        before, _ = self._subjects.get(subject, (0.0, 0.0))
        return issued < before

    def forget_expired(self, now: float) -> None:
        """Drop what concerns only tokens that have expired by themselves (Unix seconds)."""
        self._sessions = {s: expires for s, expires in self._sessions.items() if expires > now}
        self._subjects = {s: entry for s, entry in self._subjects.items() if entry[1] > now}


class RevocationPoller:
    """A thread that keeps a RevocationList up to date; start it after the process has forked.

    While directory is out of reach the list stays as it was, and the poller goes on trying.
    """

    def __init__(
        self,
        revocations: RevocationList,
        fetch: Callable[[str], RevocationPage],
        *,
        source: str = "directory",
        interval: float = 2.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`fetch` takes the last cursor ("" at first); `source` is for the log; `interval` is in seconds."""
        self._revocations = revocations
        self._fetch = fetch
        self._outage = Outage(log, f"refreshing the revocations of {source}")
        self._interval = interval
        self._clock = clock
        self._cursor = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"revocations-{source}", daemon=True)

    def start(self) -> None:
        """Begin polling; the first question is asked at once."""
        self._thread.start()

    def stop(self) -> None:
        """End polling and wait for the thread."""
        self._stopping.set()
        self._thread.join()

    def poll(self) -> None:
        """Ask once. Never raises: what goes wrong is logged when it begins and when it is over."""
        try:
            page = self._fetch(self._cursor)
        except Exception as error:
            # Whatever the transport raises: keeping the last known list is the rule here.
            self._outage.note(error)
            return
        self._outage.over()
        self._cursor = page.cursor
        self._revocations.add(page.revocations)
        self._revocations.forget_expired(self._clock())

    def _run(self) -> None:
        while True:
            self.poll()
            if self._stopping.wait(self._interval):
                return


def _seconds(moment: Timestamp) -> float:
    return moment.seconds + moment.nanos / 1e9
