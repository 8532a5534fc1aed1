"""PostgreSQL and NATS of the local platform, and the addresses by which its processes meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from chassis.settings import SERVICES, Settings
from cli import nats_server, postgres, secrets
from cli.backup.archive import archive
from cli.failure import Failure
from cli.home import Home, Running
from cli.nats_configuration import Company, LeafListener, LeafRemote
from cli.nats_server import NatsServer, free_port
from cli.postgres import Postgres
from cli.processes import Fork
from cli.supervisor import Role

_SPARE_CONNECTIONS = 30
_PROCESSES_PER_SERVICE = 2
_ARCHIVE_STAGE = -1


@dataclass(frozen=True)
class Embedded:
    """The servers that we run ourselves; None where an address was configured instead."""

    postgres: Postgres | None
    nats: NatsServer | None

    @classmethod
    def of(cls, settings: Settings, home: Home) -> Embedded:
        """What this configuration leaves to us."""
        return cls(
            postgres=postgres_of(settings, home),
            nats=None if settings.nats_url else _nats(settings, home),
        )

    def connected(self, settings: Settings) -> Settings:
        """The settings with the addresses of our servers."""
        database_urls = (
            {name: self.postgres.url(name) for name in SERVICES} if self.postgres else {}
        )
        return settings.connected(
            database_urls=database_urls,
            nats_url=self.nats.url if self.nats else "",
            border_nats_url=self.nats.border_url if self.nats else "",
        )

    def roles(self, label: str = "") -> list[Role]:
        """What the supervisor keeps running. NATS ends before PostgreSQL. label: begins their names."""
        roles = []
        if self.postgres:
            server = self.postgres
            roles.append(
                Role(
                    f"{label}PostgreSQL", 0, server.start, server.answers, postgres.STOP_SIGNAL, 60
                )
            )
        if self.nats:
            roles.append(
                Role(
                    f"{label}NATS",
                    1,
                    self.nats.start,
                    self.nats.greets,
                    nats_server.STOP_SIGNAL,
                    30,
                )
            )
        return roles

    def archive(self, settings: Settings, home: Home) -> list[Role]:
        """The role that archives, if it is wanted. It ends last: what PostgreSQL writes last is archived too.

        Raises Failure if the databases are not ours to archive.
        """
        if settings.backup.folder is None:
            return []
        if self.postgres is None:
            raise Failure(
                "MERIDIAN_BACKUP_FOLDER is set, and the databases are not ours to archive"
            )
        work = partial(archive, settings, home, self.postgres, home.log)
        return [
            Role(
                f"{settings.region} archive",
                _ARCHIVE_STAGE,
                partial(Fork, work),
                lambda: True,
                patience=60,
            )
        ]

    def create_databases(self, names: Sequence[str]) -> None:
        """Make the databases that are missing in our PostgreSQL."""
        if self.postgres:
            self.postgres.create_databases(names)


def postgres_of(settings: Settings, home: Home) -> Postgres | None:
    """Our PostgreSQL, or None if the addresses of all databases are configured."""
    if all(service.database_url for service in settings.services.values()):
        return None
    pools = len(SERVICES) * _PROCESSES_PER_SERVICE * settings.pool_size
    return Postgres(
        home.postgres, log=home.logs / "postgres.log", connections=pools + _SPARE_CONNECTIONS
    )


def connected(settings: Settings) -> Settings:
    """The settings with the addresses of the platform that runs on our home, if one does."""
    running = Home(settings.home).running()
    if running is None:
        return settings
    return settings.connected(
        database_urls=running.database_urls,
        nats_url=running.nats_url,
        border_nats_url=running.border_nats_url,
    )


def addresses(settings: Settings, supervisor: int) -> Running:
    """What other commands need in order to find this platform."""
    urls = {name: service.database_url for name, service in settings.services.items()}
    return Running(supervisor, urls, settings.nats_url, settings.regions.border_nats_url)


def _nats(settings: Settings, home: Home) -> NatsServer:
    return NatsServer(
        home.nats,
        log=home.logs / "nats.log",
        port=free_port(),
        password=secrets.nats_password(home),
        region=settings.region,
        company=_company(settings, home),
    )


def _company(settings: Settings, home: Home) -> Company | None:
    """The company of regions that our NATS belongs to; None where this region stands alone."""
    regions = settings.regions
    if regions.leaf_address is None:
        return None
    passwords = secrets.leaf_passwords(settings)
    address = str(regions.leaf_address)
    if regions.hub == settings.region:
        link: LeafListener | LeafRemote = LeafListener(
            address, {region: passwords[region] for region in regions.names}
        )
    else:
        link = LeafRemote(address, passwords[settings.region])
    return Company(regions.hub, secrets.border_password(home), link)
