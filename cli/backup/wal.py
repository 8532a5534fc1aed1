"""The archived WAL of one chain: what there is, whether it is whole, and until when it reaches."""

from __future__ import annotations

import contextlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.backup.segments import Segment
from cli.postgres import binaries

_PARTIAL = ".partial"
_COMMIT = re.compile(r"desc: COMMIT (?:PREPARED )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC")


@dataclass(frozen=True)
class Stretch:
    """Segments that follow each other without a gap, and the first one missing if others come after it."""

    files: dict[Segment, Path]
    missing: Segment | None


@dataclass(frozen=True)
class Wal:
    """The folder that pg_receivewal fills. The segment in the making has the suffix ".partial"."""

    folder: Path

    def files(self) -> dict[Segment, Path]:
        """The file of each segment, in order."""
        found: dict[Segment, Path] = {}
        if self.folder.exists():
            for path in sorted(self.folder.iterdir(), reverse=True):  # the finished file comes last
                segment = Segment.parse(path.name.removesuffix(_PARTIAL))
                if segment is not None:
                    found[segment] = path
        return dict(sorted(found.items()))

    def stretch(self, first: Segment, last: Segment | None = None) -> Stretch:
        """What follows a segment, itself included, without a gap; not beyond `last`."""
        files = self.files()
        unbroken: dict[Segment, Path] = {}
        segment = first
        while segment in files and (last is None or segment <= last):
            unbroken[segment] = files[segment]
            segment = segment.following
        broken = any(other > segment for other in files) and (last is None or segment <= last)
        return Stretch(unbroken, segment if broken else None)

    def prune(self, first: Segment) -> int:
        """Remove what lies before a segment; how many files that were."""
        old = [path for segment, path in self.files().items() if segment < first]
        for path in old:
            path.unlink()
        return len(old)


def last_commit(files: dict[Segment, Path]) -> datetime | None:
    """When the last transaction was committed that these files tell of (UTC); None if they tell of none."""
    with _under_their_names(files) as folder:
        for segment in reversed(files):
            told = _dump(folder, segment, segment, "--rmgr=Transaction").stdout
            commits = _COMMIT.findall(told)
            if commits:
                return datetime.fromisoformat(commits[-1]).replace(tzinfo=UTC)
    return None


def defect(files: dict[Segment, Path]) -> str:
    """What is wrong with the records in these files, each of which has a checksum; empty if nothing is.

    The segment in the making is left out: it may end anywhere.
    """
    finished = [segment for segment, path in files.items() if path.suffix != _PARTIAL]
    if not finished:
        return ""
    with _under_their_names(files) as folder:
        done = _dump(folder, finished[0], finished[-1], "--quiet")
    return done.stderr.strip() if done.returncode else ""


def _dump(
    folder: str, first: Segment, last: Segment, *options: str
) -> subprocess.CompletedProcess[str]:
    """What pg_waldump says of these segments."""
    return subprocess.run(
        [binaries() / "pg_waldump", *options, first.name, last.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@contextlib.contextmanager
def _under_their_names(files: dict[Segment, Path]) -> Iterator[str]:
    """A folder that shows the files under the names that PostgreSQL's tools expect."""
    with tempfile.TemporaryDirectory(prefix="meridian-wal-") as folder:
        for segment, path in files.items():
            (Path(folder) / segment.name).symlink_to(path.absolute())
        yield folder
