"""The secrets of a region inside a backup: sealed with a passphrase, or not there.

Whoever has a backup has the data in it. With the signing key he could also speak for every user of a
region that runs, so the secrets go along encrypted (AES-256-GCM; the key is the passphrase's by scrypt,
RFC 7914, with the parameters that OWASP's Password Storage Cheat Sheet names).
"""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from cli.backup.archives import extract
from cli.failure import Failure

_SALT_BYTES, _NONCE_BYTES = 16, 12
_SHORTEST = 12


def passphrase(file: Path) -> bytes:
    """The passphrase in a file. Raises Failure if it cannot be read or is too short."""
    try:
        phrase = file.read_bytes().strip()
    except OSError as error:
        raise Failure(f"the passphrase file {file}: {error.strerror}") from error
    if len(phrase) < _SHORTEST:
        raise Failure(f"the passphrase in {file} must have {_SHORTEST} characters or more")
    return phrase


def seal(folder: Path, phrase: bytes) -> bytes:
    """The files of a folder, encrypted."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, arcname=path.name)
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    return salt + nonce + AESGCM(_key(phrase, salt)).encrypt(nonce, packed.getvalue(), None)


def unseal(sealed: bytes, phrase: bytes, folder: Path) -> None:
    """Put the files into a new folder that nobody else may read. Raises Failure if the passphrase is wrong."""
    salt, nonce = sealed[:_SALT_BYTES], sealed[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
    try:
        packed = AESGCM(_key(phrase, salt)).decrypt(
            nonce, sealed[_SALT_BYTES + _NONCE_BYTES :], None
        )
    except InvalidTag as error:
        raise Failure(
            "the secrets in this backup do not open: the passphrase is another one, or they are damaged"
        ) from error
    folder.mkdir(mode=0o700)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for _ in extract(archive, folder):
            pass


def _key(phrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(phrase)
