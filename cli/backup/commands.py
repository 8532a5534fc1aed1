"""`meridian backup` and `meridian restore`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from chassis.settings import Settings
from cli import postgres
from cli.backup import planning, verification
from cli.backup.folder import Backup, BackupFolder
from cli.backup.restoring import restore as restore_home
from cli.backup.taking import SEALED_SECRETS, take
from cli.embedded import postgres_of
from cli.failure import Failure
from cli.home import Home
from cli.postgres import Postgres
from cli.processes import stop

_STOP_SECONDS = 60.0


def backup(settings: Settings, to: str | None, keep: int | None) -> None:
    """Back up the region of this home; then keep only so many backups, if a number is said."""
    home, folder = Home(settings.home), _folder(settings, to)
    if folder.path.is_relative_to(settings.home):
        raise Failure(f"{folder.path} lies in {settings.home} and would be lost with it")
    if keep is not None and keep < 1:
        raise Failure("--keep must be 1 or more")
    with folder.locked(alone=True), _running(settings, home) as server:
        made = take(server, home, settings, folder)
        removed = folder.prune(keep) if keep else []
    print(f"{made.id} is complete: {_size(folder, made)} in {folder.content(made.id)}")
    if not made.chain:
        print("nothing archives into this folder: it restores to the moment of this backup only")
    if settings.backup.passphrase_file is None:
        print("the secrets are not in it: MERIDIAN_BACKUP_PASSPHRASE_FILE is not set")
    for backup_id in removed:
        print(f"{backup_id} was removed")


def list_backups(settings: Settings, to: str | None) -> None:
    """Print the backups of the region, the oldest first, and until when each can be restored."""
    folder = _folder(settings, to)
    with folder.locked(alone=False):
        backups = folder.backups()
        for each in backups:
            sealed = (folder.content(each.id) / SEALED_SECRETS).exists()
            print(
                f"{each.id}  {_size(folder, each):>9}  restorable from {_time(each.end_time)} "
                f"until {_time(planning.reach(folder, each))}  "
                f"{'with' if sealed else 'without'} secrets"
            )
    if not backups:
        print(f"there is no backup in {folder.path}")


def verify(settings: Settings, to: str | None, backup_id: str) -> int:
    """Check one backup, or all if the id is empty. The exit code: 1 if one is not whole."""
    folder = _folder(settings, to)
    with folder.locked(alone=False):
        backups = [each for each in folder.backups() if backup_id in ("", each.id)]
        if not backups:
            raise Failure(f"there is no backup {backup_id} in {folder.path}".replace("  ", " "))
        return max([_verify(folder, each) for each in backups])


def restore(settings: Settings, origin: str | None, at: str | None, *, replace: bool) -> None:
    """Restore the region of this home, by default to the end of what is archived."""
    home, folder = Home(settings.home), _folder(settings, origin)
    if not folder.path.exists():
        raise Failure(f"{folder.path} does not exist")
    done = restore_home(settings, home, folder, _moment(at) if at else None, put_aside=replace)
    until = _time(done.until or done.backup.end_time)
    print(f"{home.path} is as it was at {until}, out of the backup {done.backup.id}")
    print(f"{done.events} events will be published again; those that were handled are passed over")
    if done.replaced:
        print(f"what was there before is in {done.replaced}; remove it when all is well")
    if not done.secrets and not any(home.secrets.iterdir()):
        print(
            "there are no secrets: new ones are made at the next start (docs/runbooks/restore.md)"
        )
    if settings.nats_url:
        print("NATS is not ours: say `meridian reconcile` for every service before you start")


def _verify(folder: BackupFolder, backup: Backup) -> int:
    found = list(verification.defects(folder, backup))
    for defect in found:
        print(f"{backup.id}: {defect}")
    if not found:
        print(f"{backup.id} is whole")
    return 1 if found else 0


@contextmanager
def _running(settings: Settings, home: Home) -> Iterator[Postgres]:
    """The PostgreSQL of a home: the one that runs, or else one that is started for as long as needed."""
    server = postgres_of(settings, home)
    if server is None:
        raise Failure("the databases are not ours: back them up where they live (docs/operate.md)")
    if not server.data.exists():
        raise Failure(f"there is nothing to back up in {home.path}")
    home.claim(settings.region)
    if home.running():
        yield server
        return
    home.check_whole()
    with home.locked():
        process = server.start()
        try:
            server.wait_until_ready(process)
            yield server
        finally:
            stop([process], postgres.STOP_SIGNAL, _STOP_SECONDS)


def _folder(settings: Settings, named: str | None) -> BackupFolder:
    path = Path(named) if named else settings.backup.folder
    if path is None:
        raise Failure("say which backup folder, or set MERIDIAN_BACKUP_FOLDER")
    return BackupFolder.of(path, settings.region)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Failure(f"{text} is no moment; write it with its time zone: 2026-11-22T10:00:00Z")
    return moment.astimezone(UTC)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _size(folder: BackupFolder, backup: Backup) -> str:
    size = sum(
        path.stat().st_size for path in folder.content(backup.id).rglob("*") if path.is_file()
    )
    return f"{size / 1e6:.1f} MB"
