"""Restoring a region's data folder: made beside what is there, and put in its place when it is complete."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from chassis import restoration
from chassis.app import App
from chassis.database import Database
from chassis.settings import SERVICES, Settings
from cli import assembly, postgres
from cli.backup import recovery, sealing, verification
from cli.backup.folder import Backup, BackupFolder
from cli.backup.planning import Plan, plan
from cli.backup.taking import SEALED_SECRETS
from cli.embedded import postgres_of
from cli.failure import Failure
from cli.home import Home
from cli.postgres import Postgres
from cli.processes import stop

_STOP_SECONDS = 120.0


@dataclass(frozen=True)
class Restored:
    """What a restore did. `until` is when the last transaction was committed that is there (UTC)."""

    backup: Backup
    until: datetime | None
    events: int
    secrets: bool
    replaced: Path | None


def restore(
    settings: Settings, home: Home, folder: BackupFolder, at: datetime | None, *, put_aside: bool
) -> Restored:
    """Restore all databases of a region to a moment, by default to the end of what is archived.

    Raises Failure, with nothing changed, if that is not possible. Interrupted, it leaves a folder that
    keeps `meridian up` from starting until the restore has been run again.
    """
    home.prepare()
    with home.locked(), folder.locked(alone=False):
        ours = _ours(settings, home)
        beside = replace(ours, folder=home.restoring / "postgres", log=home.logs / "restore.log")
        if home.postgres.exists() and not put_aside:
            raise Failure(
                f"{home.path} has data; say --replace to put it aside, or choose another MERIDIAN_HOME"
            )
        way = plan(folder, at)
        _check(settings, home, folder, way)
        home.claim(settings.region)
        with _work_place(home):
            secrets = _unseal(settings, home, folder.content(way.backup.id))
            recovery.unpack(folder.cluster(way.backup.id), way, beside)
            until, events = _recover(settings, beside, way)
            ours.remove_leftovers()
            replaced = _swap(home, way.backup)
        shutil.rmtree(home.restoring)
    return Restored(way.backup, until, events, secrets, replaced)


def _ours(settings: Settings, home: Home) -> Postgres:
    server = postgres_of(settings, home)
    if server is None:
        raise Failure("the databases are not ours; restore them where they live (docs/operate.md)")
    return server


def _check(settings: Settings, home: Home, folder: BackupFolder, way: Plan) -> None:
    """Raises Failure if this backup is not for this home, does not fit, or is damaged."""
    backup = way.backup
    if backup.region != settings.region:
        raise Failure(
            f"{backup.id} is of the region {backup.region}, and MERIDIAN_REGION is {settings.region}"
        )
    if backup.postgres != postgres.major_version():
        raise Failure(
            f"{backup.id} is of PostgreSQL {backup.postgres}, and this Meridian brings "
            f"{postgres.major_version()}: restore it with the version of Meridian that made it"
        )
    free = shutil.disk_usage(home.path).free
    if free < way.bytes:
        raise Failure(
            f"{home.path} has {free / 1e9:.1f} GB free, and {way.bytes / 1e9:.1f} GB are needed"
        )
    if damage := verification.files_damaged(folder, backup):
        raise Failure(f"{backup.id} is damaged: {damage}")


@contextmanager
def _work_place(home: Home) -> Iterator[None]:
    """An empty folder to work in. After a failure it is gone, unless an earlier restore left us no data."""
    interrupted = home.restoring.exists()
    shutil.rmtree(home.restoring, ignore_errors=True)
    home.restoring.mkdir()
    try:
        yield
    except BaseException:
        if not interrupted:
            shutil.rmtree(home.restoring, ignore_errors=True)
        raise


def _unseal(settings: Settings, home: Home, content: Path) -> bool:
    """Lay the secrets of the backup ready if there are none in our home and they can be opened."""
    sealed, phrase_file = content / SEALED_SECRETS, settings.backup.passphrase_file
    if any(home.secrets.iterdir()) or not sealed.exists() or phrase_file is None:
        return False
    phrase = sealing.passphrase(phrase_file)
    sealing.unseal(sealed.read_bytes(), phrase, home.restoring / "secrets")
    return True


def _recover(settings: Settings, beside: Postgres, way: Plan) -> tuple[datetime | None, int]:
    """Run the server until it is where it should be, and reconcile what depends on streams."""
    beside.log.unlink(missing_ok=True)
    process = recovery.recovering(beside, way.at).start()
    try:
        recovery.wait_until_recovered(beside, process, way)
        with psycopg.connect(beside.url("postgres")) as connection:
            replayed = connection.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
            names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        events = sum(
            _reconcile(settings, name, beside.url(name)) for name in SERVICES if name in names
        )
    finally:
        stubborn = stop([process], postgres.STOP_SIGNAL, _STOP_SECONDS)
    if stubborn:
        raise Failure(f"PostgreSQL did not stop after the restore; its log is {beside.log}")
    return (replayed[0].astimezone(UTC) if replayed and replayed[0] else None), events


def _reconcile(settings: Settings, name: str, url: str) -> int:
    app = App(assembly.manifest(name), Database(url), settings.region, settings=settings)
    try:
        return restoration.begin_anew(app)
    finally:
        assembly.close([app])


def _swap(home: Home, backup: Backup) -> Path | None:
    """Put what is there aside, and what was made in its place. Streams are made again from outboxes."""
    replaced = None
    if home.postgres.exists():
        replaced = home.path / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        replaced.mkdir(mode=0o700)
    for folder in (home.postgres, home.nats):
        if folder.exists() and replaced:
            folder.rename(replaced / folder.name)
        shutil.rmtree(folder, ignore_errors=True)
    (home.restoring / "postgres").rename(home.postgres)
    if (home.restoring / "secrets").exists():
        home.secrets.rmdir()
        (home.restoring / "secrets").rename(home.secrets)
    home.sample_loaded.unlink(missing_ok=True)
    if backup.sample_loaded:
        home.sample_loaded.touch()
    return replaced
