"""The configuration of a process, a frozen tree: everything is handed Settings or the part that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from chassis.environment import Address

SERVICES = ("marketing", "sales", "service", "partners", "directory")


@dataclass(frozen=True)
class ServiceSettings:
    """Where one service lives. An empty database_url stands for the embedded PostgreSQL."""

    name: str
    database_url: str = field(repr=False)
    grpc_bind: str
    grpc_target: str
    serve_metrics: Address
    work_metrics: Address


@dataclass(frozen=True)
class GatewaySettings:
    """Where the gateway listens, and how many requests it works on at once."""

    bind: Address
    metrics: Address
    threads: int


@dataclass(frozen=True)
class OutsideIssuer:
    """An OpenID Connect issuer whose tokens are accepted beside our own."""

    issuer: str
    audience: str
    jwks_url: str


@dataclass(frozen=True)
class Peer:
    """Another region: where its gateway is."""

    region: str
    gateway_url: str


@dataclass(frozen=True)
class RegionSettings:
    """The company of regions that this one belongs to.

    hub is the region that writes the global reference data; without others it is this one itself.
    border_nats_url is this region's NATS, as the account whose streams the regions share; empty
    where there are no others. match_keys_file holds the keys under which customers' identifiers
    are hashed; all regions have the same.

    For the embedded NATS alone: leaf_address is where the hub's listens for the others' links;
    leaf_passwords_file is JSON {"<region>": "<password>"}, of all the others at the hub, and
    elsewhere at least this region's own.
    """

    hub: str
    peers: tuple[Peer, ...]
    border_nats_url: str = field(repr=False)
    match_keys_file: Path
    leaf_address: Address | None
    leaf_passwords_file: Path

    @property
    def names(self) -> tuple[str, ...]:
        """The other regions."""
        return tuple(peer.region for peer in self.peers)


@dataclass(frozen=True)
class TokenSettings:
    """How access tokens are made and whose are accepted. Lifetimes are seconds.

    signing_key_file holds an Ed25519 private key (PEM) and is needed by the directory alone.
    """

    issuer: str
    signing_key_file: Path
    access_lifetime: int
    refresh_lifetime: int
    outside_issuers: tuple[OutsideIssuer, ...]


@dataclass(frozen=True)
class Limits:
    """What a client may ask for. Sizes are bytes; the rate is requests a second for each client."""

    body_bytes: int
    upload_bytes: int
    requests_per_second: int
    request_burst: int


@dataclass(frozen=True)
class LogSettings:
    """level is debug, info, warning or error; format is console (for people) or json."""

    level: str
    format: str


@dataclass(frozen=True)
class BackupSettings:
    """Where the embedded PostgreSQL is archived to while it runs; a folder of None archives nothing.

    passphrase_file seals the secrets that go into a backup; without one they stay out.
    """

    folder: Path | None
    passphrase_file: Path | None
    metrics: Address


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured.

    service_credentials_file is JSON, {"service_sales": "<secret>", …}: the directory holds all
    of them, another service needs only its own. default_deadline (seconds) applies to calls that
    bring none. certificate_files are watched by the gateway, so that somebody is told before they end.
    An empty nats_url stands for the embedded NATS; stream_replicas is how
    many servers of its cluster keep each stream. crash_points is for fault tests
    alone, see chassis.crash_points.
    """

    region: str
    regions: RegionSettings
    home: Path
    services: Mapping[str, ServiceSettings]
    nats_url: str = field(repr=False)
    stream_replicas: int
    gateway: GatewaySettings
    threads: int
    pool_size: int
    tokens: TokenSettings
    service_credentials_file: Path
    limits: Limits
    log: LogSettings
    certificate_files: tuple[Path, ...]
    backup: BackupSettings
    default_deadline: int
    crash_points: Path | None
    effective: Mapping[str, str]
    unread: tuple[str, ...]

    def connected(
        self, *, database_urls: Mapping[str, str], nats_url: str, border_nats_url: str = ""
    ) -> Settings:
        """The same settings with the given addresses wherever none was configured."""
        services = {
            name: replace(service, database_url=service.database_url or database_urls[name])
            for name, service in self.services.items()
        }
        border = self.regions.border_nats_url or border_nats_url
        return replace(
            self,
            services=services,
            nats_url=self.nats_url or nats_url,
            regions=replace(self.regions, border_nats_url=border),
        )
