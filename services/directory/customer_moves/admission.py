"""Whether a customer can go to another region, as far as directory knows; the other services say the rest."""

from __future__ import annotations

from chassis.app import Transaction
from chassis.errors import Invalid, Refused
from chassis.ids import region_of
from services.directory.customer_moves.domain import CustomerMove
from services.directory.customer_moves.events import CustomerMoveAnswered
from services.directory.placements import store as placements
from services.directory.users import store as users
from services.directory.users.domain import UserState


def check(tx: Transaction, move: CustomerMove) -> None:
    """Let the move of a customer of this region begin.

    Errors: Invalid(TO_REGION_SAME, TO_REGION_UNKNOWN, MOVE_OWNER_ELSEWHERE, CUSTOMER_REGION_UNKNOWN);
    Refused(CUSTOMER_LIVES_ELSEWHERE, CUSTOMER_HAS_USERS).
    """
    _check_region(tx, move.to_region)
    if region_of(move.owner_id) != move.to_region:
        field = "customer_move.owner_id"
        raise Invalid("MOVE_OWNER_ELSEWHERE", field=field, region=move.to_region)
    home = placements.home_of(tx, move.account_id)
    if home not in (tx.region, *tx.regions.names):
        raise Invalid("CUSTOMER_REGION_UNKNOWN", field="customer_move.account_id", region=home)
    if home != tx.region:
        raise Refused("CUSTOMER_LIVES_ELSEWHERE", region=home)
    if has_users(tx, move):
        raise Refused("CUSTOMER_HAS_USERS")


def has_users(tx: Transaction, move: CustomerMove) -> bool:
    """Whether somebody logs in here for the customer; nobody logs in to two regions."""
    return users.anybody_of_account(tx, move.account_id)


def answer(tx: Transaction, move_id: str, owner_id: str) -> CustomerMoveAnswered:
    """Say whether a customer of another region can come and be this user's."""
    owner = users.find(tx, owner_id)
    if owner is None:
        return CustomerMoveAnswered(move_id, tx.region, reason="OWNER_NOT_FOUND")
    if owner.state is UserState.DISABLED:
        return CustomerMoveAnswered(move_id, tx.region, reason="OWNER_INACTIVE")
    if owner.partner_id or owner.account_id:
        return CustomerMoveAnswered(move_id, tx.region, reason="OWNER_OUTSIDE")
    return CustomerMoveAnswered(
        move_id,
        tx.region,
        team_id=owner.team_id,
        business_unit_id=owner.business_unit_id,
    )


def _check_region(tx: Transaction, to_region: str) -> None:
    field = "customer_move.to_region"
    if to_region == tx.region:
        raise Invalid("TO_REGION_SAME", field=field, region=to_region)
    known = tx.regions.names
    if to_region not in known:
        names = ", ".join(sorted(known)) or "–"
        raise Invalid("TO_REGION_UNKNOWN", field=field, region=to_region, known=names)
