"""Puts the parts of a service together according to the settings."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from chassis import crash_points
from chassis.app import App
from chassis.client import Neighbours
from chassis.database import Database
from chassis.manifest import Service
from chassis.settings import SERVICES, Settings
from chassis.telemetry import logs
from chassis.trust import Trust
from cli.failure import Failure
from cli.processes import name_process


def manifest(name: str) -> Service:
    """What the service consists of."""
    service: Service = import_module(f"services.{name}.manifest").SERVICE
    return service


def trust(settings: Settings, names: Sequence[str]) -> Trust:
    """What a process of these services believes. The directory need not ask itself for its keys."""
    if "directory" not in names:
        return Trust(settings)
    from services.directory.authority import jwks

    return Trust(settings, keys=lambda: jwks(settings))


def app(settings: Settings, trusted: Trust, name: str) -> App:
    """The service, with its database and its neighbours. Make it after the fork."""
    targets = {other: its.grpc_target for other, its in settings.services.items()}
    credential = trusted.credential(settings, name)
    return App(
        manifest(name),
        database(settings, name),
        settings.region,
        Neighbours(targets, credential.authorization),
        settings=settings,
    )


def close(apps: Sequence[App]) -> None:
    """Let go of databases and neighbours."""
    for each in apps:
        each.neighbours.close()
        each.database.close()


def database(settings: Settings, name: str) -> Database:
    """The service's database, with a pool of the configured size."""
    return Database(settings.services[name].database_url, pool_size=settings.pool_size)


def begin(settings: Settings, role: str, names: Sequence[str], log_file: Path | None) -> None:
    """Make this process one that plays the role for these services: name, logs, crash points."""
    name_process(" ".join((*names, role)))
    name = name_in_log(settings, role, names)
    logs.configure(settings.log.level, settings.log.format, name, log_file)
    crash_points.arm(settings.crash_points)


def name_in_log(settings: Settings, role: str, names: Sequence[str]) -> str:
    """Who writes a line: "sales serve"; with other regions "emea gateway", and "emea services work" of all services."""
    region = [settings.region] if settings.regions.peers else []
    whose = ["services"] if len(names) == len(SERVICES) else names
    return " ".join([*region, *whose, role])


def check_connected(settings: Settings, names: Sequence[str]) -> None:
    """Raises Failure if an address is missing that these services need."""
    missing = [
        f"MERIDIAN_DATABASE_URL_{name.upper()}"
        for name in names
        if not settings.services[name].database_url
    ]
    if missing:
        raise Failure(
            f"{', '.join(missing)} is not set, and no `meridian up` runs on {settings.home}"
        )
