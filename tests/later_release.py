"""A release that comes later than this one: it brings one migration more."""

from __future__ import annotations

from pathlib import Path

_MIGRATION = """
from alembic import op

revision = "9999"
down_revision = "{last}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.{change}
"""


def add_migration(migrations: Path, change: str) -> None:
    """Write a migration that follows the last one of the folder. change: what it does, a call of Alembic's op."""
    last = max(path.name[:4] for path in migrations.glob("0*.py"))
    (migrations / "9999_later.py").write_text(_MIGRATION.format(last=last, change=change))
