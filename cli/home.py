"""MERIDIAN_HOME: where data, secrets, logs and the addresses of what runs are kept on this machine.

<home>/postgres   databases            <home>/secrets  keys and credentials (0600)
<home>/nats       streams              <home>/run      lock, addresses of the running platform
<home>/regions    the same again for each of several regions
<home>/logs       meridian.log, postgres.log, nats.log, archive.log, restore.log
<home>/region     whose folder it is
<home>/restoring  what a restore is making; as long as it is there, the rest may be incomplete
<home>/replaced-… what was there before a restore
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.failure import Failure

_ROTATE_BYTES = 50_000_000


@dataclass(frozen=True)
class Running:
    """The addresses of the platform that runs on a home."""

    supervisor: int
    database_urls: Mapping[str, str]
    nats_url: str
    border_nats_url: str = ""


@dataclass(frozen=True)
class Home:
    """One data folder."""

    path: Path

    @property
    def postgres(self) -> Path:
        """The folder of the embedded PostgreSQL."""
        return self.path / "postgres"

    @property
    def nats(self) -> Path:
        """The folder of the embedded NATS."""
        return self.path / "nats"

    @property
    def secrets(self) -> Path:
        """The folder of keys and credentials."""
        return self.path / "secrets"

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        return self.path / "logs"

    @property
    def log(self) -> Path:
        """The log of all our own processes, JSON lines."""
        return self.logs / "meridian.log"

    @property
    def restoring(self) -> Path:
        """Where a restore does its work. It is gone when the restore is complete."""
        return self.path / "restoring"

    @property
    def sample_loaded(self) -> Path:
        """Exists once the sample company has been loaded."""
        return self.path / "sample-loaded"

    @property
    def _region(self) -> Path:
        return self.path / "region"

    @property
    def _addresses(self) -> Path:
        return self.path / "run" / "addresses.json"

    def prepare(self) -> None:
        """Make the folders. Raises Failure if they cannot be made."""
        try:
            for folder in (self.logs, self._addresses.parent):
                folder.mkdir(parents=True, exist_ok=True)
            self.secrets.mkdir(mode=0o700, exist_ok=True)
            if self.log.exists() and self.log.stat().st_size > _ROTATE_BYTES:
                self.log.rename(self.log.with_suffix(".log.1"))
        except OSError as error:
            raise Failure(f"MERIDIAN_HOME={self.path} cannot be used: {error.strerror}") from error

    def claim(self, region: str) -> None:
        """Make this the folder of a region for good. Raises Failure if it is another's."""
        try:
            owner = self._region.read_text()
        except FileNotFoundError:
            self._region.write_text(region)
            return
        if owner != region:
            raise Failure(
                f"{self.path} is the folder of the region {owner}, and MERIDIAN_REGION is {region}: "
                "set MERIDIAN_REGION, or choose another folder by MERIDIAN_HOME"
            )

    def check_whole(self) -> None:
        """Raises Failure if a restore has begun and not ended."""
        if self.restoring.exists():
            raise Failure(
                f"a restore was interrupted in {self.path}: run `meridian restore` again, "
                "or `meridian reset` to give up all data"
            )

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one on this home. Raises Failure if somebody else is.

        The lock ends with this process, whatever ends it; forks do not inherit it.
        """
        file = self.path / "run" / "lock"
        with file.open("a+") as lock:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.seek(0)
                raise Failure(
                    f"Meridian already runs on {self.path} (process {lock.read().strip()}); "
                    "stop it first, or choose another folder by MERIDIAN_HOME"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def announce(self, running: Running) -> None:
        """Let other commands on this machine find what runs here."""
        new = self._addresses.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(json.dumps(vars(running)))
        new.rename(self._addresses)

    def withdraw(self) -> None:
        """Nothing runs here any more."""
        self._addresses.unlink(missing_ok=True)

    def running(self) -> Running | None:
        """What runs here, or None."""
        running = self.last_run()
        if running is None or not Path(f"/proc/{running.supervisor}").exists():
            return None
        return running

    def last_run(self) -> Running | None:
        """What was announced last and not withdrawn: what runs here, or was killed."""
        try:
            return Running(**json.loads(self._addresses.read_text()))
        except FileNotFoundError:
            return None

    def of_regions(self) -> Home:
        """The folder of what several regions on this machine share; each has a folder in it."""
        return Home(self.path / "regions")

    def with_regions(self) -> list[Home]:
        """This folder, that of the regions, and theirs."""
        shared = self.of_regions()
        inside = sorted(lock.parent.parent for lock in shared.path.glob("*/run/lock"))
        return [*map(Home, inside), shared, self]

    def empty(self) -> None:
        """Remove all data, secrets and logs. Raises Failure while something runs on them."""
        if not (self.path / "run").exists():
            return
        with self.locked():
            replaced = self.path.glob("replaced-*")
            ours = (self.postgres, self.nats, self.secrets, self.logs, self.restoring)
            for folder in (*ours, *replaced):
                shutil.rmtree(folder, ignore_errors=True)
            for file in (self.sample_loaded, self._region):
                file.unlink(missing_ok=True)
        shutil.rmtree(self.path / "run")
