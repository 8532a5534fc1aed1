"""Passwords: good enough ones, lock-out with back-off, one-time tokens, hashes (PLT-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from services.directory.passwords.domain import (
    FAILURES_BEFORE_LOCK,
    FIRST_LOCK,
    LONGEST,
    LONGEST_LOCK,
    TOKEN_LIFETIME,
    Credential,
    check_rules,
)
from services.directory.passwords.hashing import hash_password, is_outdated, matches

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def problem(password: str) -> str:
    with pytest.raises(Invalid) as refused:
        check_rules(password, field="password", name="Ann Lee-Winter", email="a.lee@example.com")
    assert [violation.field for violation in refused.value.violations] == ["password"]
    assert password not in str(refused.value)
    return refused.value.reason


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "Tr0ub4dor&3xyz",
        "三只小猪盖房子的故事很有意思",
        "кукуруза и море",
        "x9 -- lantern",
        "lead-2026-pipeline",
    ],
)
def test_long_and_unusual_passwords_are_good(password: str) -> None:
    check_rules(password, field="password", name="Ann Lee", email="ann@example.com")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("elevenchars", "PASSWORD_TOO_SHORT"),
        ("x9-" * 43, "PASSWORD_TOO_LONG"),
        ("midWINTERnights", "PASSWORD_CONTAINS_NAME"),
        ("password1234", "PASSWORD_TOO_COMMON"),
        ("Password!2026", "PASSWORD_TOO_COMMON"),
        ("passwordpassword", "PASSWORD_TOO_COMMON"),
        ("qwertyuiop123", "PASSWORD_TOO_COMMON"),
        ("iloveyou!!!!2025", "PASSWORD_TOO_COMMON"),
        ("123456789012", "PASSWORD_TOO_COMMON"),
        ("aaaaaaaaaaaaaa", "PASSWORD_TOO_COMMON"),
        ("abababababab", "PASSWORD_TOO_COMMON"),
    ],
)
def test_poor_passwords_are_refused_with_the_reason(password: str, reason: str) -> None:
    assert problem(password) == reason


def test_the_bounds_are_counted_in_characters() -> None:
    check_rules("x9-lantern-q", field="p", name="", email="")
    check_rules(("x9-lantern q" * 11)[:LONGEST], field="p", name="", email="")


def test_locking_begins_with_the_fifth_failure_and_doubles_up_to_an_hour() -> None:
    credential = Credential("user_1")
    locks = [credential.fail(NOW) for _ in range(FAILURES_BEFORE_LOCK + 8)]
    minutes = [None if until is None else (until - NOW) / FIRST_LOCK for until in locks]
    assert minutes == [None] * 4 + [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_good_password_forgets_the_failures() -> None:
    credential = Credential("user_1")
    for _ in range(FAILURES_BEFORE_LOCK):
        credential.fail(NOW)
    credential.succeed()
    assert credential.fail(NOW) is None


@given(st.integers(min_value=0, max_value=10_000))
def test_a_long_siege_never_locks_for_more_than_an_hour(failures: int) -> None:
    until = Credential("user_1", failures=failures).fail(NOW)
    assert until is None or NOW < until <= NOW + LONGEST_LOCK


def token_problem(credential: Credential, digest: str, at: datetime) -> str:
    with pytest.raises(Invalid) as refused:
        credential.check_token(digest, at)
    return refused.value.reason


def test_a_one_time_token_works_until_it_expires_is_replaced_or_used() -> None:
    credential = Credential("user_1")
    assert credential.issue_token("d1", NOW) == NOW + TOKEN_LIFETIME
    credential.check_token("d1", NOW + TOKEN_LIFETIME - timedelta(microseconds=1))
    assert token_problem(credential, "d1", NOW + TOKEN_LIFETIME) == "PASSWORD_TOKEN_INVALID"

    credential.issue_token("d2", NOW)
    assert token_problem(credential, "d1", NOW) == "PASSWORD_TOKEN_INVALID"

    credential.choose("hash", NOW)
    assert token_problem(credential, "d2", NOW) == "PASSWORD_TOKEN_INVALID"
    assert token_problem(credential, "", NOW) == "PASSWORD_TOKEN_INVALID"
    assert (credential.password_hash, credential.password_time) == ("hash", NOW)


def test_a_hash_is_argon2id_salted_and_matches_only_its_password() -> None:
    kept = hash_password("correct horse battery staple")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept != hash_password("correct horse battery staple")
    assert matches(kept, "correct horse battery staple")
    assert not matches(kept, "correct horse battery stapler")
    assert not matches("", "correct horse battery staple")
    assert not matches("not a hash", "correct horse battery staple")
    assert not is_outdated(kept)


def test_the_same_password_typed_on_another_keyboard_matches() -> None:
    composed, decomposed = "caf\u00e9 lantern q9", "cafe\u0301 lantern q9"
    assert matches(hash_password(composed), decomposed)


def test_a_hash_of_weaker_parameters_is_outdated() -> None:
    assert is_outdated(
        "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
        "RdescudvJCsgt3ub+b7dWRWJTmaaJObG3J8kYfYzYTE"
    )
