"""Secrets in a backup open with their passphrase and with no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.backup import sealing
from cli.failure import Failure


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "signing-key.pem").write_text("a key that nobody may read")
    (folder / "signing-key.pem").chmod(0o600)
    return folder


def test_they_come_back_as_they_were(secrets: Path, tmp_path: Path) -> None:
    sealed = sealing.seal(secrets, b"correct horse battery")

    sealing.unseal(sealed, b"correct horse battery", tmp_path / "again")

    (file,) = (tmp_path / "again").iterdir()
    assert (file.name, file.read_text()) == ("signing-key.pem", "a key that nobody may read")
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700
    assert b"a key" not in sealed


@pytest.mark.parametrize("spoil", [lambda s: s[:-1] + bytes([s[-1] ^ 1]), lambda s: s[:40]])
def test_damage_is_noticed(spoil: object, secrets: Path, tmp_path: Path) -> None:
    sealed = spoil(sealing.seal(secrets, b"correct horse battery"))  # type: ignore[operator]

    with pytest.raises(Failure, match="do not open"):
        sealing.unseal(sealed, b"correct horse battery", tmp_path / "again")

    assert not (tmp_path / "again").exists()


def test_another_passphrase_does_not_open_them(secrets: Path, tmp_path: Path) -> None:
    sealed = sealing.seal(secrets, b"correct horse battery")

    with pytest.raises(Failure, match="the passphrase is another one"):
        sealing.unseal(sealed, b"correct horse batterz", tmp_path / "again")


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("too short\n")

    with pytest.raises(Failure, match="must have 12 characters or more"):
        sealing.passphrase(tmp_path / "phrase")
    with pytest.raises(Failure, match="No such file"):
        sealing.passphrase(tmp_path / "missing")
