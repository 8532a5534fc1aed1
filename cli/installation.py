"""One region on this machine: its settings, its folder, the servers that we run for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.settings import SERVICES, Settings
from cli import embedded
from cli.embedded import Embedded
from cli.home import Home
from cli.supervisor import Role


@dataclass(frozen=True)
class Installation:
    """A region that `meridian up` runs; settings have the addresses of what runs.

    groups: the services that share processes, one that serves them and one that works. A region alone
    has processes for each service; of several on one machine, each has them for all together, which
    saves memory and time. archive: the role that archives its databases, if that is wanted.
    """

    settings: Settings
    home: Home
    embedded: Embedded
    groups: Sequence[Sequence[str]]
    archive: Sequence[Role]

    @property
    def label(self) -> str:
        """What its processes are called by: the region if there are several, else nothing."""
        return f"{self.settings.region} " if self.settings.regions.peers else ""

    @property
    def writes_reference_data(self) -> bool:
        """Whether this is the region that writes for all."""
        return self.settings.regions.hub == self.settings.region

    def announce(self, supervisor: int) -> None:
        """Let other commands on this machine find it."""
        self.home.announce(embedded.addresses(self.settings, supervisor))


def of(settings: Settings, home: Home) -> Installation:
    """The region that these settings describe, on its folder.

    Raises Failure if its databases are to be archived and are not ours.
    """
    ours = Embedded.of(settings, home)
    together = bool(settings.regions.peers)
    groups = [list(SERVICES)] if together else [[name] for name in SERVICES]
    archive = ours.archive(settings, home)
    return Installation(ours.connected(settings), home, ours, groups, archive)
