"""Access tokens: what a good one says, and the reason with which every bad one is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis.errors import Unauthenticated
from chassis.grants import Visibility
from chassis.issuers import Issuer
from chassis.keys import KeySet
from chassis.revocations import Revocation, RevocationList
from chassis.tokens import Identity, TokenSigner, TokenVerifier

NOW = 1_800_000_000.25
OURS = "https://directory.na.meridian.example"
KEY = Ed25519PrivateKey.generate()

ANN = Identity(
    subject="user_na_ann",
    session="sess_na_1",
    name="Ann Lee",
    region="na",
    business_unit="bu_na_1",
    business_units=("bu_na_1", "bu_na_2"),
    teams=("team_na_1",),
    roles=("sales_manager",),
    grants=("sales.*@team", "sales.quotes.*@business_unit"),
    partner_id="partner_na_1",
    account_id="acct_na_1",
    actors=("user_na_proxy", "svc_na_gateway"),
)


def jwks(**keys: dict[str, Any] | str) -> KeySet:
    entries = []
    for key_id, key in keys.items():
        entries.append((json.loads(key) if isinstance(key, str) else key) | {"kid": key_id})
    return KeySet(lambda: {"keys": entries})


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


def verifier(clock: Clock, revocations: RevocationList | None = None) -> TokenVerifier:
    issuers = [Issuer(OURS, jwks(k1=OKPAlgorithm.to_jwk(KEY.public_key())))]
    return TokenVerifier(issuers, revocations, clock=clock, leeway=10)


def access_token(identity: Identity = ANN, now: float = NOW, key: Ed25519PrivateKey = KEY) -> str:
    return TokenSigner(key, "k1", OURS).sign(identity, token_id="jti-1", now=now)


def forged(claims: dict[str, Any], key: Any, algorithm: str, key_id: str = "k1") -> str:
    """A token with chosen claims over those of a good one; None removes a claim."""
    good = ANN.claims() | {"iss": OURS, "aud": "meridian", "iat": NOW, "exp": NOW + 300}
    chosen = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode(chosen, key, algorithm=algorithm, headers={"kid": key_id})


def refusal(token: str, clock: Clock | None = None) -> str:
    with pytest.raises(Unauthenticated) as refused:
        verifier(clock or Clock()).verify(token)
    return refused.value.reason


def test_an_identity_survives_the_journey_through_a_token() -> None:
    read = verifier(Clock()).verify(access_token())
    assert read.claims() == ANN.claims()
    assert (read.issued, read.expires) == (NOW, NOW + 300)
    assert read.actors == ("user_na_proxy", "svc_na_gateway")


def test_the_widest_matching_grant_counts() -> None:
    read = verifier(Clock()).verify(access_token())
    assert read.visibility_for("sales.quotes.read") is Visibility.BUSINESS_UNIT
    assert read.visibility_for("sales.orders.read") is Visibility.TEAM
    assert read.visibility_for("marketing.leads.read") is None


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer  ", "Basic dXNlcjpwYXNz", "token"])
def test_without_a_bearer_token_it_is_missing(header: str | None) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier(Clock()).verify_header(header)
    assert refused.value.reason == "TOKEN_MISSING"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_bearer_scheme_is_read_in_any_case(scheme: str) -> None:
    read = verifier(Clock()).verify_header(f"{scheme} {access_token()}")
    assert read.subject == "user_na_ann"


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "a" * 20_000, "é.é.é"])
def test_a_malformed_token_is_invalid(token: str) -> None:
    assert refusal(token) == "TOKEN_INVALID"


def test_algorithm_none_is_invalid() -> None:
    _, payload, _ = access_token().split(".")
    for algorithm in ("none", "None", "NONE", ""):
        header = json.dumps({"alg": algorithm, "kid": "k1", "typ": "JWT"}).encode()
        unsigned = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
        assert refusal(f"{unsigned}.{payload}.") == "TOKEN_INVALID"


def test_another_key_under_the_same_id_is_invalid() -> None:
    assert refusal(access_token(key=Ed25519PrivateKey.generate())) == "TOKEN_INVALID"


def test_a_public_key_used_as_a_shared_secret_is_invalid() -> None:
    public = KEY.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    assert refusal(forged({}, public, "HS256")) == "TOKEN_INVALID"


def test_an_unknown_key_id_is_invalid() -> None:
    assert refusal(forged({}, KEY, "EdDSA", key_id="k9")) == "TOKEN_INVALID"


def test_a_changed_payload_is_invalid() -> None:
    header, _, signature = access_token().split(".")
    _, payload, _ = access_token(Identity(subject="user_na_eve", session="s")).split(".")
    assert refusal(f"{header}.{payload}.{signature}") == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-product"},
        {"aud": None},
        {"sub": None},
        {"exp": None},
        {"iat": None},
        {"exp": "soon"},
        {"iat": NOW + 60},
        {"nbf": NOW + 60},
        {"grants": "sales.*@all"},
        {"grants": ["sales.*@everything"]},
        {"teams": [1]},
        {"sid": 7},
    ],
)
def test_wrong_claims_under_a_good_signature_are_invalid(claims: dict[str, Any]) -> None:
    assert refusal(forged(claims, KEY, "EdDSA")) == "TOKEN_INVALID"


def test_clocks_may_differ_by_the_leeway() -> None:
    early = Clock()
    early.now = NOW - 9.9
    assert verifier(early).verify(access_token()).subject == "user_na_ann"
    late = Clock()
    late.now = NOW + 309.9
    assert verifier(late).verify(access_token()).subject == "user_na_ann"


def test_an_expired_token_is_refused_even_when_it_was_remembered() -> None:
    clock = Clock()
    remembering = verifier(clock)
    remembering.verify(access_token())
    clock.now = NOW + 310.0
    with pytest.raises(Unauthenticated) as refused:
        remembering.verify(access_token())
    assert refused.value.reason == "TOKEN_EXPIRED"
    assert refusal(access_token(), clock) == "TOKEN_EXPIRED"


def test_a_revoked_session_is_refused_even_when_its_token_was_remembered() -> None:
    revocations = RevocationList()
    remembering = verifier(Clock(), revocations)
    token = access_token()
    remembering.verify(token)
    revocations.add([Revocation("sess_na_1", "", 0.0, NOW + 310)])
    with pytest.raises(Unauthenticated) as refused:
        remembering.verify(token)
    assert refused.value.reason == "SESSION_REVOKED"


def test_tokens_from_before_a_change_of_rights_need_a_refresh() -> None:
    revocations = RevocationList()
    revocations.add([Revocation("", "user_na_ann", NOW, NOW + 310)])
    with pytest.raises(Unauthenticated) as refused:
        verifier(Clock(), revocations).verify(access_token(now=NOW - 0.01))
    assert refused.value.reason == "TOKEN_EXPIRED"
    assert verifier(Clock(), revocations).verify(access_token(now=NOW)).issued == NOW


def test_an_outside_issuer_says_nothing_about_what_a_caller_may_do() -> None:
    outside = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    grants = {"iss": "https://login.example.org", "grants": ["*@all"]}
    assert refusal(forged(grants, outside, "RS256", "rsa")) == "TOKEN_INVALID"


def test_remembering_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.tokens._REMEMBERED_TOKENS", 2)
    remembering = verifier(Clock())
    for number in range(5):
        one = TokenSigner(KEY, "k1", OURS).sign(ANN, token_id=str(number), now=NOW)
        assert remembering.verify(one) == remembering.verify(one)
    assert len(remembering._remembered) == 2


def from_another_region(identity: Identity) -> Identity:
    """How this region takes a token of emea's directory."""
    keys = jwks(k1=OKPAlgorithm.to_jwk(KEY.public_key()))
    foreign = TokenVerifier([Issuer(OURS, keys, region="emea")], clock=Clock())
    return foreign.verify(access_token(identity))


def test_a_foreign_service_keeps_neither_its_name_nor_its_grants() -> None:
    theirs = Identity("service_sales", "service_sales", region="emea", grants=("*@all",))

    here = from_another_region(theirs)

    assert (here.subject, here.session) == ("emea/service_sales", "emea/service_sales")
    assert here.grants == ("sales.relocations.receive@all",)
    assert here.visibility_for("sales.relocations.receive") is Visibility.ALL
    assert here.visibility_for("sales.accounts.read") is None


@pytest.mark.parametrize("subject", ["service_", "service_*", "service_sales.x", "service_else"])
def test_what_is_no_service_is_not_believed(subject: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        from_another_region(Identity(subject, "s", region="emea", grants=("*@all",)))

    assert refused.value.reason == "FOREIGN_ACCOUNT_NOT_TRUSTED"
