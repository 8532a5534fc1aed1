"""What keeps a customer in its region is told with its reason, and nothing has changed anywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from chassis.app import utc_now
from chassis.ids import new_id
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company
from tests.component.relocation.customer import Customer, Record, customer, post
from tests.component.relocation.moves import copies, kept, move

#: Puts something in the way; gives the reason and what it is.
InTheWay = Callable[[Company, Customer], tuple[str, str, str]]


def parent(company: Company, made: Customer) -> tuple[str, str, str]:
    staff = company.regions["na"].person("*@region")
    group = post(staff, "/sales/v1/accounts", {"name": "Mills Group"})
    set_column(company, "sales", "accounts", made.account_id, parent_account_id=group["id"])
    return "sales", "ACCOUNT_HAS_RELATIVES", group["id"]


def subsidiary(company: Company, made: Customer) -> tuple[str, str, str]:
    staff = company.regions["na"].person("*@region")
    part = {"name": "Mills of Maine", "parent_account_id": made.account_id}
    return "sales", "ACCOUNT_HAS_RELATIVES", post(staff, "/sales/v1/accounts", part)["id"]


def shared_contact(company: Company, made: Customer) -> tuple[str, str, str]:
    staff = company.regions["na"].person("*@region")
    other = post(staff, "/sales/v1/accounts", {"name": "Other"})
    contact = staff("GET", f"/sales/v1/contacts/{made.ids['contact']}").json()
    roles = [*contact["roles"], {"account_id": other["id"]}]
    answer = staff("PATCH", f"/sales/v1/contacts/{contact['id']}", json={"roles": roles})
    assert answer.status_code == 200, answer.text
    return "sales", "CONTACT_SHARED", contact["id"]


def case_of_another(company: Company, made: Customer) -> tuple[str, str, str]:
    other = new_id("case", "na", utc_now())
    table = company.regions["na"].services["service"]
    row = next(each for each in table.table("cases") if each["id"] == made.ids["case"])
    with table.app.transaction() as tx:
        cases = tx.service.metadata.tables["cases"]
        tx.execute(sa.insert(cases), row | {"id": other, "account_id": "account_na_other"})
    set_column(company, "service", "cases", made.ids["case"], parent_id=other)
    return "service", "CASE_HAS_RELATIVES", made.ids["case"]


def conversion(company: Company, made: Customer) -> tuple[str, str, str]:
    marketing = company.regions["na"].services["marketing"]
    row = next(
        each for each in marketing.table("conversions") if each["account_id"] == made.account_id
    )
    open_one = row | {
        "id": new_id("conv", "na", utc_now()),
        "lead_id": new_id("lead", "na", utc_now()),
        "state": "pending",
        "account_id": "",
        "plan": row["plan"] | {"account_id": made.account_id},
    }
    with marketing.app.transaction() as tx:
        tx.execute(sa.insert(tx.service.metadata.tables["conversions"]), open_one)
    return "marketing", "CONVERSION_UNDER_WAY", open_one["id"]


def conflict(company: Company, made: Customer) -> tuple[str, str, str]:
    staff = company.regions["emea"].person("*@region")
    policies = staff("GET", "/service/v1/sla_policies").json()["sla_policies"]
    taken = {
        "number": f"C-{made.number}",
        "account_id": post(staff, "/sales/v1/accounts", {"name": "Lyon Mills"})["id"],
        "sla_policy_id": next(each["id"] for each in policies if each["name"] == "Gold"),
        "start_date": "2026-01-01",
        "end_date": "2099-12-31",
    }
    post(staff, "/service/v1/contracts", taken)
    return "service", "RELOCATION_CONFLICT", f"contracts.number of {made.account_id}"


def unknown_policy(company: Company, made: Customer) -> tuple[str, str, str]:
    service = company.regions["na"].services["service"]
    gold = next(row for row in service.table("sla_policies") if row["name"] == "Gold")
    platinum = gold | {
        "id": new_id("slap", "na", utc_now()),
        "name": "Platinum",
        "active_slot": None,
    }
    with service.app.transaction() as tx:
        tx.execute(sa.insert(tx.service.metadata.tables["sla_policies"]), platinum)
    set_column(company, "service", "contracts", made.ids["contract"], sla_policy_id=platinum["id"])
    return "service", "RELOCATION_REFERENCE_MISSING", "sla_policies: Platinum"


def unknown_stage(company: Company, made: Customer) -> tuple[str, str, str]:
    set_column(company, "sales", "opportunities", made.ids["opportunity"], stage="dream")
    pipeline = company.regions["na"].sales.table("pipelines")[0]["name"]
    return "sales", "RELOCATION_REFERENCE_MISSING", f"pipelines: {pipeline}, stage dream"


def no_such_customer(company: Company, made: Customer) -> tuple[str, str, str]:
    made.account_id = new_id("account", "na", utc_now())
    return "sales", "ACCOUNT_NOT_FOUND", made.account_id


def set_column(company: Company, service: str, table: str, record_id: str, **values: str) -> None:
    """Change a row past the rules."""
    app = company.regions["na"].services[service].app
    columns = app.service.metadata.tables[table]
    with app.transaction() as tx:
        tx.execute(sa.update(columns).where(columns.c.id == record_id).values(**values))


@pytest.mark.parametrize(
    "in_the_way",
    [
        parent,
        subsidiary,
        shared_contact,
        case_of_another,
        conversion,
        conflict,
        unknown_policy,
        unknown_stage,
        no_such_customer,
    ],
)
def test_what_is_in_the_way_is_told(
    company: Company,
    na: RunningRegion,
    emea: RunningRegion,
    reference: Record,
    in_the_way: InTheWay,
) -> None:
    made = customer(company, reference)
    expected = in_the_way(company, made)
    before: tuple[Record, Record] = (kept(na), kept(emea))

    ended = move(company, made.account_id)

    failure = ended["failure"]
    assert (failure["service"], failure["reason"], failure["subject"]) == expected
    assert ended["state"] == "CUSTOMER_MOVE_STATE_FAILED"
    assert (kept(na), kept(emea), copies(emea)) == (*before, 0)
