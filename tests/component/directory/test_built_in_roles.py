"""The built-in roles fit what the methods of all services ask for (PLT-2)."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from meridian.api.v1 import options_pb2

from chassis import grants
from chassis.grants import Visibility
from services.directory.roles.built_in import built_in_roles, service_roles

IMAGE = Path(__file__).resolve().parents[3] / "gen" / "meridian" / "image.binpb"


def permissions() -> set[str]:
    """Every permission that some method asks for."""
    image = descriptor_pb2.FileDescriptorSet.FromString(IMAGE.read_bytes())
    asked = {
        method.options.Extensions[options_pb2.permission]
        for file in image.file
        for service in file.service
        for method in service.method
    }
    return asked - {"", "public", "signed-in"}


def test_every_grant_of_every_role_covers_something_that_a_method_asks_for() -> None:
    asked = permissions()
    idle = {
        (role.slug, grant)
        for role in (*built_in_roles().values(), *service_roles().values())
        for grant in role.grants
        if not any(grants.matches(grants.parse(grant)[0], each) for each in asked)
    }
    assert idle == set()


def test_every_permission_is_somebodys_beside_the_administrator() -> None:
    others = [
        role for slug, role in built_in_roles().items() if slug != "regional_administrator"
    ] + list(service_roles().values())
    held = tuple(grant for role in others for grant in role.grants)
    nobodys = {each for each in permissions() if grants.Grants(held).visibility_for(each) is None}
    # Administration is the administrator's alone; nobody raises the limit that binds them. What a customer brings
    # along is received from a service of the region that they come from.
    assert {each for each in nobodys if not each.startswith("directory.")} == {
        "partners.relocations.receive",
        "sales.discount_limits.update",
        "sales.relocations.receive",
    }


def test_only_the_regional_administrator_gives_customers_away() -> None:
    for verb in ("create", "cancel"):
        movers = {
            slug
            for slug, role in built_in_roles().items()
            if grants.Grants(role.grants).visibility_for(f"directory.customer_moves.{verb}")
        }
        assert movers == {"regional_administrator"}


@pytest.mark.parametrize("role", ["partner_user", "customer"])
def test_people_outside_the_company_never_see_rows_of_others(role: str) -> None:
    reference = {
        "sales.products.read",
        "service.articles.read",
        "partners.partner_programmes.read",
    }
    held = grants.Grants(built_in_roles()[role].grants)
    wide = {
        each
        for each in permissions()
        if (held.visibility_for(each) or Visibility.OWN) > Visibility.CUSTOMER
    }
    assert wide <= reference
