"""Settings out of environment variables, parsed once.

Only the command line reads the environment and passes it in. A variable for all services may hold the
placeholder {service}; the same name with _SALES (or another service) appended settles it for that one alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from chassis import match_keys
from chassis.environment import SLUG_RULE, Environment, SettingsError, is_slug, unusable_home
from chassis.settings import (
    SERVICES,
    BackupSettings,
    GatewaySettings,
    Limits,
    LogSettings,
    OutsideIssuer,
    Peer,
    RegionSettings,
    ServiceSettings,
    Settings,
    TokenSettings,
)

_PREFIX = "MERIDIAN_"
_DATABASE_SCHEMES = (
    "postgresql",
    "postgresql+psycopg",
    "mysql+pymysql",
    "mariadb+pymysql",
    "sqlite",
)

_GRPC_PORT, _SERVE_METRICS_PORT, _WORK_METRICS_PORT = 7101, 7201, 7301


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
        unread=env.unread(_PREFIX),
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
        database_url=env.url(env.settle("MERIDIAN_DATABASE_URL", name), _DATABASE_SCHEMES),
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
