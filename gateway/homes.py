"""Where a request is to be answered: by this region, or by the one where its record lives.

The first id in the path decides. An id tells where its record was born; directory's placements tell
of those that have moved since. Most records live where they were born, so a record born here is
looked for here first, and one born elsewhere there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

import grpc

from chassis import border
from chassis.grants import matches
from gateway.placements import Placements
from gateway.routing import Route

_ID = re.compile(r"[a-z]+_([a-z][a-z0-9]{1,11})_[0-9a-hjkmnp-tv-z]{26}")


@dataclass(frozen=True)
class Policy:
    """Which requests stay here, or are looked at here first: patterns of permissions, see border.toml."""

    refused: tuple[str, ...] = ()
    here_first: tuple[str, ...] = ()

    @classmethod
    def written(cls) -> Policy:
        """As border.toml says."""
        return cls(**{name: tuple(patterns) for name, patterns in border.forwarding().items()})

    def refuses(self, route: Route) -> bool:
        """Whether this must be done in the record's own region, by people who log in there."""
        return _any_matches(self.refused, route.permission)

    def tries_here_first(self, route: Route) -> bool:
        """Whether records of all regions may be found here: what the hub writes is copied everywhere."""
        return _any_matches(self.here_first, route.permission)


def born_in(record_id: str) -> str:
    """The region where a record was born; "" if this is no id of ours."""
    found = _ID.fullmatch(record_id)
    return found[1] if found else ""


class Homes:
    """Decides for one region among others."""

    def __init__(
        self, region: str, others: Collection[str], policy: Policy, placements: Placements
    ) -> None:
        self._region = region
        self._others = frozenset(others)
        self._policy = policy
        self._placements = placements

    def before(self, route: Route, values: Sequence[str]) -> str:
        """The other region that is to be asked, before anybody was; "" to ask here."""
        record = self._record(values)
        if record is None or self._policy.tries_here_first(route):
            return ""
        record_id, born = record
        if born != self._region:
            return self._elsewhere(self._placements.home_of(record_id) or born)
        return self._elsewhere(self._placements.home_of(record_id)) if _hides_a_move(route) else ""

    def told(self, route: Route, values: Sequence[str]) -> str:
        """As before, for a request that another gateway sent because it believes the record here.

        It is believed, unless our directory knows better and nobody would notice the mistake.
        """
        record = self._record(values)
        if record is None or not _hides_a_move(route) or self._policy.tries_here_first(route):
            return ""
        return self._elsewhere(self._placements.home_of(record[0]))

    def after(self, values: Sequence[str], error: grpc.RpcError) -> str:
        """The other region that is to be asked, when a service here did not find it; "" for none.

        If it was believed here, it has left since: directory is asked anew.
        """
        if error.code() is not grpc.StatusCode.NOT_FOUND:
            return ""
        record = self._record(values)
        if record is None:
            return ""
        record_id, born = record
        home = self._placements.home_of(record_id)
        if home == self._region:
            self._placements.forget(record_id)
            home = self._placements.home_of(record_id)
        return self._elsewhere(home or born)

    def birth_region(self, values: Sequence[str]) -> str:
        """Where the record was born; "" if the path names none, or a region that we do not know."""
        record = self._record(values)
        return record[1] if record else ""

    def forget(self, values: Sequence[str]) -> None:
        """What was believed of this record's place is wrong: ask directory next time."""
        record = self._record(values)
        if record is not None:
            self._placements.forget(record[0])

    def _record(self, values: Sequence[str]) -> tuple[str, str] | None:
        """The first id in the path, and where it was born, if that is a region we know."""
        if not self._others:
            return None
        for value in values:
            born = born_in(value)
            if born in self._others or born == self._region:
                return value, born
        return None

    def _elsewhere(self, region: str) -> str:
        return region if region in self._others else ""


def _hides_a_move(route: Route) -> bool:
    """Whether a record that is gone would not be noticed: what hangs below it is just empty.

    And a file that was sent cannot be sent again.
    """
    return route.takes_raw_body or not route.template.partition(":")[0].endswith("}")


@cache
def _any_matches(patterns: tuple[str, ...], permission: str) -> bool:
    return any(matches(pattern, permission) for pattern in patterns)
