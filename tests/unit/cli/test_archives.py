"""What an archive may put where, on every Python 3.11."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from cli.backup.archives import extract
from cli.failure import Failure


def archive(*members: tarfile.TarInfo) -> tarfile.TarFile:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as made:
        for member in members:
            member.size = 2 if member.isfile() else 0
            made.addfile(member, io.BytesIO(b"hi"))
    packed.seek(0)
    return tarfile.open(fileobj=packed)


def member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, "/etc/passwd", 0o700
    return made


def test_files_and_folders_come_out(tmp_path: Path) -> None:
    with archive(member("base", tarfile.DIRTYPE), member("base/1")) as packed:
        told = [each.name for each in extract(packed, tmp_path)]

    assert told == ["base", "base/1"]
    assert (tmp_path / "base" / "1").read_text() == "hi"


@pytest.mark.parametrize(
    "wrong",
    [
        member("../outside"),
        member("a/../../outside"),
        member("/outside"),
        member("link", tarfile.SYMTYPE),
        member("hard", tarfile.LNKTYPE),
        member("device", tarfile.CHRTYPE),
    ],
    ids=lambda wrong: wrong.name,
)
def test_nothing_gets_elsewhere(tmp_path: Path, wrong: tarfile.TarInfo) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()

    with archive(wrong) as packed, pytest.raises(Failure, match="not to be trusted"):
        list(extract(packed, inside))

    assert list(tmp_path.rglob("*")) == [inside]
