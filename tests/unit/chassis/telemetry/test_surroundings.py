"""Certificates and the disk are looked at when somebody asks, so that what is told is never old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from prometheus_client import REGISTRY

from chassis.telemetry import surroundings

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def certificate(days: int) -> bytes:
    """A self-signed certificate that is good for so many days (PEM)."""
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "crm.example")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    valid = builder.not_valid_before(_NOW).not_valid_after(_NOW + timedelta(days=days))
    return valid.sign(key, None).public_bytes(Encoding.PEM)


def expiry(file: Path) -> float | None:
    name = "meridian_certificate_expiry_timestamp_seconds"
    return REGISTRY.get_sample_value(name, {"file": str(file)})


def test_the_first_end_of_a_chain_counts_and_a_renewed_file_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "tls.crt"
    file.write_bytes(certificate(30) + certificate(9))
    surroundings.watch_certificates([file])
    assert expiry(file) == (_NOW + timedelta(days=9)).timestamp()
    file.write_bytes(certificate(90))
    assert expiry(file) == (_NOW + timedelta(days=90)).timestamp()


def test_a_file_that_cannot_be_read_counts_as_ended_long_ago(tmp_path: Path) -> None:
    missing, broken = tmp_path / "missing.crt", tmp_path / "broken.crt"
    broken.write_bytes(b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    surroundings.watch_certificates([missing, broken])
    assert (expiry(missing), expiry(broken)) == (0, 0)


def test_the_disk_of_the_data_folder(tmp_path: Path) -> None:
    surroundings.watch_home(tmp_path)
    free = REGISTRY.get_sample_value("meridian_home_free_bytes")
    size = REGISTRY.get_sample_value("meridian_home_size_bytes")
    assert free is not None
    assert size is not None
    assert 0 < free < size
