"""Access tokens: who calls, signed by directory and checked by every process for itself.

An access token is a JWT signed with Ed25519, valid for minutes; Identity lists its claims.
Tokens of outside OIDC issuers open nothing: they are exchanged for one of ours first (directory's
ExchangeToken), so nobody but directory says what a caller may do.

Source: RFC 7519 (JWT), RFC 8037 (EdDSA), RFC 8693 (actors), RFC 9068 (at+jwt).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.errors import Unauthenticated
from chassis.grants import Grants, Visibility, prepared
from chassis.ids import region_of
from chassis.issuers import AUDIENCE, LEEWAY_SECONDS, Claims, Issuer, JwtVerifier
from chassis.revocations import RevocationList
from chassis.settings import SERVICES

ACCESS_TOKEN_SECONDS = 300
#: What the subject of a service begins with; a person's is an id.
SERVICE_ACCOUNT = "service_"
_REMEMBERED_TOKENS = 10_000


@dataclass(frozen=True)
class Identity:
    """Who calls and what they may do, as a verified access token says."""

    subject: str
    """The user id, claim "sub"."""
    session: str
    """What can be revoked: a session id, or an API key's id; claim "sid"."""
    name: str = ""
    """For people to read."""
    region: str = ""
    business_unit: str = ""
    """Id of the caller's business unit, claim "bu"."""
    business_units: tuple[str, ...] = ()
    """Ids of that unit and of all below it, claim "bus"."""
    teams: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    """Role slugs, to show; what counts is `grants`."""
    grants: tuple[str, ...] = ()
    partner_id: str = ""
    account_id: str = ""
    actors: tuple[str, ...] = ()
    """Subjects that act for `subject`, the nearest first; claim "act" (RFC 8693)."""
    issued: float = 0.0
    """Unix seconds, with fractions."""
    expires: float = 0.0
    """Unix seconds."""
    is_foreign: bool = False
    """Whether another region's directory says so. Not a claim: it follows from who signed."""
    _grants: Grants = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_grants", prepared(self.grants))

    def visibility_for(self, permission: str) -> Visibility | None:
        """The widest visibility that the grants give for this permission here; None if none does.

        What somebody from another region may do ends at the border, unless it is for all.
        """
        granted = self._grants.visibility_for(permission)
        if self.is_foreign and granted is not Visibility.ALL:
            return None
        return granted

    def granted_at_home(self, permission: str) -> Visibility | None:
        """As visibility_for, in the region where the grants were given."""
        return self._grants.visibility_for(permission)

    @classmethod
    def from_claims(cls, claims: Claims) -> Identity:
        """Read verified claims. Raises ValueError or TypeError if they are not of our shape."""
        return cls(
            subject=_text(claims, "sub"),
            session=_text(claims, "sid"),
            name=_text(claims, "name"),
            region=_text(claims, "region"),
            business_unit=_text(claims, "bu"),
            business_units=_texts(claims, "bus"),
            teams=_texts(claims, "teams"),
            roles=_texts(claims, "roles"),
            grants=_texts(claims, "grants"),
            partner_id=_text(claims, "partner_id"),
            account_id=_text(claims, "account_id"),
            actors=_actor_chain(claims.get("act")),
            issued=float(claims["iat"]),
            expires=float(claims["exp"]),
        )

    def claims(self) -> dict[str, Any]:
        """The claims that describe this identity; empty ones are left out."""
        described: dict[str, Any] = {
            "sub": self.subject,
            "sid": self.session,
            "name": self.name,
            "region": self.region,
            "bu": self.business_unit,
            "bus": list(self.business_units),
            "teams": list(self.teams),
            "roles": list(self.roles),
            "grants": list(self.grants),
            "partner_id": self.partner_id,
            "account_id": self.account_id,
            "act": _actor_claim(self.actors),
        }
        return {name: value for name, value in described.items() if value}


class TokenSigner:
    """Makes access tokens. Only directory has the private key."""

    def __init__(
        self,
        key: Ed25519PrivateKey,
        key_id: str,
        issuer: str,
        *,
        lifetime: float = ACCESS_TOKEN_SECONDS,
    ) -> None:
        """`lifetime` is in seconds."""
        self._key = key
        self._key_id = key_id
        self._issuer = issuer
        self._lifetime = lifetime

    def sign(self, identity: Identity, *, token_id: str, now: float) -> str:
        """A signed access token for this identity, issued at `now` (Unix seconds)."""
        claims = identity.claims() | {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + self._lifetime,
            "jti": token_id,
        }
        headers = {"kid": self._key_id, "typ": "at+jwt"}
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers=headers)


