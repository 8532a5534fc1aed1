"""Keys and credentials of a platform on this machine, made at the first start and kept.

Files are readable by their owner alone. A file that is configured elsewhere is left to its owner.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chassis.settings import SERVICES, Settings
from cli.failure import Failure
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


def border_password(home: Home) -> str:
    """The password of the embedded NATS for what crosses the border, made when first asked for."""
    return _kept(home.secrets / "border-password", secrets.token_urlsafe(32))


def leaf_passwords(settings: Settings) -> dict[str, str]:
    """The passwords by which the regions' NATS meet, by region.

    Raises Failure if the file is not there, or lacks one that this region needs.
    """
    regions = settings.regions
    file = regions.leaf_passwords_file
    try:
        passwords: dict[str, str] = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Failure(f"MERIDIAN_LEAF_PASSWORDS_FILE={file} cannot be read: {error}") from error
    needed = regions.names if regions.hub == settings.region else (settings.region,)
    missing = [region for region in needed if not passwords.get(region)]
    if missing:
        raise Failure(f"MERIDIAN_LEAF_PASSWORDS_FILE={file} has none for {', '.join(missing)}")
    return passwords


def make_leaf_passwords(file: Path, regions: Sequence[str]) -> None:
    """Make a password for each region that has none."""
    known = json.loads(file.read_text()) if file.exists() else {}
    passwords = {region: secrets.token_urlsafe(32) for region in regions} | known
    if passwords != known:
        _write(file, json.dumps(passwords, indent=2).encode())


def make_match_keys(file: Path) -> None:
    """Make the first key under which customers' identifiers are hashed, unless there is a file."""
    if not file.exists():
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        _write(file, json.dumps({"current": "k1", "keys": {"k1": key}}, indent=2).encode())


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
