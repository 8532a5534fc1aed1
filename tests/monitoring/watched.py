"""A region under watch: it can be frozen in parts, its disk is small, it is archived, and it is shown a certificate."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.region import Region
from tests.monitoring.certificates import Authority

_DISK_BYTES = 1 << 30
_ROOM_LEFT = 40 << 20


class WatchedRegion(Region):
    """Its data folder is a disk of its own of 1 GiB in memory (tmpfs) where we may mount one."""

    def __init__(self) -> None:
        self.has_small_disk = False
        self._authority = Authority()
        super().__init__(
            MERIDIAN_CERTIFICATE_FILES="{folder}/tls.crt",
            MERIDIAN_BACKUP_FOLDER="{folder}/backups",
            MERIDIAN_ARCHIVE_METRICS="127.0.0.1:{port}",
            # Requests that hang must not keep those for other services out.
            MERIDIAN_GATEWAY_THREADS="16",
            MERIDIAN_ACCESS_LIFETIME="3600",
        )

    def start(self) -> None:
        """See Region."""
        self.home.path.mkdir(exist_ok=True)
        self.has_small_disk = _mount(str(self.home.path))
        self.show_certificate(days=365)
        super().start()

    def remove(self) -> None:
        """See Region."""
        if self.has_small_disk:
            subprocess.run(["umount", self.home.path], check=True)
        super().remove()

    @property
    def backups(self) -> Path:
        """Where its backups are, and the WAL that goes on from them."""
        return self.folder / "backups"

    def targets(self) -> dict[str, str]:
        """See Region."""
        return super().targets() | {self._variables["MERIDIAN_ARCHIVE_METRICS"]: "archive"}

    def migrate_by(self, release: Path, service: str) -> None:
        """Migrate a database by the `services` of another release. Raises CalledProcessError."""
        subprocess.run(
            [sys.executable, "-m", "cli.main", "migrate", service],
            cwd=release,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            check=True,
        )

    @contextmanager
    def frozen(self, *roles: str) -> Iterator[None]:
        """Stop processes in the middle of what they do, and let them go on at the end."""
        processes = self.processes()
        pids = [processes[role[:15]] for role in roles]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Leave next to no room on the disk of the data folder."""
        ballast = self.home.path / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(
                file.fileno(), 0, shutil.disk_usage(self.home.path).free - _ROOM_LEFT
            )
        try:
            yield
        finally:
            ballast.unlink()

    def show_certificate(self, days: int) -> None:
        """Put a certificate that is good for so many days where the gateway watches one."""
        self._authority.issue(self.folder / "tls.crt", days)


def _mount(folder: str) -> bool:
    """Mount a small tmpfs. False where we may not."""
    if os.geteuid() != 0:
        return False
    options = f"size={_DISK_BYTES},mode=755"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "meridian", folder], check=False)
    return done.returncode == 0
