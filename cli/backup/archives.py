"""Taking files out of a tar archive, and nowhere but into the folder that they are meant for."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cli.failure import Failure


def extract(archive: tarfile.TarFile, folder: Path) -> Iterator[tarfile.TarInfo]:
    """Put each file and folder of the archive into this one; gives each when it is there.

    Raises Failure for one that would lie elsewhere, and for links and devices. Python's own filter does
    the same; before 3.11.4 there is none.
    """
    archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
    for member in archive:
        path = PurePosixPath(member.name)
        is_plain = member.isfile() or member.isdir()
        if not is_plain or path.is_absolute() or ".." in path.parts:
            raise Failure(
                f"{member.name} in the backup is no file of a region: it is not to be trusted"
            )
        archive.extract(member, folder)
        yield member
