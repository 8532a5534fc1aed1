"""Certificates that end when a check wants them to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_YEAR = 365


class Authority:
    """Signs certificates for servers on the loopback interface."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Authority of the check")
        builder = _builder(self._name, self._name, self._key.public_key(), _YEAR)
        only_signs = x509.BasicConstraints(ca=True, path_length=0)
        self._own = builder.add_extension(only_signs, critical=True).sign(self._key, SHA256())

    def issue(self, file: Path, days: int) -> None:
        """Write a certificate that is good for so many days, and its key, into one file (PEM)."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name("crm.example"), self._name, key.public_key(), days)
        place = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        made = builder.add_extension(place, critical=False).sign(self._key, SHA256())
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(made.public_bytes(Encoding.PEM) + secret)

    def show(self, file: Path) -> None:
        """Write what those need who are to believe these certificates (PEM)."""
        file.write_bytes(self._own.public_bytes(Encoding.PEM))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    begun = builder.not_valid_before(now - timedelta(days=1))
    return begun.not_valid_after(now + timedelta(days=days))
