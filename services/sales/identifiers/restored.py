"""After a restore: all customers are announced anew, and directories forget whom they do not hear of (PLT-9)."""

from __future__ import annotations

import sqlalchemy as sa
from meridian.sales.events.v1 import customer_events_pb2 as _events  # noqa: F401 - announced by name

from chassis import match_keys
from chassis.app import Transaction
from services.sales.identifiers import rotation
from services.sales.identifiers.announcing import identifications
from services.sales.identifiers.matching import CustomersForgotten

#: In milliseconds. Of two transactions at the same moment the one that began later may be there, and the other lost.
_MARGIN = 60_000


def tell(tx: Transaction) -> None:
    """Announce every customer anew, so that what is forgotten then is only what this region does not know.

    In one transaction, since nobody works meanwhile: some minutes for a hundred thousand customers. A region that
    stands alone says nothing.
    """
    columns = identifications.c
    told = sa.select(sa.func.max(columns.sequence)).where(columns.digest != "")
    newest: int | None = tx.execute(told).scalar()
    if newest is None and not tx.regions.peers:
        return
    keys = match_keys.read(tx.regions.match_keys_file)
    tx.execute(sa.update(identifications).values(key_ids="", digest=""))
    while keys.ids and rotation.announce_batch(tx, keys):
        pass
    now = int(tx.now.timestamp() * 1000)
    tx.announce(CustomersForgotten(tx.region, max((newest or 0) - _MARGIN, 0), now - 1))
