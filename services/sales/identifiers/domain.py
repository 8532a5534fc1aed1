"""What a customer is recognised by, and the form in which it is compared (SAL-1).

Identifiers of some types belong to one record only; the others may be shared by several, and then
say that these may be duplicates (ADR 0401).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from chassis import identifiers as normal_forms
from chassis.errors import Invalid


class IdentifierType(StrEnum):
    """What kind of identifier it is."""

    EMAIL = "email"
    PHONE = "phone"
    DOMAIN = "domain"
    TAX_ID = "tax_id"
    REGISTRATION_NUMBER = "registration_number"
    LEGACY_ID = "legacy_id"


#: Types of which a value belongs to one record only.
UNIQUE = {IdentifierType.TAX_ID, IdentifierType.REGISTRATION_NUMBER, IdentifierType.LEGACY_ID}
#: Types that mean nothing without who gave them.
ISSUED = UNIQUE

#: Longest normalised form, longest compared name, and longest key, in characters.
NORMALISED_LENGTH, NAME_KEY_LENGTH, KEY_LENGTH = 254, 200, 460

_LEGAL_FORMS = re.compile(
    "ab|ag|as|bv|co|company|corp|corporation|gmbh|inc|incorporated|kg|kgaa|limited|llc|llp|ltd|nv|oy"
    "|plc|pte|pty|sa|sarl|se|spa|srl"
)
_CHINESE_LEGAL_FORMS = ("股份有限公司", "有限责任公司", "有限公司", "公司")


@dataclass(frozen=True)
class Identifier:
    """One identifier: as people write it, and (once normalised) as it is compared."""

    type: IdentifierType
    value: str
    issuer: str = ""
    normalised: str = ""

    @property
    def key(self) -> str:
        """What equal identifiers have in common, whatever record they belong to."""
        return f"{self.type}|{self.issuer.casefold()}|{self.normalised}"

    @property
    def unique(self) -> bool:
        """Whether it belongs to one record only."""
        return self.type in UNIQUE

    @property
    def company_domain(self) -> str:
        """The web domain that it hints at; empty if none, or one of a public mail host."""
        if self.type is IdentifierType.DOMAIN:
            return self.normalised
        domain = self.normalised.rpartition("@")[2] if self.type is IdentifierType.EMAIL else ""
        return "" if domain in normal_forms.PUBLIC_MAIL_DOMAINS else domain


def normalise(identifier: Identifier, field: str = "identifier") -> Identifier:
    """The identifier with its normalised form.

    `field` is its path in the request, for the errors. Errors: Invalid(IDENTIFIER_MALFORMED);
    Invalid(ISSUER_REQUIRED) for an issued type without its issuer.
    """
    issuer = identifier.issuer.strip()
    if identifier.type in ISSUED and not issuer:
        raise Invalid("ISSUER_REQUIRED", field=f"{field}.issuer", type=identifier.type)
    normalised = _NORMALISERS[identifier.type](identifier.value)
    if not 0 < len(normalised) <= NORMALISED_LENGTH:
        raise Invalid("IDENTIFIER_MALFORMED", field=f"{field}.value", type=identifier.type)
    return replace(identifier, issuer=issuer, normalised=normalised)


def normalise_all(identifiers: Sequence[Identifier], field: str) -> tuple[Identifier, ...]:
    """A record's identifiers, normalised. Errors: as normalise; Invalid(IDENTIFIER_REPEATED)."""
    seen: set[str] = set()
    normalised = []
    for position, identifier in enumerate(identifiers):
        path = f"{field}[{position}]"
        result = normalise(identifier, path)
        if result.key in seen:
            raise Invalid("IDENTIFIER_REPEATED", field=f"{path}.value", type=result.type)
        seen.add(result.key)
        normalised.append(result)
    return tuple(normalised)


def name_key(name: str) -> str:
    """A company's or person's name as it is compared: no case, punctuation or legal form.

    "Müller & Söhne GmbH" and "MÜLLER SÖHNE" have one key. A name of nothing else keeps its words.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    for form in _CHINESE_LEGAL_FORMS:
        folded = folded.removesuffix(form)
    words = re.findall(r"\w+", folded.replace("'", "").replace(".", ""))
    meaning = [word for word in words if not _LEGAL_FORMS.fullmatch(word)]
    return " ".join(meaning or words)[:NAME_KEY_LENGTH]


def _legacy_id(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip()


_NORMALISERS: dict[IdentifierType, Callable[[str], str]] = {
    IdentifierType.EMAIL: normal_forms.email,
    IdentifierType.PHONE: normal_forms.phone,
    IdentifierType.DOMAIN: normal_forms.domain,
    IdentifierType.TAX_ID: normal_forms.number,
    IdentifierType.REGISTRATION_NUMBER: normal_forms.number,
    IdentifierType.LEGACY_ID: _legacy_id,
}
