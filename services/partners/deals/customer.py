"""Who the customer of a deal is, and when two registrations mean the same one (PRM-4).

A customer is recognised by each of its identifiers: tax id, e-mail domain, and name with country.
Two registrations that share one of them for the same product line are for the same deal. Each
identifier makes a key; protecting a deal takes all of its keys at once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from chassis import identifiers

_LEGAL_FORMS = (
    "ab ag as bv co company corp corporation gmbh inc incorporated kg kk limited llc llp lp ltd "
    "nv oy plc pte pty sa sarl sas se spa srl"
)
#: Words and endings that say the legal form of a company and nothing about which company it is.
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())
CHINESE_LEGAL_FORMS = ("股份有限公司", "有限责任公司", "有限公司", "集团公司", "公司")


@dataclass(frozen=True)
class DealCustomer:
    """By what a customer is recognised."""

    name: str = ""
    tax_id: str = ""
    email_domain: str = ""
    country: str = ""


def customer_keys(customer: DealCustomer, product_line: str) -> list[str]:
    """One key for each identifier, "<identifier>:<normal form>|<product line>", in sorted order."""
    line = normal_product_line(product_line)
    forms = {
        "tax_id": normal_tax_id(customer.tax_id),
        "email_domain": normal_email_domain(customer.email_domain),
        "name": normal_name(customer.name) and f"{normal_name(customer.name)}@{customer.country}",
    }
    return sorted(f"{identifier}:{form}|{line}" for identifier, form in forms.items() if form)


def identifier_of(key: str) -> str:
    """The identifier that a key was made from: "tax_id", "email_domain" or "name"."""
    return key.partition(":")[0]


def normal_product_line(product_line: str) -> str:
    """Without regard to case and outer spaces."""
    return product_line.strip().casefold()


def normal_tax_id(tax_id: str) -> str:
    """Letters and digits alone: "DE 123.456" and "de123456" are one."""
    return identifiers.number(tax_id).casefold()


def normal_email_domain(domain: str) -> str:
    """Without case, leading "@" or "www.", and trailing dot."""
    return domain.strip().casefold().lstrip("@").removeprefix("www.").rstrip(".")


def normal_name(name: str) -> str:
    """Without case, accents, punctuation and legal form; the whole name if nothing is left."""
    words = _words(name)
    kept = [word for word in words if word not in LEGAL_FORMS] or words
    joined = "".join(kept)
    for form in CHINESE_LEGAL_FORMS:
        if joined.endswith(form) and joined != form:
            return joined.removesuffix(form)
    return joined


def is_public_email_domain(domain: str) -> bool:
    """Whether anybody can have an address there."""
    return normal_email_domain(domain) in identifiers.PUBLIC_MAIL_DOMAINS


def _words(name: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    without_accents = "".join(c for c in decomposed if not unicodedata.combining(c))
    undotted = without_accents.replace(".", "").replace("'", "")
    return re.findall(r"[^\W_]+", undotted)
