"""The volumes of a pod as folders with the owners and modes that a kubelet gives them."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The layout by which a kubelet exchanges all files of a volume at once: names are links into it.
_DATA = "..data"
_DEFAULT_MODE = 0o644


@dataclass(frozen=True)
class Sources:
    """What volumes and variables are taken from: name → key → content."""

    secrets: Mapping[str, Mapping[str, bytes]]
    config_maps: Mapping[str, Mapping[str, bytes]]


class Missing(Exception):
    """A pod cannot start: something that it refers to is not there. Says what."""


def content_of(manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """What is in a Secret or a ConfigMap."""
    if manifest["kind"] == "Secret":
        return {key: base64.b64decode(text) for key, text in manifest["data"].items()}
    return {key: text.encode() for key, text in manifest["data"].items()}


def key_of(contents: Mapping[str, Mapping[str, bytes]], name: str, key: str) -> bytes:
    """One key of a Secret or ConfigMap. Raises Missing."""
    if key not in contents.get(name, {}):
        raise Missing(f"{name} has no {key}" if name in contents else f"{name} is not there")
    return contents[name][key]


def make(volume: Mapping[str, Any], folder: Path, sources: Sources, group: int | None) -> None:
    """Make the folder of one volume. Raises Missing."""
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    if "secret" in volume:
        source = volume["secret"]
        _write(folder, source, sources.secrets, source["secretName"], group)
    elif "configMap" in volume:
        source = volume["configMap"]
        _write(folder, source, sources.config_maps, source["name"], group)
    own(folder, group)


def own(folder: Path, group: int | None) -> None:
    """Give a folder to the pod's group (fsGroup), and with it what is made in it later."""
    if group is not None:
        os.chown(folder, -1, group)
        folder.chmod(folder.stat().st_mode | 0o2770)


def _write(
    folder: Path,
    source: Mapping[str, Any],
    contents: Mapping[str, Mapping[str, bytes]],
    name: str,
    group: int | None,
) -> None:
    if source.get("optional") and name not in contents:
        return
    everything = contents.get(name, {})
    items = source.get("items") or [{"key": key, "path": key} for key in everything]
    data = folder / "..2026_01_02_03_04_05.1"
    data.mkdir()
    data.chmod(0o755)
    (folder / _DATA).symlink_to(data.name)
    for item in items:
        file = data / item["path"]
        file.write_bytes(key_of(contents, name, item["key"]))
        mode = source.get("defaultMode", _DEFAULT_MODE)
        if group is not None:
            os.chown(file, -1, group)
            mode |= 0o440
        file.chmod(mode)
        (folder / item["path"]).symlink_to(f"{_DATA}/{item['path']}")
