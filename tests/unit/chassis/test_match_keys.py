"""Keyed hashes: equal identifiers meet under any common key, and a bad file of keys is explained (PLT-4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from chassis import identifiers, match_keys
from chassis.configuration import parse
from chassis.environment import SettingsError

FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))


def written(folder: Path, content: Any) -> Path:
    file = folder / "match-keys.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def encoded(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def test_a_hash_is_an_hmac_of_kind_and_value_under_each_key(tmp_path: Path) -> None:
    keys = {"k2": encoded(SECOND), "k1": encoded(FIRST)}
    loaded = match_keys.read(written(tmp_path, {"current": "k2", "keys": keys}))

    assert (loaded.current, loaded.ids) == ("k2", "k1,k2")
    assert [
        (each.kind, each.key_id, each.hash) for each in loaded.hashes("email", "a@b.example")
    ] == [
        ("email", "k1", hmac.new(FIRST, b"email|a@b.example", hashlib.sha256).hexdigest()),
        ("email", "k2", hmac.new(SECOND, b"email|a@b.example", hashlib.sha256).hexdigest()),
    ]


def test_without_a_file_nothing_is_hashed(tmp_path: Path) -> None:
    none = match_keys.read(tmp_path / "match-keys.json")

    assert (none.ids, none.hashes("email", "a@b.example")) == ("", [])


def test_keys_are_not_shown(tmp_path: Path) -> None:
    content = {"current": "k1", "keys": {"k1": encoded(FIRST)}}
    assert "x01" not in repr(match_keys.read(written(tmp_path, content)))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "cannot be read as JSON"),
        ([], '"current" and "keys"'),
        ({"current": "k1"}, '"current" and "keys"'),
        ({"current": "k1", "keys": {}}, "one to 4 keys"),
        ({"current": "k2", "keys": {"k1": encoded(FIRST)}}, '"current" must name one of the keys'),
        ({"current": "k1", "keys": {"k1": encoded(FIRST[:31])}}, "base64 of 32 bytes"),
        ({"current": "k1", "keys": {"k1": "not base64!"}}, "base64 of 32 bytes"),
        ({"current": "k1", "keys": {"k1": 7}}, "base64 of 32 bytes"),
        ({"current": "K 1", "keys": {"K 1": encoded(FIRST)}}, "lower-case letters"),
    ],
)
def test_a_bad_file_is_told_with_the_other_problems_of_the_configuration(
    tmp_path: Path, content: Any, problem: str
) -> None:
    file = written(tmp_path, content)

    with pytest.raises(SettingsError) as wrong:
        parse({"MERIDIAN_MATCH_KEYS_FILE": str(file)})

    (told,) = wrong.value.problems
    assert told.startswith("MERIDIAN_MATCH_KEYS_FILE: ")
    assert problem in told
    assert "not base64!" not in told
    assert encoded(FIRST[:31]) not in told
    with pytest.raises(SettingsError):
        match_keys.read(file)


@pytest.mark.parametrize(
    ("normal_form", "typed", "expected"),
    [
        (identifiers.email, " Info@Acme.EXAMPLE ", "info@acme.example"),
        (identifiers.email, "nobody", ""),
        (identifiers.phone, "0049 (40) 123-456", "4940123456"),
        (identifiers.international_phone, "0049 (40) 123-456", "+4940123456"),
        (identifiers.international_phone, "+49 40 123456", "+4940123456"),
        (identifiers.international_phone, "+４９ 40 123456", "+4940123456"),
        (identifiers.international_phone, "040 123456", ""),
        (identifiers.international_phone, "+49", ""),
        (identifiers.domain, "https://www.Müller.example/shop?x=1", "xn--mller-kva.example"),
        (identifiers.domain, "localhost", ""),
        (identifiers.number, "de 811.907-980", "DE811907980"),
        (identifiers.number, "ＤＥ８１１", "DE811"),
    ],
)
def test_what_is_typed_differently_has_one_normal_form(
    normal_form: Any, typed: str, expected: str
) -> None:
    assert normal_form(typed) == expected


@pytest.mark.parametrize(
    ("country", "typed", "expected"),
    [
        ("DE", "DE 811.907-980", "DE|811907980"),
        ("de ", "811907980", "DE|811907980"),
        ("FR", "DE 811", "FR|DE811"),
        ("DE", "DE", "DE|DE"),
        ("", "811907980", ""),
        ("DE", "--", ""),
    ],
)
def test_a_tax_id_is_compared_with_its_country(country: str, typed: str, expected: str) -> None:
    assert identifiers.issued_number(country, typed) == expected
