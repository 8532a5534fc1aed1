"""What a caller may do and to which rows: grants of the form "<permission pattern>@<visibility>".

A permission is "<service>.<nouns>.<verb>", for example "marketing.leads.update". In a pattern a "*"
stands for one part, and a "*" at the end for all parts that follow:

    marketing.leads.*@team       everything about leads, those of my teams
    *.*.read@all                 reading anything, every row
    *@region                     everything in my region

When several grants match, the widest visibility counts.
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache

PATTERN = re.compile(r"^(\*|[a-z][a-z_-]*)(\.(\*|[a-z][a-z_-]*)){0,2}$")
_KNOWN_GRANT_LISTS = 1024


class Visibility(enum.IntEnum):
    """Which rows a grant reaches, narrow to wide; the wider compares greater."""

    OWN = 1
    """Rows whose owner_id is the caller."""
    PARTNER = 2
    """Rows of the caller's partner_id."""
    CUSTOMER = 3
    """Rows of the caller's account_id."""
    TEAM = 4
    """Rows of the caller, or whose team_id is one of the caller's teams."""
    BUSINESS_UNIT = 5
    """Rows of the caller's business unit and of those below it."""
    REGION = 6
    """Rows of the caller's region."""
    ALL = 7
    """Every row."""

    @property
    def slug(self) -> str:
        """The name as grants and the API write it, for example "business_unit"."""
        return self.name.lower()

    @classmethod
    def of(cls, slug: str) -> Visibility:
        """The visibility of that name. Raises ValueError for another word."""
        for visibility in cls:
            if visibility.slug == slug:
                return visibility
        known = ", ".join(visibility.slug for visibility in cls)
        raise ValueError(f"{slug!r} is not a visibility: {known}")


class Grants:
    """A caller's grants, prepared for asking; answers are remembered per permission."""

    def __init__(self, grants: tuple[str, ...]) -> None:
        """Raises ValueError if a grant is not "<permission pattern>@<visibility>"."""
        self._parsed = [parse(grant) for grant in grants]
        self._answers: dict[str, Visibility | None] = {}

    def visibility_for(self, permission: str) -> Visibility | None:
        """The widest visibility granted for this permission; None if it is not granted at all."""
        try:
            return self._answers[permission]
        except KeyError:
            answer = self._answers[permission] = self._widest(permission)
            return answer

    def _widest(self, permission: str) -> Visibility | None:
        reached = (
            visibility for pattern, visibility in self._parsed if matches(pattern, permission)
        )
        return max(reached, default=None)


def parse(grant: str) -> tuple[str, Visibility]:
    """ "marketing.leads.*@team" → ("marketing.leads.*", Visibility.TEAM). Raises ValueError."""
    pattern, at, slug = grant.partition("@")
    if not at or not PATTERN.match(pattern):
        raise ValueError(f"{grant!r} is not <permission pattern>@<visibility>")
    return pattern, Visibility.of(slug)


def matches(pattern: str, permission: str) -> bool:
    """Whether the permission pattern covers this permission."""
    wanted = pattern.split(".")
    parts = permission.split(".")
    if wanted[-1] == "*":
        wanted = wanted[:-1]
        if len(parts) <= len(wanted):
            return False
        parts = parts[: len(wanted)]
    return len(wanted) == len(parts) and all(
        want in ("*", part) for want, part in zip(wanted, parts, strict=True)
    )


@lru_cache(maxsize=_KNOWN_GRANT_LISTS)
def prepared(grants: tuple[str, ...]) -> Grants:
    """The same Grants object for the same list, so that its remembered answers are shared."""
    return Grants(grants)
