"""Pipelines in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, text_type
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.sales.pipelines.domain import Pipeline
from services.sales.tables import metadata

pipelines = tables.record_table(
    "pipelines",
    metadata,
    sa.Column("name", text_type(100), nullable=False),
    sa.Column("stages", Json, nullable=False),
    sa.Column("is_default", sa.Boolean, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "PIPELINE_STATE_"}),
    sa.Index("ix_pipelines_name", "name", "id"),
)

LISTING = Listing(
    pipelines,
    fields=("name", "is_default", "state", "create_time", "update_time"),
    default_order="name",
)


def get(tx: Transaction, pipeline_id: str, etag: str = "") -> Pipeline:
    """A pipeline. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, pipelines, Pipeline, pipeline_id, etag=etag)


def default(tx: Transaction) -> Pipeline:
    """The pipeline that is used where none is named."""
    row = tx.execute(sa.select(pipelines).where(pipelines.c.is_default)).one()
    pipeline: Pipeline = from_row(Pipeline, row)
    return pipeline


def hold_all(tx: Transaction) -> None:
    """Keep others from changing any pipeline until this transaction ends; there are only a few."""
    tx.execute(sa.select(pipelines.c.id).order_by(pipelines.c.id).with_for_update())


def keep(tx: Transaction, pipeline_id: str) -> Pipeline:
    """A pipeline that nobody changes until this transaction ends; others may keep it as well.

    Errors: NOT_FOUND.
    """
    row = tx.execute(
        sa.select(pipelines).where(pipelines.c.id == pipeline_id).with_for_update(read=True)
    ).one_or_none()
    if row is None:
        raise tables.not_found(pipelines, pipeline_id)
    pipeline: Pipeline = from_row(Pipeline, row)
    return pipeline


def hold(tx: Transaction, pipeline_id: str) -> None:
    """Keep others from changing this pipeline, or moving into it, until this transaction ends."""
    tx.execute(sa.select(pipelines.c.id).where(pipelines.c.id == pipeline_id).with_for_update())


def add(tx: Transaction, pipeline: Pipeline) -> None:
    """Write a new pipeline."""
    tables.insert(tx, pipelines, pipeline)


def save(tx: Transaction, pipeline: Pipeline) -> None:
    """Write a changed pipeline. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, pipelines, pipeline)
