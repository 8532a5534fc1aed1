"""Keyed hashes: what regions compare instead of the identifiers themselves (PLT-4).

An identifier in its normal form (chassis.identifiers) is hashed with HMAC-SHA256 (RFC 2104) under keys
that all regions share and nobody else has. Equal identifiers have equal hashes; who has no key learns
nothing from one, not even by trying all phone numbers.

The keys are in a JSON file, {"current": "k2", "keys": {"k1": "<base64 of 32 bytes>", "k2": …}}. A hash
is made with each of them, so that regions which exchange their keys one after the other always have one
in common; the current one is what stays when the others are removed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from chassis.environment import SettingsError

_KEY_BYTES = 32
_MOST_KEYS = 4
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,15}")


@dataclass(frozen=True)
class MatchHash:
    """The hash of one identifier under one key; `kind` says what is hashed, for example "email"."""

    kind: str
    key_id: str
    hash: str
    """64 hexadecimal digits."""


@dataclass(frozen=True)
class MatchKeys:
    """The keys of this installation; without any, nothing is hashed."""

    current: str = ""
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def ids(self) -> str:
        """The names of all keys in order, "k1,k2": whether hashes were made with these or others."""
        return ",".join(sorted(self.secrets))

    def hashes(self, kind: str, value: str) -> list[MatchHash]:
        """The hash of an identifier in its normal form under each key, in the order of the keys."""
        text = f"{kind}|{value}".encode()
        return [
            MatchHash(kind, key_id, hmac.new(secret, text, hashlib.sha256).hexdigest())
            for key_id, secret in sorted(self.secrets.items())
        ]


@cache
def read(file: Path) -> MatchKeys:
    """The keys in this file, read once by each process; none if there is no such file.

    Raises SettingsError if they cannot be used.
    """
    wrong = problems(file)
    if wrong:
        raise SettingsError(wrong)
    if not file.exists():
        return MatchKeys()
    content = json.loads(file.read_bytes())
    secrets = {key_id: base64.b64decode(text) for key_id, text in content["keys"].items()}
    return MatchKeys(content["current"], secrets)


def problems(file: Path) -> list[str]:
    """A sentence for each thing that is wrong with a file of keys; never with a key in it."""
    try:
        content = json.loads(file.read_bytes()) if file.exists() else None
    except (OSError, ValueError) as error:
        return [f"{file} cannot be read as JSON: {type(error).__name__}"]
    return [] if content is None else [f"{file}: {each}" for each in _wrong(content)]


def _wrong(content: Any) -> list[str]:
    if not isinstance(content, dict) or set(content) != {"current", "keys"}:
        return ['there must be "current" and "keys", and nothing else']
    keys = content["keys"]
    if not isinstance(keys, dict) or not 0 < len(keys) <= _MOST_KEYS:
        return [f'"keys" must have one to {_MOST_KEYS} keys by their names']
    found = [
        f"key {key_id!r} must be the base64 of {_KEY_BYTES} bytes"
        for key_id, text in sorted(keys.items())
        if not _is_key(text)
    ]
    if not all(_KEY_ID.fullmatch(key_id) for key_id in keys):
        found.append("names of keys are 1 to 16 lower-case letters, digits and hyphens")
    if content["current"] not in keys:
        found.append('"current" must name one of the keys')
    return found


def _is_key(text: object) -> bool:
    try:
        return isinstance(text, str) and len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False
