"""Tokens are passed on; API keys are exchanged once and again before their token ends."""

from __future__ import annotations

import pytest

from chassis.errors import Unauthenticated
from gateway.identity import Identities, client_of
from gateway.problems import Refusal


class Directory:
    """Counts the exchanges; each gives another token, good for 300 seconds."""

    now = 0.0
    exchanges = 0

    def exchange(self, key: str) -> tuple[str, float]:
        self.exchanges += 1
        return f"{key}-{self.exchanges}", 300.0


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def identities(directory: Directory) -> Identities:
    return Identities(directory.exchange, clock=lambda: directory.now)


def test_a_bearer_token_is_passed_on_as_it_is(identities: Identities) -> None:
    environ = {"HTTP_AUTHORIZATION": "Bearer abc"}
    assert identities.authorization(environ, is_public=False) == "Bearer abc"
    assert identities.renew(environ, "Bearer abc") is None


def test_only_a_public_method_needs_nobody(identities: Identities) -> None:
    assert identities.authorization({}, is_public=True) == ""
    with pytest.raises(Unauthenticated) as caught:
        identities.authorization({}, is_public=False)
    assert caught.value.reason == "TOKEN_MISSING"


def test_a_key_is_exchanged_again_shortly_before_its_token_ends(
    identities: Identities, directory: Directory
) -> None:
    environ = {"HTTP_X_API_KEY": "key"}
    assert identities.authorization(environ, is_public=False) == "Bearer key-1"
    directory.now = 269.0
    assert identities.authorization(environ, is_public=False) == "Bearer key-1"
    directory.now = 271.0
    assert identities.authorization(environ, is_public=False) == "Bearer key-2"


def test_a_token_that_was_refused_is_renewed_from_its_key(
    identities: Identities, directory: Directory
) -> None:
    environ = {"HTTP_X_API_KEY": "key"}
    refused = identities.authorization(environ, is_public=False)
    assert identities.renew(environ, refused) == "Bearer key-2"
    assert identities.authorization(environ, is_public=False) == "Bearer key-2"
    assert directory.exchanges == 2


def test_two_credentials_at_once_are_refused(identities: Identities) -> None:
    with pytest.raises(Refusal) as caught:
        identities.authorization(
            {"HTTP_AUTHORIZATION": "Bearer abc", "HTTP_X_API_KEY": "key"}, is_public=False
        )
    assert (caught.value.status, caught.value.reason) == (400, "CREDENTIALS_TWICE")


def test_a_client_is_its_credential_or_else_its_address() -> None:
    address = {"REMOTE_ADDR": "192.0.2.1"}
    assert client_of(address) == "192.0.2.1"
    one = client_of(address | {"HTTP_AUTHORIZATION": "Bearer one"})
    assert one == client_of({"HTTP_AUTHORIZATION": "Bearer one", "REMOTE_ADDR": "192.0.2.2"})
    assert one != client_of(address | {"HTTP_AUTHORIZATION": "Bearer two"})
    assert "one" not in one
