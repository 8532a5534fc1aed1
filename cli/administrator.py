"""`meridian administrator`: the first person who can log in, and let others in."""

from __future__ import annotations

import getpass
import sys

from chassis.app import App
from chassis.errors import MeridianError
from chassis.settings import Settings
from cli import assembly
from cli.failure import Failure


def ensure(settings: Settings, email: str, name: str, password: str) -> None:
    """Make the first regional administrator, unless somebody has this address already.

    Raises Failure if the password is too weak.
    """
    from services.directory.bootstrap import ensure_administrator

    app = App(
        assembly.manifest("directory"),
        assembly.database(settings, "directory"),
        settings.region,
        settings=settings,
    )
    try:
        ensure_administrator(app, email=email, name=name, password=password)
    except MeridianError as error:
        raise Failure(f"this password cannot be used: {error.reason} {error.params}") from error
    finally:
        assembly.close([app])


def ask_password() -> str:
    """A password from the terminal, or else from stdin."""
    return getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
