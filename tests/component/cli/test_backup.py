"""Backups of a real PostgreSQL, the archive of its WAL, and what can be restored from them (PLT-9)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.backup import commands
from cli.failure import Failure
from cli.processes import wait_until
from tests.component.cli.archived import ArchivedRegion


@pytest.fixture
def region(servers_folder: Path, request: pytest.FixtureRequest) -> Iterator[ArchivedRegion]:
    """One that runs and is archived."""
    made = ArchivedRegion(servers_folder / request.node.name.partition("[")[0])
    made.start()
    made.archive()
    yield made
    made.stop()


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def restore(region: ArchivedRegion, at: datetime | None = None, **replace: bool) -> None:
    moment = at.isoformat() if at else None
    commands.restore(region.settings, None, moment, replace=replace.get("replace", False))


def test_everything_that_was_archived_comes_back(region: ArchivedRegion) -> None:
    region.write("before")
    commands.backup(region.settings, None, None)
    region.write("after")
    region.settle()
    region.destroy()

    restore(region)
    region.start()

    assert region.events() == ["before", "after"]


def test_events_are_published_again_and_receipts_outlive_that(region: ArchivedRegion) -> None:
    region.write("one", "two")
    region.query("INSERT INTO streams VALUES ('NA_PARTNERS', 'long ago') RETURNING name")
    region.settle()
    region.destroy()

    restore(region)
    region.start()

    assert region.query("SELECT count(*) FROM outbox WHERE publish_time IS NULL") == [(2,)]
    assert region.query("SELECT count(*) FROM streams") == [(0,)]
    (age,) = region.query("SELECT max(now() - receive_time) FROM inbox")
    assert isinstance(age[0], timedelta)
    assert age[0] < timedelta(minutes=5)


def test_a_moment_a_later_one_and_the_end_of_the_abandoned_future(
    region: ArchivedRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    region.write("first")
    first = datetime.now(UTC)
    region.write("second")
    second = datetime.now(UTC)
    region.write("third")
    region.settle()
    region.stop()

    restore(region, first, replace=True)
    region.start()
    assert region.events() == ["first"]
    region.archive()
    region.write("other")
    region.settle()
    region.stop()

    restore(region, second, replace=True)
    region.start()
    assert region.events() == ["first", "second"]
    region.stop()
    restore(region, replace=True)
    region.start()
    assert region.events() == ["first", "other"]
    assert len(list(region.home.path.glob("replaced-*"))) == 3


def test_moments_that_cannot_be_restored(region: ArchivedRegion) -> None:
    begin = datetime.now(UTC) - timedelta(minutes=5)
    region.write("kept")
    region.settle()
    region.stop()
    end = datetime.now(UTC)

    for moment, why in (
        (begin, "is before the first backup; the earliest moment is 20"),
        (end, "what was archived after the backup 20.* ends at 20"),
        (end + timedelta(days=1), "is yet to come"),
    ):
        with pytest.raises(Failure, match=why):
            restore(region, moment, replace=True)
    for text in ("2026-11-22T10:00:00", "yesterday"):
        with pytest.raises(Failure, match="write it with its time zone"):
            commands.restore(region.settings, None, text, replace=True)
    region.start()
    assert region.events() == ["kept"]


def test_a_stopped_region_is_backed_up_and_restores_to_that_moment(
    servers_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    region = ArchivedRegion(servers_folder / "stopped")
    region.start()
    region.write("kept")
    region.stop()

    commands.backup(region.settings, None, None)
    assert "nothing archives into this folder" in capsys.readouterr().out
    region.start()
    region.write("later")
    region.destroy()
    restore(region)
    region.start()

    assert region.events() == ["kept"]
    region.stop()


def test_a_backup_of_a_stopped_region_is_part_of_its_chain(region: ArchivedRegion) -> None:
    region.write("before")
    region.stop()
    commands.backup(region.settings, None, None)
    first, second = region.folder.backups()
    assert second.chain == first.chain

    restore(region, replace=True)
    region.start()
    assert region.events() == ["before"]
    region.stop()


def test_the_end_is_where_the_archive_ends_and_not_the_newest_backup(
    region: ArchivedRegion,
) -> None:
    region.write("before")
    region.stop()
    commands.backup(region.settings, None, None)
    region.start()
    region.archive()
    region.write("after")
    region.settle()
    region.destroy()

    restore(region)
    region.start()
    assert region.events() == ["before", "after"]


def test_what_is_there_is_not_overwritten(region: ArchivedRegion) -> None:
    region.write("kept")

    with pytest.raises(Failure, match="has data; say --replace"):
        restore(region)

    assert region.events() == ["kept"]


def test_a_broken_chain_is_said_and_reaches_to_its_gap(region: ArchivedRegion) -> None:
    region.write("before the gap")
    region.settle()
    moment = datetime.now(UTC)
    for _ in range(3):
        region.write(f"at {datetime.now(UTC)}")
        region.query("SELECT pg_switch_wal()")
    region.settle()
    region.stop()
    (backup,) = region.folder.backups()
    finished = sorted(region.folder.wal(backup.chain).folder.glob("*[!l]"))
    finished[-2].unlink()

    assert commands.verify(region.settings, None, "") == 1
    with pytest.raises(Failure, match=f"is broken: {finished[-2].name} is missing"):
        restore(region, replace=True)
    restore(region, moment, replace=True)

    region.start()
    assert region.events() == ["before the gap"]


def test_damage_is_found_and_nothing_is_restored_from_it(
    region: ArchivedRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    region.write("kept")
    (backup,) = region.folder.backups()
    assert commands.verify(region.settings, None, backup.id) == 0
    file = region.folder.cluster(backup.id) / "base.tar.gz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    region.stop()

    assert commands.verify(region.settings, None, backup.id) == 1
    with pytest.raises(Failure, match=f"{backup.id} is damaged"):
        restore(region, replace=True)

    assert not region.home.restoring.exists()
    region.start()
    assert region.events() == ["kept"]


def test_damaged_wal_is_found(region: ArchivedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    for event in ("one", "two"):
        region.write(event)
        region.query("SELECT pg_switch_wal()")
    region.settle()
    (backup,) = region.folder.backups()
    file = region.folder.wal(backup.chain).files()[backup.last_segment.following]
    content = bytearray(file.read_bytes())
    content[200] ^= 0xFF
    file.write_bytes(content)

    assert commands.verify(region.settings, None, "") == 1
    assert backup.id in said(capsys)[0]


def test_only_the_newest_are_kept_with_the_wal_that_they_need(
    region: ArchivedRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    (first,) = region.folder.backups()
    region.query("SELECT pg_switch_wal()")
    region.write("kept")

    commands.backup(region.settings, None, 1)

    assert said(capsys)[-1] == f"{first.id} was removed"
    (second,) = region.folder.backups()
    assert min(region.folder.wal(second.chain).files()) == second.first_segment
    region.settle()
    region.destroy()
    restore(region)
    region.start()
    assert region.events() == ["kept"]


def test_wal_that_was_lost_begins_another_chain(region: ArchivedRegion) -> None:
    (first,) = region.folder.backups()
    region.stop()
    shutil.rmtree(region.folder.wal(first.chain).folder)
    region.start()

    region.archive()

    _, second = region.folder.backups()
    assert second.chain not in ("", first.chain)
    assert region.query("SELECT slot_name FROM pg_replication_slots") == [
        (f"archive_{second.chain}",)
    ]


def test_while_the_archive_is_away_work_goes_on_and_the_exposure_grows(
    region: ArchivedRegion,
) -> None:
    assert region.archiver is not None
    region.settle()
    (backup,) = region.folder.backups()
    wal = region.folder.wal(backup.chain).folder
    wal.rename(wal.with_name("away"))
    wal.write_text("in the way")
    region.query("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")

    region.write("not archived")
    assert wait_until(lambda: region.archiver.exposure > 2, 30)
    wal.unlink()
    wal.with_name("away").rename(wal)
    region.settle()

    assert region.archiver.exposure < 2
    region.destroy()
    restore(region)
    region.start()
    assert region.events() == ["not archived"]


def test_a_chain_goes_on_when_the_whole_backup_folder_was_away(region: ArchivedRegion) -> None:
    assert region.archiver is not None
    region.settle()
    away = region.backups.rename(region.backups.with_name("away"))
    region.backups.touch()
    region.query("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")

    region.write("meanwhile")
    assert wait_until(lambda: region.archiver.exposure > 2, 30)
    region.backups.unlink()
    away.rename(region.backups)
    region.settle()

    (backup,) = region.folder.backups()
    assert region.query("SELECT slot_name FROM pg_replication_slots") == [
        (f"archive_{backup.chain}",)
    ]
    region.destroy()
    restore(region)
    region.start()
    assert region.events() == ["meanwhile"]


def test_the_secrets_go_along_sealed(
    servers_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phrase = servers_folder / "phrase"
    phrase.write_text("correct horse battery\n")
    region = ArchivedRegion(servers_folder / "sealed", MERIDIAN_BACKUP_PASSPHRASE_FILE=str(phrase))
    region.start()
    (region.home.secrets / "signing-key.pem").write_text("the key")
    commands.backup(region.settings, None, None)
    region.destroy()

    phrase.write_text("another passphrase")
    with pytest.raises(Failure, match="the passphrase is another one"):
        restore(region)
    assert not region.home.restoring.exists()
    phrase.write_text("correct horse battery")
    restore(region)

    assert (region.home.secrets / "signing-key.pem").read_text() == "the key"
    assert region.home.secrets.stat().st_mode & 0o777 == 0o700


def test_a_full_disk_is_said_before_anything_is_done(
    region: ArchivedRegion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1))

    with pytest.raises(Failure, match="GB free, and the databases have"):
        commands.backup(region.settings, None, None)
    region.stop()
    with pytest.raises(Failure, match="GB are needed"):
        restore(region, replace=True)

    assert len(region.folder.backups()) == 1
    assert region.home.postgres.exists()


def test_backups_of_something_else_are_refused(region: ArchivedRegion) -> None:
    (backup,) = region.folder.backups()
    region.home.claim("na")
    region.stop()
    emea = region.configured(
        MERIDIAN_HOME=str(region.home.path),
        MERIDIAN_BACKUP_FOLDER=str(region.backups),
        MERIDIAN_REGION="emea",
    )
    outside = region.configured(
        MERIDIAN_HOME=str(region.home.path), MERIDIAN_DATABASE_URL="postgresql://db/{service}"
    )

    with pytest.raises(Failure, match="emea does not exist"):
        commands.restore(emea, None, None, replace=True)
    region.folder.path.rename(region.folder.path.with_name("emea"))
    with pytest.raises(Failure, match=f"{backup.id} is of the region na"):
        commands.restore(emea, None, None, replace=True)
    with pytest.raises(Failure, match="is the folder of the region na"):
        commands.backup(emea, None, None)
    region.folder.path.with_name("emea").rename(region.folder.path)
    with pytest.raises(Failure, match="the databases are not ours"):
        commands.backup(outside, str(region.backups), None)
    with pytest.raises(Failure, match="would be lost with it"):
        commands.backup(region.settings, str(region.home.path / "backups"), None)
    with pytest.raises(Failure, match="say which backup folder"):
        commands.backup(region.configured(), None, None)


def test_an_interrupted_restore_keeps_the_region_from_starting(region: ArchivedRegion) -> None:
    region.write("kept")
    region.settle()
    region.stop()
    region.home.restoring.mkdir()
    region.home.postgres.rename(region.home.path / "replaced-20261122T100000Z")

    with pytest.raises(Failure, match="a restore was interrupted"):
        region.home.check_whole()
    with pytest.raises(Failure, match="is yet to come"):
        restore(region, datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(Failure, match="a restore was interrupted"):
        region.home.check_whole()
    restore(region)

    region.home.check_whole()
    region.start()
    assert region.events() == ["kept"]
