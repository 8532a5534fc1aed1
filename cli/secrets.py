"""Keys and credentials of a platform on this machine, made at the first start and kept.

Files are readable by their owner alone. A file that is configured elsewhere is left to its owner.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chassis.settings import SERVICES, Settings
from cli.home import Home


def ensure(settings: Settings, home: Home) -> None:
    """Make the signing key and the service credentials if they are kept in our home and missing."""
    key_file = settings.tokens.signing_key_file
    if key_file.parent == home.secrets and not key_file.exists():
        _write(key_file, _signing_key())
    credentials_file = settings.service_credentials_file
    if credentials_file.parent == home.secrets and not credentials_file.exists():
        credentials = {f"service_{name}": secrets.token_urlsafe(32) for name in SERVICES}
        _write(credentials_file, json.dumps(credentials, indent=2).encode())


def nats_password(home: Home) -> str:
    """The password of the embedded NATS, made when first asked for."""
    return _kept(home.secrets / "nats-password", secrets.token_urlsafe(32))


def sample_password(home: Home) -> str:
    """The password of the sample company's people, made when first asked for; short to type."""
    return _kept(home.secrets / "sample-password", "-".join(secrets.token_hex(2) for _ in range(4)))


def _kept(file: Path, new: str) -> str:
    if not file.exists():
        _write(file, new.encode())
    return file.read_text()


def _signing_key() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(file: Path, content: bytes) -> None:
    """Write the whole file or none of it; nobody else may read it at any moment."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as output:
        output.write(content)
        os.fsync(descriptor)
    new.rename(file)
