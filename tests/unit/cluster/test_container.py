"""The environment and the volumes of a container are those that a kubelet makes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cluster.container import expanded
from tests.cluster.volumes import Missing, Sources, make

SOURCES = Sources({"passwords": {"mine": b"secret"}}, {"settings": {"a.conf": b"1"}})


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("nats://x:$(PASSWORD)@y", "nats://x:s3cret@y"),
        ('"$(PASSWORD)"', '"s3cret"'),
        ("$(UNKNOWN)", "$(UNKNOWN)"),
        ("$$(PASSWORD)", "$(PASSWORD)"),
        ("$PASSWORD", "$PASSWORD"),
    ],
)
def test_references_to_variables(text: str, becomes: str) -> None:
    assert expanded(text, {"PASSWORD": "s3cret"}) == becomes


def test_a_secret_is_for_the_group_of_the_pod(tmp_path: Path) -> None:
    items = [{"key": "mine", "path": "password"}]
    volume = {"secret": {"secretName": "passwords", "defaultMode": 0o400, "items": items}}

    make(volume, tmp_path / "volume", SOURCES, os.getgid())

    file = tmp_path / "volume" / "password"
    assert file.is_symlink()
    assert file.read_text() == "secret"
    assert file.stat().st_mode & 0o777 == 0o440
    assert file.stat().st_gid == os.getgid()


def test_a_config_map_has_all_its_keys(tmp_path: Path) -> None:
    make({"configMap": {"name": "settings"}}, tmp_path / "volume", SOURCES, None)

    assert (tmp_path / "volume" / "a.conf").read_text() == "1"
    assert (tmp_path / "volume" / "a.conf").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("name", ["passwords", "nothing"])
def test_what_is_missing_is_named(tmp_path: Path, name: str) -> None:
    items = [{"key": "yours", "path": "yours"}]

    with pytest.raises(Missing, match=name):
        make({"secret": {"secretName": name, "items": items}}, tmp_path / "v", SOURCES, None)


def test_what_is_optional_may_be_missing(tmp_path: Path) -> None:
    source = {"secretName": "nothing", "optional": True, "items": [{"key": "k", "path": "k"}]}

    make({"secret": source}, tmp_path / "volume", SOURCES, None)

    assert list((tmp_path / "volume").iterdir()) == []
