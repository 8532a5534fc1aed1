"""Files of keys for customer hashes, and settings that name them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from chassis.configuration import parse
from chassis.settings import Settings


def keys_file(folder: Path, *key_ids: str) -> Path:
    """A file with these keys, the last of them current; a key's name makes its value, in every region."""
    file = folder / f"match-keys-{'-'.join(key_ids)}.json"
    keys = {
        key_id: base64.b64encode(hashlib.sha256(key_id.encode()).digest()).decode()
        for key_id in key_ids
    }
    file.write_text(json.dumps({"current": key_ids[-1], "keys": keys}))
    return file


def settings_of(
    folder: Path, *key_ids: str, region: str = "na", hub: str = "na", **more: str
) -> Settings:
    """The settings of a region with these keys among na, emea and apac; and more, by variable."""
    others = [each for each in ("na", "emea", "apac") if each != region]
    peers = [{"region": each, "gateway_url": f"http://{each}.test"} for each in others]
    return parse(
        {
            "MERIDIAN_REGION": region,
            "MERIDIAN_HUB": hub,
            "MERIDIAN_PEERS": json.dumps(peers),
            "MERIDIAN_MATCH_KEYS_FILE": str(keys_file(folder, *key_ids)),
            **more,
        }
    )
