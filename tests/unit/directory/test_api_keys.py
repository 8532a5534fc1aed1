"""API keys: limited to what their user has, good until revoked or expired (PLT-2)."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import Invalid, Refused
from services.directory import secrets
from services.directory.api_keys.domain import (
    KIND,
    LONGEST_LIFETIME,
    USUAL_LIFETIME,
    ApiKey,
    ApiKeyCreated,
    ApiKeyRevoked,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def made(**fields: object) -> tuple[ApiKey, str]:
    key = ApiKey(id="apikey_na_1", owner_id="user_1", role_ids=("agent",))
    for name, value in fields.items():
        setattr(key, name, value)
    secret = secrets.new_secret(KIND, key.id)
    key.create(secret.digest, held=("agent", "supervisor"), at=NOW)
    return key, secret.text


def test_a_key_is_good_for_a_year_unless_told_otherwise() -> None:
    key = ApiKey(id="apikey_na_1", owner_id="user_1", role_ids=("agent",))
    created = key.create("digest", held=("agent",), at=NOW)
    assert created == ApiKeyCreated("apikey_na_1", "user_1", ("agent",), NOW + USUAL_LIFETIME)


def test_a_key_cannot_have_more_than_its_user() -> None:
    key = ApiKey(id="apikey_na_1", role_ids=("agent", "regional_administrator"))
    with pytest.raises(Invalid) as refused:
        key.create("digest", held=("agent",), at=NOW)
    assert (refused.value.reason, refused.value.violations[0].field) == (
        "ROLE_NOT_HELD",
        "api_key.role_ids[1]",
    )


@pytest.mark.parametrize(
    ("expiry", "reason"),
    [
        (NOW, "EXPIRY_PAST"),
        (NOW - timedelta(days=1), "EXPIRY_PAST"),
        (NOW + LONGEST_LIFETIME + timedelta(seconds=1), "EXPIRY_TOO_FAR"),
    ],
)
def test_an_expiry_lies_in_the_next_two_years(expiry: datetime, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        made(expire_time=expiry)
    assert refused.value.reason == reason


def test_a_key_opens_with_its_secret_until_it_expires() -> None:
    key, text = made(expire_time=NOW + timedelta(hours=1))
    assert key.opens(text, NOW)
    assert not key.opens(text + "x", NOW)
    assert not key.opens(secrets.new_secret(KIND, key.id).text, NOW)
    assert not key.opens("", NOW)
    assert not key.opens(text, NOW + timedelta(hours=1))


def test_a_revoked_key_opens_nothing_and_stays_revoked() -> None:
    key, text = made()
    assert key.revoke(NOW) == ApiKeyRevoked("apikey_na_1", "user_1")
    assert not key.opens(text, NOW)
    with pytest.raises(Refused, match="API_KEY_REVOKED"):
        key.revoke(NOW + timedelta(days=1))
    assert key.revoke_time == NOW


def test_a_key_loses_the_roles_that_its_user_loses() -> None:
    key, _ = made(role_ids=("agent", "supervisor"))
    assert key.roles_within(("supervisor", "marketer")) == ("supervisor",)


def test_the_last_use_is_noted_once_a_minute() -> None:
    key, _ = made()
    assert key.use_is_news(NOW)
    key.last_use_time = NOW
    assert not key.use_is_news(NOW + timedelta(seconds=59))
    assert key.use_is_news(NOW + timedelta(seconds=60))


def test_secrets_name_their_record_and_are_kept_as_digests() -> None:
    secret = secrets.new_secret(KIND, "apikey_na_1")
    assert secrets.record_of(KIND, secret.text) == "apikey_na_1"
    assert secrets.record_of("mpt", secret.text) == ""
    assert secrets.record_of(KIND, "mak_without-a-dot") == ""
    assert len(secret.digest) == 64
    assert secret.digest not in secret.text


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    honest = hmac.compare_digest

    def watched(left: str, right: str) -> bool:
        compared.append((left, right))
        return honest(left, right)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    key, text = made()
    assert key.opens(text, NOW)
    assert not key.opens("mak_apikey_na_1.guess", NOW)
    assert [left for left, _ in compared] == [key.digest, key.digest]
