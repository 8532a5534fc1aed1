"""The configuration of a process: environment variables, parsed once into a frozen tree.

Only the command line reads the environment and passes it in; everything else is handed Settings
or the part that it needs. A variable for all services may hold the placeholder {service}; the
same name with _SALES (or another service) appended settles it for that one alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from chassis import match_keys
from chassis.environment import (
    SLUG_RULE,
    Address,
    Environment,
    SettingsError,
    is_slug,
    unusable_home,
)

PREFIX = "MERIDIAN_"
SERVICES = ("marketing", "sales", "service", "partners", "directory")
DATABASE_SCHEMES = (
    "postgresql",
    "postgresql+psycopg",
    "mysql+pymysql",
    "mariadb+pymysql",
    "sqlite",
)

_GRPC_PORT, _SERVE_METRICS_PORT, _WORK_METRICS_PORT = 7101, 7201, 7301


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


def parse(variables: Mapping[str, str]) -> Settings:
    """Settings from environment variables.

    Raises SettingsError with all problems at once.
    """
    env = Environment(variables)
    region = env.slug("MERIDIAN_REGION", "na")
    home = Path(env.text("MERIDIAN_HOME", "var")).absolute()
    threads = env.integer("MERIDIAN_THREADS", 4, least=1, most=64)
    settings = Settings(
        region=region,
        regions=_regions(env, region, home),
        home=home,
        services={name: _service(env, name, n) for n, name in enumerate(SERVICES)},
        nats_url=env.url("MERIDIAN_NATS_URL", ("nats", "tls")),
        stream_replicas=env.integer("MERIDIAN_STREAM_REPLICAS", 1, least=1, most=5),
        gateway=_gateway(env),
        threads=threads,
        pool_size=env.integer("MERIDIAN_POOL_SIZE", threads, least=1, most=256),
        tokens=_tokens(env, region, home),
        service_credentials_file=Path(
            env.text(
                "MERIDIAN_SERVICE_CREDENTIALS_FILE", f"{home}/secrets/service-credentials.json"
            )
        ),
        limits=_limits(env),
        log=_log(env),
        certificate_files=env.paths("MERIDIAN_CERTIFICATE_FILES"),
        backup=_backup(env),
        default_deadline=env.integer("MERIDIAN_DEFAULT_DEADLINE", 10, least=1, most=300),
        crash_points=_path(env, "MERIDIAN_CRASH_POINTS"),
        effective=env.effective,
        unread=env.unread(PREFIX),
    )
    problems = env.problems + _contradictions(settings)
    if problems:
        raise SettingsError(problems)
    return settings


def _regions(env: Environment, region: str, home: Path) -> RegionSettings:
    peers = env.objects("MERIDIAN_PEERS", ("region", "gateway_url"))
    return RegionSettings(
        hub=env.slug("MERIDIAN_HUB", region),
        peers=tuple(Peer(**peer) for peer in peers),
        border_nats_url=env.url("MERIDIAN_BORDER_NATS_URL", ("nats", "tls")),
        match_keys_file=Path(
            env.text("MERIDIAN_MATCH_KEYS_FILE", f"{home}/secrets/match-keys.json")
        ),
        leaf_address=env.optional_address("MERIDIAN_LEAF_ADDRESS"),
        leaf_passwords_file=Path(
            env.text("MERIDIAN_LEAF_PASSWORDS_FILE", f"{home}/secrets/leaf-passwords.json")
        ),
    )


def _service(env: Environment, name: str, position: int) -> ServiceSettings:
    grpc = f"127.0.0.1:{_GRPC_PORT + position}"
    serve = f"127.0.0.1:{_SERVE_METRICS_PORT + position}"
    work = f"127.0.0.1:{_WORK_METRICS_PORT + position}"
    return ServiceSettings(
        name=name,
        database_url=env.url(env.settle("MERIDIAN_DATABASE_URL", name), DATABASE_SCHEMES),
        grpc_bind=env.endpoint(env.settle("MERIDIAN_GRPC_BIND", name), grpc),
        grpc_target=env.endpoint(env.settle("MERIDIAN_GRPC_TARGET", name), grpc),
        serve_metrics=env.address(env.settle("MERIDIAN_SERVE_METRICS", name), serve),
        work_metrics=env.address(env.settle("MERIDIAN_WORK_METRICS", name), work),
    )


def _gateway(env: Environment) -> GatewaySettings:
    return GatewaySettings(
        bind=env.address("MERIDIAN_GATEWAY_BIND", "127.0.0.1:8080"),
        metrics=env.address("MERIDIAN_GATEWAY_METRICS", "127.0.0.1:7200"),
        threads=env.integer("MERIDIAN_GATEWAY_THREADS", 4, least=1, most=256),
    )


def _tokens(env: Environment, region: str, home: Path) -> TokenSettings:
    keys = ("issuer", "audience", "jwks_url")
    return TokenSettings(
        issuer=env.text("MERIDIAN_TOKEN_ISSUER", f"urn:meridian:{region}"),
        signing_key_file=Path(
            env.text("MERIDIAN_SIGNING_KEY_FILE", f"{home}/secrets/signing-key.pem")
        ),
        access_lifetime=env.integer("MERIDIAN_ACCESS_LIFETIME", 300, least=30, most=3600),
        refresh_lifetime=env.integer(
            "MERIDIAN_REFRESH_LIFETIME", 14 * 86400, least=60, most=366 * 86400
        ),
        outside_issuers=tuple(
            OutsideIssuer(**item) for item in env.objects("MERIDIAN_OIDC_ISSUERS", keys)
        ),
    )


def _limits(env: Environment) -> Limits:
    return Limits(
        body_bytes=env.integer("MERIDIAN_BODY_BYTES", 1 << 20, least=1 << 10, most=1 << 26),
        upload_bytes=env.integer("MERIDIAN_UPLOAD_BYTES", 1 << 28, least=1 << 10, most=1 << 34),
        requests_per_second=env.integer(
            "MERIDIAN_REQUESTS_PER_SECOND", 200, least=1, most=1_000_000
        ),
        request_burst=env.integer("MERIDIAN_REQUEST_BURST", 400, least=1, most=1_000_000),
    )


def _log(env: Environment) -> LogSettings:
    return LogSettings(
        level=env.choice("MERIDIAN_LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
        format=env.choice("MERIDIAN_LOG_FORMAT", "json", ("console", "json")),
    )


def _backup(env: Environment) -> BackupSettings:
    return BackupSettings(
        folder=_path(env, "MERIDIAN_BACKUP_FOLDER"),
        passphrase_file=_path(env, "MERIDIAN_BACKUP_PASSPHRASE_FILE"),
        metrics=env.address("MERIDIAN_ARCHIVE_METRICS", "127.0.0.1:7400"),
    )


def _path(env: Environment, name: str) -> Path | None:
    path = env.text(name)
    return Path(path) if path else None


def _contradictions(settings: Settings) -> list[str]:
    problems = []
    if settings.threads > settings.pool_size:
        problems.append(
            f"MERIDIAN_THREADS={settings.threads} exceeds MERIDIAN_POOL_SIZE={settings.pool_size}: "
            "a thread without a connection would only wait"
        )
    for outside in settings.tokens.outside_issuers:
        if urlsplit(outside.jwks_url).scheme not in ("http", "https"):
            problems.append(
                f"MERIDIAN_OIDC_ISSUERS: jwks_url of {outside.issuer} must begin with http or https"
            )
    return problems + _regional_contradictions(settings)


def _regional_contradictions(settings: Settings) -> list[str]:
    """What a hub, peers and a border must have in common."""
    problems = []
    peers = [peer.region for peer in settings.regions.peers]
    if settings.region in peers:
        problems.append(f"MERIDIAN_PEERS names {settings.region}, which is this region itself")
    for region in sorted({peer for peer in peers if peers.count(peer) > 1}):
        problems.append(f"MERIDIAN_PEERS names {region} more than once")
    for peer in settings.regions.peers:
        if not is_slug(peer.region):
            problems.append(f"MERIDIAN_PEERS: region {peer.region!r} must be {SLUG_RULE}")
        if urlsplit(peer.gateway_url).scheme not in ("http", "https"):
            problems.append(
                f"MERIDIAN_PEERS: gateway_url of {peer.region} must begin with http or https"
            )
    hub = settings.regions.hub
    if hub not in (settings.region, *peers):
        problems.append(f"MERIDIAN_HUB={hub!r} is neither this region nor one of MERIDIAN_PEERS")
    keys_file = settings.regions.match_keys_file
    unusable = unusable_home("MERIDIAN_HOME", settings.home)
    if unusable and keys_file.is_relative_to(settings.home):
        return problems + unusable
    wrong_keys = [f"MERIDIAN_MATCH_KEYS_FILE: {each}" for each in match_keys.problems(keys_file)]
    return problems + unusable + wrong_keys
