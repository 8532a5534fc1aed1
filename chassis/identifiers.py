"""The normal forms in which identifiers are compared: what is typed differently and means the same is one.

Every service that compares identifiers takes them from here, and so does every region: what is hashed
under a shared key (chassis.match_keys) must have been written the same way first. Each function gives
"" for what is no identifier of its kind.
"""

from __future__ import annotations

import re
import unicodedata

_PUBLIC_MAIL_DOMAINS = (
    "126.com 139.com 163.com 189.cn aol.com foxmail.com gmail.com gmx.de gmx.net googlemail.com "
    "hotmail.com icloud.com live.com mail.ru me.com msn.com naver.com outlook.com proton.me "
    "protonmail.com qq.com sina.com sohu.com t-online.de web.de yahoo.com yandex.ru yeah.net"
)
#: Mail hosts in which anybody can have an address, so that they say nothing about a company.
PUBLIC_MAIL_DOMAINS = frozenset(_PUBLIC_MAIL_DOMAINS.split())

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_FEWEST_DIGITS, _MOST_DIGITS = 5, 15
"""Of a phone number: E.164 allows at most 15; shorter than 5 are extensions."""


def email(value: str) -> str:
    """An e-mail address without regard to case and outer spaces."""
    text = _compatible(value).strip().lower()
    return text if _EMAIL.fullmatch(text) else ""


def phone(value: str) -> str:
    """The digits of a phone number; a leading 00 means what + does."""
    digits = re.sub(r"\D", "", _compatible(value))
    if digits.startswith("00"):
        digits = digits[2:]
    return digits if _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS else ""


def international_phone(value: str) -> str:
    """A phone number in E.164, "+4940123456"; "" if it was typed without its country.

    Without it the same digits are another telephone in another country.
    """
    text = _compatible(value).strip()
    digits = phone(text) if text.startswith(("+", "00")) else ""
    return f"+{digits}" if digits else ""


def domain(value: str) -> str:
    """The host of a web address or e-mail domain, without "www.", in its ASCII form (RFC 5890)."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", _compatible(value).strip().lower())
    host = re.split(r"[/?#:]", host, maxsplit=1)[0].removeprefix("www.").rstrip(".")
    try:
        ascii_host = host.encode("idna").decode()
    except UnicodeError:
        return ""
    return ascii_host if _DOMAIN.fullmatch(ascii_host) else ""


def number(value: str) -> str:
    """A tax id or registration number by its letters and digits: "DE 123.456" and "de123456" are one."""
    return re.sub(r"[\W_]", "", _compatible(value)).upper()


def issued_number(country: str, value: str) -> str:
    """A tax id with the country that gave it, "DE|811907980"; "" if one of them is missing.

    A number that is written with its country's code in front (as VAT ids are) is the same without it.
    """
    issuer, digits = number(country), number(value)
    digits = digits.removeprefix(issuer) or digits
    return f"{issuer}|{digits}" if issuer and digits else ""


def _compatible(value: str) -> str:
    """Full-width digits and the like as the plain ones that they stand for (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", value)