class TokenVerifier:
    """Checks our access tokens; remembers those it has checked, so that most cost a look-up.

    Each refusal is Unauthenticated: TOKEN_MISSING; TOKEN_INVALID (as JwtVerifier says, or not of
    our shape); TOKEN_EXPIRED (refreshing the session gives a new one); SESSION_REVOKED (log in);
    FOREIGN_ACCOUNT_NOT_TRUSTED (another region's word for anybody but its own people).
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        revocations: RevocationList | None = None,
        *,
        clock: Callable[[], float] = time.time,
        leeway: float = LEEWAY_SECONDS,
    ) -> None:
        """`issuers` are directories; `clock` gives Unix seconds; `leeway` is in seconds."""
        self._jwts = JwtVerifier(issuers, clock=clock, leeway=leeway)
        self._regions = {issuer.name: issuer.region for issuer in issuers if issuer.region}
        self._revocations = RevocationList() if revocations is None else revocations
        self._clock = clock
        self._leeway = leeway
        self._remembered: dict[str, Identity] = {}
        self._lock = threading.Lock()

    def verify_header(self, authorization: str | None) -> Identity:
        """Who calls, from the value of an Authorization header ("Bearer <token>")."""
        if not authorization:
            raise Unauthenticated("TOKEN_MISSING")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("TOKEN_MISSING")
        return self.verify(token.strip())

    def verify(self, token: str) -> Identity:
        """Who calls, from one of our access tokens."""
        identity = self._remembered.get(token)
        if identity is None:
            identity = self._identity(token)
            self._remember(token, identity)
        self._check_still_good(identity)
        return identity

    def _identity(self, token: str) -> Identity:
        claims = self._jwts.claims(token)
        try:
            identity = Identity.from_claims(claims)
        except (TypeError, ValueError) as error:
            raise Unauthenticated("TOKEN_INVALID") from error
        region = self._regions.get(str(claims["iss"]))
        return _foreign(identity, region) if region else identity

    def _remember(self, token: str, identity: Identity) -> None:
        with self._lock:
            if len(self._remembered) >= _REMEMBERED_TOKENS:
                # Tokens live equally long, so the first one in is the first to expire.
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[token] = identity

    def _check_still_good(self, identity: Identity) -> None:
        if self._clock() >= identity.expires + self._leeway:
            raise Unauthenticated("TOKEN_EXPIRED")
        if self._revocations.session_revoked(identity.session):
            raise Unauthenticated("SESSION_REVOKED")
        if self._revocations.issued_too_early(identity.subject, identity.issued):
            raise Unauthenticated("TOKEN_EXPIRED")


def foreign_service(region: str, service: str) -> str:
    """What a service of another region is called here, "emea/service_sales"."""
    return f"{region}/{SERVICE_ACCOUNT}{service}"


def _foreign(identity: Identity, region: str) -> Identity:
    """Somebody of another region. Its directory vouches for its people, and hardly for its services."""
    if identity.region != region:
        raise Unauthenticated("FOREIGN_ACCOUNT_NOT_TRUSTED", region=region)
    if identity.subject.startswith(SERVICE_ACCOUNT):
        return _foreign_service(identity, region)
    if region_of(identity.subject) != region:
        raise Unauthenticated("FOREIGN_ACCOUNT_NOT_TRUSTED", region=region)
    return replace(identity, is_foreign=True)


def _foreign_service(identity: Identity, region: str) -> Identity:
    """A service of another region may do one thing here, whatever it may there: bring its part of a customer.

    It is called otherwise than our own of that name, whose revocations and idempotency keys are ours.
    """
    service = identity.subject.removeprefix(SERVICE_ACCOUNT)
    if service not in SERVICES:
        raise Unauthenticated("FOREIGN_ACCOUNT_NOT_TRUSTED", region=region)
    return Identity(
        subject=foreign_service(region, service),
        session=f"{region}/{identity.session}",
        name=identity.name,
        region=region,
        grants=(f"{service}.relocations.receive@all",),
        issued=identity.issued,
        expires=identity.expires,
        is_foreign=True,
    )


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str):
        raise TypeError(f"claim {name} is not a text")
    return value


def _texts(claims: Claims, name: str) -> tuple[str, ...]:
    values = claims.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"claim {name} is not a list of texts")
    return tuple(values)


def _actor_chain(actor: object) -> tuple[str, ...]:
    """{"sub": a, "act": {"sub": b}} → (a, b); RFC 8693 §4.1."""
    chain = []
    while isinstance(actor, dict):
        chain.append(_text(actor, "sub"))
        actor = actor.get("act")
    return tuple(chain)


def _actor_claim(actors: tuple[str, ...]) -> dict[str, Any]:
    claim: dict[str, Any] = {}
    for actor in reversed(actors):
        claim = {"sub": actor, "act": claim} if claim else {"sub": actor}
    return claim
