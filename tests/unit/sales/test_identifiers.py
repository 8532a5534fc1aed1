"""Identifiers are compared in one form, whatever people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from services.sales.identifiers.domain import (
    Identifier,
    IdentifierType,
    name_key,
    normalise,
    normalise_all,
)

TYPE = IdentifierType


@pytest.mark.parametrize(
    ("type_", "value", "normalised"),
    [
        (TYPE.EMAIL, "  Ann.Lee@Example.COM ", "ann.lee@example.com"),
        (TYPE.PHONE, "+49 (89) 1234-567", "49891234567"),
        (TYPE.PHONE, "0049 89 1234567", "49891234567"),
        (TYPE.DOMAIN, "https://www.Example.com:443/shop?x=1", "example.com"),
        (TYPE.DOMAIN, "bücher.example", "xn--bcher-kva.example"),
        (TYPE.TAX_ID, "de 123.456/789", "DE123456789"),
        (TYPE.LEGACY_ID, " aB-7 ", "aB-7"),
    ],
)
def test_normalises(type_: IdentifierType, value: str, normalised: str) -> None:
    assert normalise(Identifier(type_, value, issuer="DE")).normalised == normalised


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (TYPE.EMAIL, "ann.example.com"),
        (TYPE.PHONE, "ext 12"),
        (TYPE.PHONE, "1" * 16),
        (TYPE.DOMAIN, "localhost"),
        (TYPE.DOMAIN, "a..example"),
        (TYPE.TAX_ID, "-./"),
    ],
)
def test_refuses_what_cannot_be_one(type_: IdentifierType, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normalise(Identifier(type_, value, issuer="DE"), "account.identifiers[0]")
    assert refusal.value.reason == "IDENTIFIER_MALFORMED"
    assert refusal.value.violations[0].field == "account.identifiers[0].value"


def test_an_issued_identifier_needs_its_issuer() -> None:
    with pytest.raises(Invalid) as refusal:
        normalise(Identifier(TYPE.TAX_ID, "123"))
    assert refusal.value.reason == "ISSUER_REQUIRED"


def test_the_same_number_of_another_issuer_is_another_identifier() -> None:
    german = normalise(Identifier(TYPE.TAX_ID, "123", issuer="DE"))
    french = normalise(Identifier(TYPE.TAX_ID, "123", issuer="FR"))
    assert german.key != french.key


def test_one_record_has_an_identifier_once() -> None:
    twice = [Identifier(TYPE.EMAIL, "a@b.example"), Identifier(TYPE.EMAIL, "A@B.example")]
    with pytest.raises(Invalid) as refusal:
        normalise_all(twice, "account.identifiers")
    assert refusal.value.violations[0].field == "account.identifiers[1].value"


@given(st.sampled_from(list(TYPE)), st.text(max_size=60))
def test_normalising_twice_changes_nothing(type_: IdentifierType, value: str) -> None:
    try:
        once = normalise(Identifier(type_, value, issuer="DE"))
    except Invalid:
        return
    again = normalise(Identifier(type_, once.normalised, issuer="DE"))
    assert again.normalised == once.normalised


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Müller & Söhne GmbH", "MÜLLER SÖHNE"),
        ("Acme, Inc.", "ACME Corporation"),
        ("O'Neill Ltd", "oneill"),
        ("华为技术有限公司", "华为技术"),
    ],
)
def test_names_that_mean_one_company_have_one_key(left: str, right: str) -> None:
    assert name_key(left) == name_key(right)


def test_a_name_that_is_only_a_legal_form_keeps_it() -> None:
    assert name_key("SE") == "se"


@pytest.mark.parametrize(
    ("type_", "value", "domain"),
    [
        (TYPE.EMAIL, "ann@mail.example.com", "mail.example.com"),
        (TYPE.EMAIL, "ann@qq.com", ""),
        (TYPE.DOMAIN, "example.com", "example.com"),
        (TYPE.PHONE, "12345678", ""),
    ],
)
def test_the_domain_it_hints_at(type_: IdentifierType, value: str, domain: str) -> None:
    assert normalise(Identifier(type_, value)).company_domain == domain
