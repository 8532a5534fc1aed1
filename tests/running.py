"""A service under test: its real database behind its real gRPC server, called by people of our choice.

marketing = run_service(SERVICE)
anna = marketing.caller("user_anna", "marketing.leads.*@own")
lead = anna.call(LEADS).CreateLead(CreateLeadRequest(lead={"company": "Acme"}))
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.protobuf.descriptor import ServiceDescriptor
from jwt.algorithms import OKPAlgorithm

from chassis.app import App, utc_now
from chassis.call import Call
from chassis.client import Client, Neighbours
from chassis.configuration import parse
from chassis.database import Database
from chassis.grants import Visibility
from chassis.issuers import Issuer
from chassis.keys import KeySet
from chassis.manifest import Service
from chassis.revocations import RevocationList
from chassis.server import Server
from chassis.settings import Settings
from chassis.tokens import ACCESS_TOKEN_SECONDS, Identity, TokenSigner, TokenVerifier
from services.directory.authority import key_id

ISSUER = "https://directory.test"
_KEY = Ed25519PrivateKey.generate()
_KEY_ID = key_id(_KEY)
_JWK = json.loads(OKPAlgorithm.to_jwk(_KEY.public_key())) | {"kid": _KEY_ID, "use": "sig"}


def verifier(revocations: RevocationList | None = None) -> TokenVerifier:
    """What a service checks tokens with, believing the tokens made here."""
    return TokenVerifier([Issuer(ISSUER, KeySet(lambda: {"keys": [_JWK]}))], revocations)


def token(identity: Identity, *, lifetime: float = ACCESS_TOKEN_SECONDS) -> str:
    """A good access token for this identity; lifetime in seconds."""
    return TokenSigner(_KEY, _KEY_ID, ISSUER, lifetime=lifetime).sign(
        identity, token_id=str(uuid.uuid4()), now=time.time()
    )


def signing_key() -> bytes:
    """The private key behind these tokens (PEM), for a directory whose tokens are to be believed."""
    return _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Caller:
    """A person with a token, calling methods with their own settings."""

    def __init__(self, neighbours: Neighbours, identity: Identity, language: str) -> None:
        self.identity = identity
        self._neighbours = neighbours
        self._call = Call(
            identity,
            "",
            Visibility.OWN,
            utc_now(),
            language=language,
            authorization=f"Bearer {token(identity)}",
        )

    def call(self, descriptor: ServiceDescriptor) -> Methods:
        """The methods of a gRPC service, each taking the request alone."""
        return Methods(self._neighbours.client(descriptor), self._call)

    def with_key(self, key: str) -> Caller:
        """The same person, sending this Idempotency-Key."""
        other = Caller(self._neighbours, self.identity, self._call.language)
        other._call = replace(
            other._call, authorization=self._call.authorization, idempotency_key=key
        )
        return other


class Methods:
    """Calls with the caller's token, language and idempotency key."""

    def __init__(self, client: Client, call: Call) -> None:
        self._client = client
        self._call = call

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda request: method(
            request, self._call, idempotency_key=self._call.idempotency_key
        )


class RunningService:
    """One service that answers on a port of its own until `stop`."""

    def __init__(
        self,
        service: Service,
        database_url: str,
        neighbours: Mapping[str, str] | None = None,
        settings: Settings | None = None,
        trusting: TokenVerifier | None = None,
        bind: str = "127.0.0.1:0",
        own: Callable[[], str] | None = None,
    ) -> None:
        """neighbours: other services' names and addresses, as "host:port".

        trusting: what it checks tokens with; usually it believes the tokens made here.
        own: gives the token of the service itself.
        """
        settings = settings or parse({})
        self.database = Database(database_url)
        itself = Identity(f"service_{service.name}", "session_service", grants=("*@region",))
        own = own or (lambda: token(itself))
        self._outward = Neighbours(neighbours, authorize=lambda _call: f"Bearer {own()}")
        self.app = App(
            service, self.database, settings.region, neighbours=self._outward, settings=settings
        )
        self._server = Server(self.app, trusting or verifier(), bind=bind, threads=8)
        self._server.start()
        self.address = f"127.0.0.1:{self._server.port}"
        self._inward = Neighbours({service.name: self.address})

    def caller(self, subject: str, *grants: str, language: str = "en", **identity: Any) -> Caller:
        """A person with these grants, for example "marketing.leads.*@team"."""
        who = Identity(subject=subject, session=f"session_{subject}", grants=grants, **identity)
        return Caller(self._inward, who, language)

    def table(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table, to see what is really stored."""
        table = self.app.service.metadata.tables[name]
        with self.database.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(sa.select(table))]

    def events(self) -> list[str]:
        """The types of the announced events, in order, without their package."""
        rows = sorted(self.table("outbox"), key=lambda row: row["position"])
        return [row["headers"]["ce-type"].rpartition(".")[2] for row in rows]

    def stop(self) -> None:
        """Stop answering and close what is open."""
        self._inward.close()
        self._server.drain(1)
        self._outward.close()
        self.database.close()
