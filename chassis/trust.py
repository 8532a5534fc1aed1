"""What a process believes and how it is believed, both by way of the directory.

It checks tokens with the directory's keys, knows within seconds which of them were revoked, and
gets tokens of its own for what it does without a person: timers and reactions. People of other
regions are believed by their own directories' word (chassis.peers).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from meridian.directory.v1 import token_service_pb2

from chassis.call import Call
from chassis.client import Client, Neighbours
from chassis.issuers import Issuer
from chassis.keys import Jwks, KeySet
from chassis.peers import PeerDirectory
from chassis.revocations import RevocationList, RevocationPage, RevocationPoller
from chassis.settings import Settings
from chassis.tokens import SERVICE_ACCOUNT, TokenVerifier

_TOKENS = token_service_pb2.DESCRIPTOR.services_by_name["TokenService"]
#: A token of our own is renewed this many seconds before it expires.
_RENEW_AHEAD = 30.0
#: How long a process that starts waits for the directory's keys, and between two attempts.
FIRST_KEYS_SECONDS = 15.0
_RETRY_SECONDS = 1.0


class Trust:
    """The verifier of tokens and what keeps it up to date. Make it after the fork; close it at the end."""

    def __init__(self, settings: Settings, *, keys: Callable[[], Jwks] | None = None) -> None:
        """keys: where the directory's public keys are read; by default the directory is asked."""
        target = settings.services["directory"].grpc_target
        self._neighbours = Neighbours({"directory": target})
        self._directory = _Directory(self._neighbours.client(_TOKENS), settings.region)
        self._peers = [PeerDirectory(peer) for peer in settings.regions.peers]
        revocations = RevocationList()
        self._keys = KeySet(keys or self._directory.keys)
        issuer = Issuer(settings.tokens.issuer, self._keys)
        foreign = [
            Issuer(
                peer.issuer,
                KeySet(peer.keys, source=f"region {peer.region}"),
                region=peer.region,
            )
            for peer in self._peers
        ]
        self.verifier = TokenVerifier([issuer, *foreign], revocations)
        self._pollers = [RevocationPoller(revocations, self._directory.revocations)]
        self._pollers += [
            RevocationPoller(revocations, peer.revocations, source=f"region {peer.region}")
            for peer in self._peers
        ]
        for poller in self._pollers:
            poller.start()

    def wait_for_keys(self, asked: threading.Event) -> None:
        """Return when the tokens of this region can be checked, when somebody asks to stop, or after 15 seconds."""
        deadline = time.monotonic() + FIRST_KEYS_SECONDS
        while not self._keys.read() and time.monotonic() < deadline:
            if asked.wait(_RETRY_SECONDS):
                return

    def credential(self, settings: Settings, service: str) -> ServiceCredential:
        """The identity of a service of ours."""
        return ServiceCredential(
            settings.service_credentials_file, service, self._directory.exchange
        )

    def close(self) -> None:
        """Stop asking the directories."""
        for poller in self._pollers:
            poller.stop()
        for peer in self._peers:
            peer.close()
        self._neighbours.close()


class ServiceCredential:
    """Gives a service's own access token, fetching another one before the last expires."""

    def __init__(
        self,
        file: Path,
        service: str,
        exchange: Callable[[str], tuple[str, float]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """exchange: credential → (access token, seconds for which it is good)."""
        self._file = file
        self._account = f"{SERVICE_ACCOUNT}{service}"
        self._exchange = exchange
        self._monotonic = monotonic
        self._token = ""
        self._renew_at = float("-inf")
        self._lock = threading.Lock()

    def authorization(self, _call: Call | None = None) -> str:
        """The Authorization value of the service itself.

        Raises Unauthenticated if the directory does not know the secret, and LookupError if the
        secrets file has none for this service.
        """
        with self._lock:
            if self._monotonic() >= self._renew_at:
                self._token, lifetime = self._exchange(f"{self._account}.{self._secret()}")
                self._renew_at = self._monotonic() + max(lifetime - _RENEW_AHEAD, 1.0)
            return f"Bearer {self._token}"

    def _secret(self) -> str:
        secrets: dict[str, str] = json.loads(self._file.read_text())
        if self._account not in secrets:
            raise LookupError(f"{self._file} has no secret for {self._account}")
        return secrets[self._account]


class _Directory:
    """The questions that every process asks the directory."""

    def __init__(self, client: Client, region: str) -> None:
        self._client = client
        self._region = region

    def keys(self) -> Jwks:
        answer = self._ask("GetJwks", token_service_pb2.GetJwksRequest())
        return MessageToDict(answer)

    def revocations(self, cursor: str) -> RevocationPage:
        request = token_service_pb2.ListRevocationsRequest()
        if cursor:
            request.since.FromJsonString(cursor)
        answer = self._ask("ListRevocations", request)
        return RevocationPage.of(answer)

    def exchange(self, credential: str) -> tuple[str, float]:
        answer = self._ask(
            "ExchangeToken",
            token_service_pb2.ExchangeTokenRequest(
                subject_token=credential,
                subject_token_type=token_service_pb2.SUBJECT_TOKEN_TYPE_SERVICE_CREDENTIAL,
            ),
        )
        return answer.access_token, float(answer.expires_in)

    def _ask(self, method: str, request: Any) -> Any:
        call = Call.of_service("", self._region, datetime.now(UTC))
        return getattr(self._client, method)(request, call)
