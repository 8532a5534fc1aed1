"""What a process stands on: pools, database, schema, NATS, certificates, disk."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Gauge

_POOL_IN_USE = Gauge(
    "meridian_pool_members_in_use", "Members of a pool that are busy.", ("service", "pool")
)
_POOL_SIZE = Gauge("meridian_pool_members", "Members that a pool may have.", ("service", "pool"))
_DATABASE_UP = Gauge(
    "meridian_database_up", "Whether a process of the service reaches its database.", ("service",)
)
_NATS_UP = Gauge("meridian_nats_up", "Whether a worker of the service reaches NATS.", ("service",))
_SCHEMA_PENDING = Gauge(
    "meridian_schema_pending_migrations",
    "Migrations that the code knows and the service's database has not had.",
    ("service",),
)
_FAILED_MIGRATIONS = Gauge(
    "meridian_failed_migrations",
    "Attempts to migrate the service's database that failed since one succeeded.",
    ("service",),
)
_CERTIFICATE_EXPIRY = Gauge(
    "meridian_certificate_expiry_timestamp_seconds",
    "Until when a watched certificate is good, as Unix time; 0 if its file cannot be read.",
    ("file",),
)
_HOME_FREE = Gauge(
    "meridian_home_free_bytes", "Room that is left on the disk that holds MERIDIAN_HOME."
)
_HOME_SIZE = Gauge("meridian_home_size_bytes", "Size of the disk that holds MERIDIAN_HOME.")


def watch_pool(service: str, pool: str, size: int, in_use: Callable[[], float]) -> None:
    """Report how full a pool (threads, connections) is, asking in_use at each scrape."""
    _POOL_SIZE.labels(service, pool).set(size)
    _POOL_IN_USE.labels(service, pool).set_function(in_use)


def watch_database(service: str, up: Callable[[], bool]) -> None:
    """Report whether the service's database answers this process, asking at each scrape."""
    _DATABASE_UP.labels(service).set_function(lambda: float(up()))


def watch_nats(service: str, up: Callable[[], bool]) -> None:
    """Report whether NATS answers a worker, asking at each scrape."""
    _NATS_UP.labels(service).set_function(lambda: float(up()))


def schema_pending(service: str, migrations: int) -> None:
    """Report how many migrations the database of a service lacks."""
    _SCHEMA_PENDING.labels(service).set(migrations)


def failed_migrations(service: str, attempts: int) -> None:
    """Report how many attempts to migrate the database of a service failed since one succeeded."""
    _FAILED_MIGRATIONS.labels(service).set(attempts)


def watch_certificate(file: str, expiry: Callable[[], float]) -> None:
    """Report until when (Unix time) the certificate in a file is good, asking at each scrape."""
    _CERTIFICATE_EXPIRY.labels(file).set_function(expiry)


def watch_home(free: Callable[[], float], size: Callable[[], float]) -> None:
    """Report room and size (bytes) of the disk that holds the data folder, asking at each scrape."""
    _HOME_FREE.set_function(free)
    _HOME_SIZE.set_function(size)
