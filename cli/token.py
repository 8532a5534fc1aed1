"""`meridian token`: an access token for scripts, from a log-in or from a service's credential."""

from __future__ import annotations

import json

from chassis.settings import Settings
from cli.administrator import ask_password
from cli.failure import Failure
from cli.rest import Rest


def of_user(settings: Settings, email: str) -> str:
    """The token of a person, whose password is read from the terminal, or else from stdin."""
    return Rest.at(settings.gateway.bind).signed_in(email, ask_password()).token


def of_service(settings: Settings, service: str) -> str:
    """The token of a service account. Raises Failure if its secret is not in the secrets file."""
    return caller(settings, service, Rest.at(settings.gateway.bind)).token


def caller(settings: Settings, service: str, rest: Rest) -> Rest:
    """The same gateway, called by a service account. Raises Failure if its secret is not in the secrets file."""
    file, account = settings.service_credentials_file, f"service_{service}"
    try:
        secrets: dict[str, str] = json.loads(file.read_text())
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}") from error
    if account not in secrets:
        raise Failure(f"{file} has no secret for {account}")
    return rest.as_service(f"{account}.{secrets[account]}")
