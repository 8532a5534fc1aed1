"""The public REST API, called from the command line."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from typing import Any

from chassis.environment import Address
from cli.failure import Failure

_TIMEOUT_SECONDS = 30.0
_EVERYWHERE = {"0.0.0.0", "[::]"}  # noqa: S104 - recognised, not listened on


class Unwelcome(Failure):
    """The platform answered with an error; `status` is its HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Rest:
    """A gateway's address, and on whose behalf it is called."""

    base: str
    token: str = ""

    @classmethod
    def at(cls, bind: Address) -> Rest:
        """The gateway of this machine."""
        host = "127.0.0.1" if bind.host in _EVERYWHERE else bind.host
        return cls(f"http://{host}:{bind.port}")

    def signed_in(self, email: str, password: str) -> Rest:
        """The same gateway, called as this person. Raises Failure if the log-in is refused."""
        credentials = {"email": email, "password": password, "client": "meridian command line"}
        answer = self.post("/directory/v1/sessions", credentials)
        return replace(self, token=answer["access_token"])

    def as_service(self, credential: str) -> Rest:
        """The same gateway, called as a service account ("service_sales.<secret>")."""
        proof = {
            "subject_token": credential,
            "subject_token_type": "SUBJECT_TOKEN_TYPE_SERVICE_CREDENTIAL",
        }
        return replace(
            self, token=self.post("/directory/v1/tokens:exchange", proof)["access_token"]
        )

    def get(self, path: str) -> Any:
        """What is there. Raises Unwelcome with what the platform answered instead."""
        return self._send("GET", path, None)

    def post(self, path: str, body: object, *, key: str = "") -> Any:
        """Create something, or do a verb; with a key it happens once however often it is sent.

        Raises Unwelcome with what the platform answered instead.
        """
        return self._send("POST", path, body, key)

    def _send(self, method: str, path: str, body: object, key: str = "") -> Any:
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, content, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
                content = answer.read()
                return json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            with error:
                raise Unwelcome(f"{method} {path}: {_detail(error)}", error.code) from error
        except urllib.error.URLError as error:
            raise Failure(f"{self.base} cannot be reached: {error.reason}") from error


def _detail(error: urllib.error.HTTPError) -> str:
    """What the problem details (RFC 9457) of an answer say, field by field where there are fields."""
    try:
        problem = json.load(error)
    except ValueError:
        return f"status {error.code}"
    if "detail" not in problem:
        return f"status {error.code}"
    fields = [f"{each.get('field')}: {each.get('detail')}" for each in problem.get("errors", [])]
    return "; ".join([f"{error.code} {problem.get('detail')}", *fields])
