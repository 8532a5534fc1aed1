"""The index of identifiers: which records have which, and that unique ones belong to one alone.

The records themselves keep what was typed; this table keeps what is compared.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, text_type
from chassis.errors import AlreadyExists
from services.sales.identifiers import announcing
from services.sales.identifiers.domain import KEY_LENGTH, Identifier
from services.sales.tables import metadata

#: How many records of one identifier, or of one domain, are looked at; the oldest count.
MOST_HOLDERS = 1000

identifiers = sa.Table(
    "identifiers",
    metadata,
    sa.Column("holder_id", Id, primary_key=True),
    sa.Column("key", text_type(KEY_LENGTH), primary_key=True),
    sa.Column("holder_kind", Id, nullable=False),
    sa.Column("type", Id, nullable=False),
    sa.Column("company_domain", text_type(254), nullable=False),
    # The key again for a unique type, NULL for the others, which a unique index lets repeat.
    sa.Column("unique_key", text_type(KEY_LENGTH + 10)),
    sa.Index("ix_identifiers_key", "key", "holder_kind"),
    sa.Index("ix_identifiers_company_domain", "company_domain", "holder_kind"),
    sa.UniqueConstraint("unique_key", name="uq_identifiers_unique_key"),
)


def replace(tx: Transaction, holder_kind: str, holder_id: str, new: Sequence[Identifier]) -> None:
    """Make these (normalised) the identifiers of a record, and let other regions know.

    Errors: AlreadyExists(IDENTIFIER_TAKEN) if a unique one belongs to another record of this kind.
    """
    announcing.announce(tx, holder_kind, holder_id, new)
    _delete(tx, holder_id)
    _require_free(tx, holder_kind, new)
    rows = [_row(holder_kind, holder_id, identifier) for identifier in new]
    if not rows:
        return
    try:
        tx.execute(sa.insert(identifiers), rows)
    except sa.exc.IntegrityError as error:
        raise AlreadyExists(
            "IDENTIFIER_TAKEN", type="identifier", holder_id="another record"
        ) from error


def remove(tx: Transaction, holder_id: str) -> None:
    """Forget the identifiers of a record that is deleted, and let other regions know."""
    announcing.announce_end(tx, holder_id)
    _delete(tx, holder_id)


def holders(
    tx: Transaction, holder_kind: str, wanted: Sequence[Identifier]
) -> list[tuple[str, Identifier]]:
    """The records of this kind with one of these (normalised) identifiers, and which it is.

    Those of unique identifiers come first, then the oldest.
    """
    by_key = {identifier.key: identifier for identifier in wanted}
    shared = sa.case((identifiers.c.unique_key.is_(None), 1), else_=0)
    rows = tx.execute(
        sa.select(identifiers.c.holder_id, identifiers.c.key)
        .where(identifiers.c.key.in_(list(by_key)), identifiers.c.holder_kind == holder_kind)
        .order_by(shared, identifiers.c.holder_id)
        .limit(MOST_HOLDERS)
    )
    return [(row.holder_id, by_key[row.key]) for row in rows]


def holders_of_domains(tx: Transaction, holder_kind: str, domains: Collection[str]) -> list[str]:
    """The records of this kind with an e-mail or web address at one of these domains, oldest first."""
    return list(
        tx.execute(
            sa.select(identifiers.c.holder_id)
            .distinct()
            .where(
                identifiers.c.company_domain.in_(domains),
                identifiers.c.holder_kind == holder_kind,
            )
            .order_by(identifiers.c.holder_id)
            .limit(MOST_HOLDERS)
        ).scalars()
    )


def _delete(tx: Transaction, holder_id: str) -> None:
    tx.execute(sa.delete(identifiers).where(identifiers.c.holder_id == holder_id))


def _require_free(tx: Transaction, holder_kind: str, new: Sequence[Identifier]) -> None:
    for holder_id, identifier in holders(tx, holder_kind, [each for each in new if each.unique]):
        raise AlreadyExists("IDENTIFIER_TAKEN", type=identifier.type, holder_id=holder_id)


def _row(holder_kind: str, holder_id: str, identifier: Identifier) -> dict[str, str | None]:
    return {
        "holder_id": holder_id,
        "holder_kind": holder_kind,
        "key": identifier.key,
        "type": identifier.type.value,
        "company_domain": identifier.company_domain,
        "unique_key": f"{holder_kind}|{identifier.key}" if identifier.unique else None,
    }
