"""Keys of an issuer: fetched when needed, kept while it is away, never fetched too often."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis.errors import Unavailable
from chassis.keys import KeySet, signing_keys
from cli.processes import wait_until


def jwk(key_id: str) -> dict[str, Any]:
    public = Ed25519PrivateKey.generate().public_key()
    described: dict[str, Any] = json.loads(OKPAlgorithm.to_jwk(public))
    return described | {"kid": key_id, "use": "sig", "alg": "EdDSA"}


class FakeIssuer:
    """An issuer's key endpoint with a clock beside it."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.away = False
        self.fetches = 0
        self.now = 0.0
        self.hold: threading.Event | None = None

    def fetch(self) -> dict[str, Any]:
        self.fetches += 1
        if self.hold is not None:
            assert self.hold.wait(20)
        if self.away:
            raise ConnectionError("no answer")
        return {"keys": self.keys}

    def monotonic(self) -> float:
        return self.now


def key_set(issuer: FakeIssuer) -> KeySet:
    return KeySet(issuer.fetch, cooldown=5, lifespan=600, monotonic=issuer.monotonic)


def test_known_keys_are_fetched_once() -> None:
    issuer = FakeIssuer(jwk("k1"))
    keys = key_set(issuer)
    assert keys.find("k1") is not None
    assert keys.find("k1") is not None
    assert issuer.fetches == 1


def test_a_new_key_is_found_and_strangers_cannot_make_it_fetch_faster() -> None:
    issuer = FakeIssuer(jwk("k1"))
    keys = key_set(issuer)
    keys.find("k1")
    issuer.keys.append(jwk("k2"))
    issuer.now = 4.9
    assert keys.find("k2") is None
    assert issuer.fetches == 1
    issuer.now = 5.0
    assert keys.find("k2") is not None
    for _ in range(100):
        assert keys.find("stranger") is None
    assert issuer.fetches == 2


def test_a_withdrawn_key_disappears_when_the_set_is_old() -> None:
    issuer = FakeIssuer(jwk("k1"))
    keys = key_set(issuer)
    keys.find("k1")
    issuer.keys = [jwk("k2")]
    issuer.now = 600.0
    assert keys.find("k1") is not None
    issuer.now = 600.1
    assert keys.find("k1") is None


def test_the_last_known_keys_stay_while_the_issuer_is_away() -> None:
    issuer = FakeIssuer(jwk("k1"))
    keys = key_set(issuer)
    keys.find("k1")
    issuer.away = True
    issuer.now = 10_000.0
    assert keys.find("k1") is not None


def test_nobody_who_has_the_key_waits_while_another_fetches() -> None:
    """The issuer hangs: it answers only when the second has been answered."""
    issuer, answered = FakeIssuer(jwk("k1")), threading.Event()
    keys = key_set(issuer)
    keys.find("k1")
    issuer.now = 10_000.0
    issuer.hold = answered
    first = threading.Thread(target=keys.find, args=("k1",))
    first.start()
    assert wait_until(lambda: issuer.fetches >= 2, 10)

    assert keys.find("k1") is not None
    answered.set()
    first.join()


def test_without_any_keys_it_is_unavailable_not_unauthenticated() -> None:
    issuer = FakeIssuer()
    issuer.away = True
    with pytest.raises(Unavailable) as refusal:
        key_set(issuer).find("k1")
    assert refusal.value.reason == "KEYS_UNAVAILABLE"


def test_who_waits_for_the_first_keys_may_ask_again_at_once() -> None:
    issuer = FakeIssuer(jwk("k1"))
    known = key_set(issuer)
    issuer.away = True
    assert not known.read()

    issuer.away = False

    assert known.read()
    assert known.read()
    assert issuer.fetches == 2


def test_keys_that_cannot_check_signatures_are_left_out() -> None:
    encryption = jwk("enc") | {"use": "enc"}
    unknown = {"kid": "odd", "kty": "odd"}
    nameless = jwk("") | {"kid": ""}
    assert set(signing_keys({"keys": [jwk("k1"), encryption, unknown, nameless]})) == {"k1"}
