"""Somebody at the public API who does not give up: repeats a request, with its idempotency key, until it
is answered.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import requests

from tests.faults.region import Region

PAUSE = 0.2
_TIMEOUT = 15.0
_REPEAT = {401, 429, 500, 502, 503, 504}
_REPEAT_REASONS = {"REQUEST_IN_PROGRESS", "CONCURRENT_CHANGE"}


class Refusal(Exception):
    """An answer that no repetition will change."""

    def __init__(self, reason: str, details: str) -> None:
        super().__init__(f"{reason} {details}")
        self.reason = reason


class Person:
    """One person of the sample company at the gateway of a region."""

    def __init__(
        self, region: Region, email: str, answers: Counter[str], patience: float = 240.0
    ) -> None:
        """answers: counts all answers by status. patience: seconds for which a request is repeated."""
        self._region = region
        self._email = email
        self._answers = answers
        self._patience = patience
        self._session = requests.Session()
        self._token = ""

    def do(self, method: str, path: str, body: object = None, key: str = "") -> Any:
        """The answer to a request, however often it must be repeated. Raises Refusal."""
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            answer = self.ask(method, path, body, key)
            if answer is None:
                time.sleep(PAUSE)
                continue
            if answer.ok:
                return answer.json()
            reason = reason_of(answer)
            if answer.status_code not in _REPEAT and reason not in _REPEAT_REASONS:
                raise Refusal(reason, f"{answer.status_code} for {path}: {answer.text[:300]}")
            if answer.status_code == requests.codes.unauthorized:
                self._sign_in()
            time.sleep(PAUSE)
        raise Refusal("NO_ANSWER", f"for {method} {path} in {self._patience:.0f} s")

    def ask(
        self, method: str, path: str, body: object = None, key: str = ""
    ) -> requests.Response | None:
        """The answer to one request, whatever it is; None if there was none."""
        headers: Mapping[str, str] = {"Authorization": f"Bearer {self._token}"}
        try:
            answer = self._session.request(
                method,
                self._region.address + path,
                json=body,
                headers={**headers, **({"Idempotency-Key": key} if key else {})},
                timeout=_TIMEOUT,
            )
        except requests.RequestException:
            self._answers["no answer"] += 1
            return None
        self._answers[str(answer.status_code)] += 1
        return answer

    def _sign_in(self) -> None:
        credentials = {"email": self._email, "password": self._region.password()}
        try:
            answer = self._session.post(
                f"{self._region.address}/directory/v1/sessions",
                json=credentials | {"client": "faults"},
                timeout=_TIMEOUT,
            )
            self._token = answer.json().get("access_token", "")
        except requests.RequestException:
            self._answers["no answer"] += 1


def reason_of(answer: requests.Response) -> str:
    """The reason that problem details give, "" if there are none."""
    try:
        return str(answer.json().get("reason", ""))
    except ValueError:
        return ""
