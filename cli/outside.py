"""Servers and keys that are configured rather than ours: whether they are there, before anything is started."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import sqlalchemy as sa

from chassis.database import Database
from chassis.environment import masked
from chassis.settings import Settings
from cli.failure import Failure
from services.directory.authority import read_keys

_PATIENCE_SECONDS = 5
_NATS_PORT = 4222


def check(settings: Settings) -> None:
    """Raises Failure, with a line for each server that cannot be reached, or SettingsError for the keys."""
    read_keys(settings)
    missing = [*_databases(settings), *_nats(settings)]
    if missing:
        raise Failure(
            "\n".join(
                [
                    "What is configured cannot be reached:",
                    *(f"  - {each}" for each in missing),
                    "Start it, correct the variable, or leave the variable out to use the embedded one",
                ]
            )
        )


def _databases(settings: Settings) -> Iterator[str]:
    for name, service in settings.services.items():
        if service.database_url and (why := _hindrance(service.database_url)):
            variable = f"MERIDIAN_DATABASE_URL_{name.upper()}"
            yield f"{variable}={masked(service.database_url)}: {why}"


def _hindrance(url: str) -> str:
    """Why there is no connection to a database; "" if there is one."""
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite" and "connect_timeout" not in address.query:
        address = address.update_query_dict({"connect_timeout": str(_PATIENCE_SECONDS)})
    database = Database(address.render_as_string(hide_password=False), pool_size=1)
    try:
        with database.engine.connect():
            return ""
    except sa.exc.DBAPIError as error:
        return str(error.orig).splitlines()[0]
    finally:
        database.close()


def _nats(settings: Settings) -> Iterator[str]:
    variables = {
        "MERIDIAN_NATS_URL": settings.nats_url,
        "MERIDIAN_BORDER_NATS_URL": settings.regions.border_nats_url,
    }
    for variable, url in variables.items():
        if url and (why := _unreachable(url)):
            yield f"{variable}={masked(url)}: {why}"


def _unreachable(url: str) -> str:
    """Why nobody answers at this address; "" if somebody does."""
    parts = urlsplit(url)
    try:
        place = (parts.hostname or "", parts.port or _NATS_PORT)
        with socket.create_connection(place, timeout=_PATIENCE_SECONDS):
            return ""
    except OSError as error:
        return error.strerror or str(error)
