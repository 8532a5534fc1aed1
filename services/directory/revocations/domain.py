"""What is true of revocations: which tokens they kill, and how long they need to be told (PLT-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: As long as any access token can live (an hour is the most that can be configured) plus clock leeway.
LIFETIME = timedelta(hours=1, minutes=1)
#: A revocation's time is that of its call; by then it has been committed, or its call has timed out.
OVERLAP = timedelta(seconds=30)


@dataclass(frozen=True)
class Revocation:
    """Something behind access tokens that ended, or a user whose older tokens are out of date."""

    id: str
    session_id: str
    """A session, API key or linked identity; empty if it is about a user."""
    user_id: str
    before_time: datetime
    """A user's tokens issued earlier no longer count."""
    expire_time: datetime
    """From then on every token concerned has expired by itself."""


def of_session(revocation_id: str, session_id: str, at: datetime) -> Revocation:
    """The end of a session, an API key or a linked identity."""
    return Revocation(revocation_id, session_id, "", at, at + LIFETIME)


def of_user(revocation_id: str, user_id: str, at: datetime) -> Revocation:
    """A change of what a user may do: tokens from before are to be refreshed."""
    return Revocation(revocation_id, "", user_id, at, at + LIFETIME)


def told_since(since: datetime) -> datetime:
    """From which time on to tell, to somebody who has been told until `since`."""
    earliest = datetime.min.replace(tzinfo=UTC) + OVERLAP
    return max(since, earliest) - OVERLAP
