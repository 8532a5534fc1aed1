"""Tokens of outside OIDC issuers: believed only under their own keys, audience and algorithms."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from chassis.errors import Unauthenticated
from chassis.issuers import OUTSIDE_ALGORITHMS, Issuer, JwtVerifier
from chassis.keys import KeySet

NOW = 1_800_000_000.0
LOGIN = "https://login.example.org"
OTHER = "https://other.example.org"
LOGIN_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
LOGIN_EC = ec.generate_private_key(ec.SECP256R1())
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def issuer(name: str, **jwks: str) -> Issuer:
    keys = [json.loads(jwk) | {"kid": key_id} for key_id, jwk in jwks.items()]
    return Issuer(name, KeySet(lambda: {"keys": keys}), "meridian-login", OUTSIDE_ALGORITHMS)


def verifier() -> JwtVerifier:
    login = issuer(
        LOGIN,
        rsa=RSAAlgorithm.to_jwk(LOGIN_RSA.public_key()),
        ec=ECAlgorithm.to_jwk(LOGIN_EC.public_key()),
    )
    other = issuer(OTHER, rsa=RSAAlgorithm.to_jwk(OTHER_RSA.public_key()))
    return JwtVerifier([login, other], clock=lambda: NOW)


def token(key: Any, algorithm: str, key_id: str, **claims: object) -> str:
    good = {"iss": LOGIN, "aud": "meridian-login", "sub": "248289", "iat": NOW, "exp": NOW + 60}
    return jwt.encode(good | claims, key, algorithm=algorithm, headers={"kid": key_id})


@pytest.mark.parametrize(
    ("key", "algorithm", "key_id"), [(LOGIN_RSA, "RS256", "rsa"), (LOGIN_EC, "ES256", "ec")]
)
def test_a_good_token_gives_its_claims(key: Any, algorithm: str, key_id: str) -> None:
    assert verifier().claims(token(key, algorithm, key_id))["sub"] == "248289"


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another-client"}, {"iss": OTHER}, {"iss": "https://unknown.example.org"}],
)
def test_a_swapped_audience_or_issuer_is_invalid(claims: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier().claims(token(LOGIN_RSA, "RS256", "rsa", **claims))
    assert refused.value.reason == "TOKEN_INVALID"


def test_an_algorithm_that_was_not_agreed_is_invalid() -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier().claims(token(LOGIN_RSA, "PS256", "rsa"))
    assert refused.value.reason == "TOKEN_INVALID"


def test_a_good_token_of_yesterday_has_expired() -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier().claims(token(LOGIN_RSA, "RS256", "rsa", iat=NOW - 90_000, exp=NOW - 86_400))
    assert refused.value.reason == "TOKEN_EXPIRED"
