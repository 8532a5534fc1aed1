"""Who looks like whom: the keys under which leads are compared (MKT-3). Pure Python.

Two leads that share a key may be the same. Keys are made of normalised values: letters without case
and accents, digits without punctuation, the words of a name in any order.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from services.marketing.leads.domain import DuplicateMatch, Lead

_SHORTEST_PHONE = 6
#: Letters and digits, of whatever script.
_WORD = re.compile(r"[^\W_]+")
_IDENTITY = (
    "given_name",
    "family_name",
    "company",
    "email",
    "phone",
    "birth_date",
    "street",
    "city",
    "postal_code",
    "country",
)


def keys(lead: Lead) -> dict[str, str]:
    """What a lead is compared on → its key, for example {"email": "email:5f2c…"} (a hash, see _key).

    The key "exact" is shared by leads whose identifying fields are equal letter for letter.
    """
    name = " ".join(sorted(_words(f"{lead.given_name} {lead.family_name}")))
    phone = "".join(character for character in lead.phone if character.isdigit()).lstrip("0")
    postal_code = "".join(_words(lead.postal_code))
    company = " ".join(_words(lead.company))
    parts = {
        "email": [lead.email.strip().casefold()],
        "phone": [phone if len(phone) >= _SHORTEST_PHONE else ""],
        "person": [name, lead.birth_date],
        "address": [name, postal_code],
        "company": [company, postal_code],
        "exact": ["\x1f".join(getattr(lead, field) for field in _IDENTITY)],
    }
    return {on: _key(on, values) for on, values in parts.items() if all(values)}


def match(shared: Iterable[str]) -> DuplicateMatch:
    """How much two leads look alike that share these kinds of keys."""
    kinds = set(shared)
    if "exact" in kinds:
        return DuplicateMatch.EXACT
    return DuplicateMatch.NORMALISED if kinds else DuplicateMatch.NONE


def _words(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    if not decomposed.isascii():
        decomposed = "".join(each for each in decomposed if not unicodedata.combining(each))
    return _WORD.findall(decomposed)


def _key(on: str, values: list[str]) -> str:
    """Hashed: keys are looked up, never read, and need not repeat who somebody is."""
    digest = hashlib.blake2b("\x1f".join(values).encode(), digest_size=18).hexdigest()
    return f"{on}:{digest}"
