"""Putting together what an access token says about a user, from all slices."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.app import Transaction
from chassis.grants import matches, parse
from chassis.tokens import Identity
from services.directory.business_units import store as business_units
from services.directory.business_units.domain import descendants
from services.directory.roles import store as roles
from services.directory.roles.built_in import service_roles
from services.directory.users.domain import User


def identity_of(
    tx: Transaction, user: User, session_id: str, role_ids: tuple[str, ...]
) -> Identity:
    """What a token says about a user with these roles; the user's row is locked."""
    held = roles.find_all(tx, role_ids)
    return Identity(
        subject=user.id,
        session=session_id,
        name=user.name,
        region=tx.region,
        business_unit=user.business_unit_id,
        business_units=descendants(user.business_unit_id, business_units.parents(tx)),
        teams=user.team_ids,
        roles=tuple(role.id for role in held),
        grants=without_covered(grant for role in held for grant in role.grants),
        partner_id=user.partner_id,
        account_id=user.account_id,
    )


def identity_of_service(account: str, region: str) -> Identity | None:
    """What a token says about a service account; None if there is no such account."""
    role = service_roles().get(account)
    if role is None:
        return None
    return Identity(
        subject=account,
        session=account,
        name=role.name,
        region=region,
        roles=(role.id,),
        grants=role.grants,
    )


def without_covered(grants: Iterable[str]) -> tuple[str, ...]:
    """The grants without those that another one covers, so that tokens stay short."""
    distinct = list(dict.fromkeys(grants))
    return tuple(
        grant
        for position, grant in enumerate(distinct)
        if not any(
            _covers(other, grant) and (not _covers(grant, other) or before < position)
            for before, other in enumerate(distinct)
            if other != grant
        )
    )


def _covers(wide: str, narrow: str) -> bool:
    pattern, visibility = parse(wide)
    covered, reached = parse(narrow)
    return matches(pattern, covered) and visibility >= reached
