"""Roles: a built-in one for everybody named, own ones with grants that can be read (PLT-2)."""

from __future__ import annotations

import pytest

from chassis import grants
from chassis.errors import Invalid, Refused
from chassis.grants import Visibility
from services.directory.roles.built_in import built_in_roles, service_roles
from services.directory.roles.domain import Role, RoleCreated, RoleUpdated
from services.directory.tokens.identities import without_covered

PEOPLE = {
    "sales_representative",
    "sales_manager",
    "marketer",
    "agent",
    "supervisor",
    "dispatcher",
    "technician",
    "partner_user",
    "customer",
    "programme_manager",
    "reference_data_manager",
    "regional_administrator",
    "integration",
    "platform_engineer",
}


def visibility(role: str, permission: str) -> Visibility | None:
    return grants.Grants(built_in_roles()[role].grants).visibility_for(permission)


def test_there_is_a_role_for_every_person_whom_the_requirements_name() -> None:
    assert set(built_in_roles()) == PEOPLE


def test_there_is_an_account_for_every_service() -> None:
    assert set(service_roles()) == {
        f"service_{name}" for name in ("marketing", "sales", "service", "partners", "directory")
    }


@pytest.mark.parametrize(
    ("role", "permission", "expected"),
    [
        ("sales_representative", "sales.opportunities.update", Visibility.OWN),
        ("sales_representative", "sales.opportunities.read", Visibility.TEAM),
        ("sales_representative", "sales.products.create", None),
        ("sales_representative", "directory.users.create", None),
        ("sales_manager", "sales.opportunities.update", Visibility.BUSINESS_UNIT),
        ("sales_manager", "sales.quotes.approve", Visibility.BUSINESS_UNIT),
        ("sales_manager", "sales.discount_limits.update", None),
        ("sales_representative", "sales.quotes.approve", None),
        ("marketer", "marketing.campaigns.create", Visibility.BUSINESS_UNIT),
        ("marketer", "sales.opportunities.update", None),
        ("agent", "service.cases.update", Visibility.REGION),
        ("agent", "service.cases.assign", None),
        ("supervisor", "service.cases.assign", Visibility.REGION),
        ("technician", "service.cases.update", Visibility.OWN),
        ("partner_user", "partners.deals.create", Visibility.PARTNER),
        ("partner_user", "partners.deals.review", None),
        ("partner_user", "directory.users.read", Visibility.OWN),
        ("customer", "service.cases.read", Visibility.CUSTOMER),
        ("customer", "sales.opportunities.read", None),
        ("programme_manager", "sales.orders.read", Visibility.ALL),
        ("programme_manager", "sales.orders.update", None),
        ("regional_administrator", "directory.users.assign_roles", Visibility.REGION),
        ("platform_engineer", "directory.users.unlock", Visibility.REGION),
        ("platform_engineer", "sales.accounts.read", None),
        ("integration", "sales.events.read", Visibility.REGION),
        ("integration", "sales.accounts.read", None),
        ("platform_engineer", "directory.users.assign_roles", None),
    ],
)
def test_roles_reach_what_their_people_need(
    role: str, permission: str, expected: Visibility | None
) -> None:
    assert visibility(role, permission) is expected


def test_own_roles_are_added_and_changed() -> None:
    role = Role("auditor", "auditor", "Auditor", grants=("sales.*.read@region",))
    assert role.create() == RoleCreated("auditor", ("sales.*.read@region",))
    assert role.revise({"grants": ("*.*.read@all",)}) == RoleUpdated("auditor", ("*.*.read@all",))


@pytest.mark.parametrize(
    "grant", ["", "sales.*", "sales.*@world", "sales@", "*@ALL", "a.b.c.d@own"]
)
def test_a_grant_that_cannot_be_read_is_refused_as_the_chassis_would(grant: str) -> None:
    with pytest.raises(ValueError, match="not"):
        grants.parse(grant)
    with pytest.raises(Invalid) as refused:
        Role("auditor", "auditor", "Auditor", grants=("sales.*.read@region", grant)).create()
    assert refused.value.violations[0].field == "role.grants[1]"


@pytest.mark.parametrize("slug", [v.slug for v in Visibility])
def test_every_visibility_of_the_chassis_is_allowed(slug: str) -> None:
    assert Role("r", "r", "R", grants=(f"sales.*@{slug}",)).create().grants == (f"sales.*@{slug}",)


def test_built_in_roles_stay_as_they_are() -> None:
    role = Role("agent", "agent", "Agent", grants=("service.*@region",), built_in=True)
    with pytest.raises(Refused, match="ROLE_BUILT_IN"):
        role.revise({"name": "Other"})
    with pytest.raises(Refused, match="ROLE_BUILT_IN"):
        role.delete(held=False)
    assert role.name == "Agent"


def test_a_role_that_somebody_holds_stays() -> None:
    role = Role("auditor", "auditor", "Auditor", grants=("sales.*@own",))
    with pytest.raises(Refused, match="ROLE_IN_USE"):
        role.delete(held=True)
    with pytest.raises(Invalid, match="SLUG_FIXED"):
        role.revise({"slug": "other"})


def test_tokens_carry_no_grant_that_another_covers() -> None:
    assert without_covered(
        ["sales.quotes.read@own", "sales.*@team", "*.*.read@region", "sales.*@team"]
    ) == ("sales.*@team", "*.*.read@region")
    assert without_covered(["sales.*@own", "sales.quotes.*@team"]) == (
        "sales.*@own",
        "sales.quotes.*@team",
    )
    assert without_covered(["*@region", "*@region"]) == ("*@region",)
