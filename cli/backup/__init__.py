"""Backups of the embedded PostgreSQL, the archive of its log, and the way back (requirement PLT-9).

<backup folder>/<region>/
  20261122T100000Z/              a base backup
    backup.json                  what it is (cli.backup.folder.Backup)
    cluster/                     base.tar.gz, pg_wal.tar.gz, backup_manifest: what pg_basebackup wrote
    secrets.sealed               only with a passphrase
  20261123T100000Z/
  wal/20261122t095900z/          a chain: all WAL since before its first backup, without a gap
  lock

A chain belongs to one life of one PostgreSQL. A restore, or WAL that was lost, begins another chain with a
backup of its own; so whatever can be restored is restored out of one backup and the WAL of one chain.
"""
