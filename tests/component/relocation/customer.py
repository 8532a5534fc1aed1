"""Customers of na with something in every table that keeps customers, entered through the public API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.component.gateway.conftest import Client
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company

Record = dict[str, Any]

PRIORITIES = ("LOW", "NORMAL", "HIGH", "URGENT")


def post(client: Client, path: str, body: Any = None) -> Record:
    """What is answered to a request that is not refused."""
    answer = client("POST", path, json=body if body is not None else {})
    assert answer.status_code == 200, f"{path}: {answer.text}"
    made: Record = answer.json()
    return made


def furnish(company: Company) -> Record:
    """Reference data of the company, and in both regions policies that are called the same; the product."""
    na = company.regions["na"].person("*@region")
    for region in company.regions.values():
        _policies(region.person("*@region"))
    product = post(
        na,
        "/sales/v1/products",
        {
            "sku": "LOOM-1",
            "name": "Loom",
            "product_line": "looms",
            "unit": "piece",
            "kind": "PRODUCT_KIND_GOODS",
            "serial_tracked": True,
            "warranty_months": 24,
        },
    )
    book = post(na, "/sales/v1/price_books", {"name": "Direct", "currency": "EUR"})
    price = {"product_id": product["id"], "list_price": euros(100_000)}
    post(na, f"/sales/v1/price_books/{book['id']}/entries:upsert", {"entries": [price]})
    company.settle()
    return {"product": product["id"], "book": book["id"]}


def _policies(manager: Client) -> None:
    """A calendar, and a policy for whoever has a contract and one for all others."""
    calendar = post(
        manager,
        "/service/v1/calendars",
        {"name": "Always", "time_zone": "Europe/Berlin", "round_the_clock": True},
    )
    target = {"first_response_minutes": 60, "update_minutes": 480, "resolution_minutes": 1440}
    for kind, name in (("DEFAULT", "Standard"), ("CONTRACT", "Gold")):
        policy = post(
            manager,
            "/service/v1/sla_policies",
            {
                "name": name,
                "entitlement_kind": f"ENTITLEMENT_KIND_{kind}",
                "calendar_id": calendar["id"],
                "targets": [{"priority": f"CASE_PRIORITY_{each}", **target} for each in PRIORITIES],
            },
        )
        post(manager, f"/service/v1/sla_policies/{policy['id']}:activate")


def euros(cents: int) -> Record:
    """An amount."""
    return {"currency": "EUR", "amount_minor": str(cents)}


@dataclass
class Customer:
    """A customer and the ids of what belongs to them, by kind."""

    account_id: str
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> list[str]:
        """Where each of the records is read."""
        return [f"{PATHS[kind]}/{record_id}" for kind, record_id in self.ids.items()]


PATHS = {
    "lead": "/marketing/v1/leads",
    "account": "/sales/v1/accounts",
    "contact": "/sales/v1/contacts",
    "opportunity": "/sales/v1/opportunities",
    "quote": "/sales/v1/quotes",
    "order": "/sales/v1/orders",
    "task": "/sales/v1/activities",
    "reminder": "/sales/v1/activities",
    "contract": "/service/v1/contracts",
    "asset": "/service/v1/assets",
    "case": "/service/v1/cases",
}


def customer(company: Company, name: str, reference: Record, number: int = 1) -> Customer:
    """Somebody who was a lead, ordered, has two looms and a contract, and complains about one of them."""
    region = company.regions["na"]
    staff = region.person("*@region")
    made = _from_lead(staff, name, number)
    _order(staff, made, reference)
    company.settle()
    _serve(staff, made, reference, number)
    company.settle()
    return made


def _from_lead(staff: Client, name: str, number: int) -> Customer:
    lead = post(
        staff,
        "/marketing/v1/leads",
        {
            "given_name": "Ada",
            "family_name": f"Lune{number}",
            "company": name,
            "email": f"ada.lune@mills{number}.example",
            "phone": f"+49 30 5550{number:03}",
            "country": "DE",
        },
    )
    path = f"/marketing/v1/leads/{lead['id']}"
    post(staff, f"{path}:work")
    post(staff, f"{path}:qualify")
    plan = {"opportunity": {"name": "Looms", "amount": euros(200_000), "product_line": "looms"}}
    done = post(staff, f"{path}:convert", {"plan": plan})
    ids = {kind: done[f"{kind}_id"] for kind in ("account", "contact", "opportunity")}
    return Customer(done["account_id"], {"lead": lead["id"], **ids})


def _order(staff: Client, made: Customer, reference: Record) -> None:
    ids = made.ids
    quote = post(
        staff,
        "/sales/v1/quotes",
        {
            "name": "Two looms",
            "account_id": ids["account"],
            "contact_id": ids["contact"],
            "opportunity_id": ids["opportunity"],
            "price_book_id": reference["book"],
            "valid_until_date": "2027-12-31",
            "lines": [{"product_id": reference["product"], "quantity": "2"}],
        },
    )
    path = f"/sales/v1/quotes/{quote['id']}"
    post(staff, f"{path}:submit")
    post(staff, f"{path}:send")
    post(staff, f"{path}:accept", {"acceptance_reference": "PO-1"})
    order = post(staff, "/sales/v1/orders", {"quote_id": quote["id"]})
    path = f"/sales/v1/orders/{order['id']}"
    post(staff, f"{path}:place")
    confirmed = post(staff, f"{path}:confirm")
    line = confirmed["lines"][0]["id"]
    serials = [f"{ids['account'][-6:]}-{each}" for each in range(2)]
    post(staff, f"{path}:fulfil", {"line_id": line, "quantity": "2", "serials": serials})
    total = confirmed["total"]
    bill = {
        "kind": "LEDGER_KIND_INVOICE",
        "reference": f"INV-{ids['account'][-6:]}",
        "amount": total,
    }
    post(staff, f"{path}:recordInvoice", bill)
    task = post(
        staff,
        "/sales/v1/activities",
        {"kind": "ACTIVITY_KIND_TASK", "title": "Call Ada", "subject_id": ids["opportunity"]},
    )
    made.ids |= {"quote": quote["id"], "order": order["id"], "task": task["id"]}


def _serve(staff: Client, made: Customer, reference: Record, number: int) -> None:
    ids = made.ids
    policies = staff("GET", "/service/v1/sla_policies").json()["sla_policies"]
    gold = next(each["id"] for each in policies if each["name"] == "Gold")
    contract = post(
        staff,
        "/service/v1/contracts",
        {
            "number": f"C-{number}",
            "account_id": ids["account"],
            "sla_policy_id": gold,
            "start_date": "2026-01-01",
            "end_date": "2099-12-31",
        },
    )
    assets = staff("GET", f'/service/v1/assets?filter=account_id = "{ids["account"]}"').json()
    asset = assets["assets"][0]["id"]
    case = post(
        staff,
        "/service/v1/cases",
        {
            "subject": "The loom stands still",
            "description": "Since this morning. 今早停机。",
            "kind": "CASE_KIND_COMPLAINT",
            "account_id": ids["account"],
            "asset_id": asset,
        },
    )
    path = f"/service/v1/cases/{case['id']}"
    post(staff, f"{path}:take")
    post(staff, f"{path}/messages", {"kind": "MESSAGE_KIND_PUBLIC_REPLY", "body": "On our way."})
    reminder = post(
        staff,
        "/sales/v1/activities",
        {"kind": "ACTIVITY_KIND_TASK", "title": "Apologise", "subject_id": case["id"]},
    )
    made.ids |= {
        "contract": contract["id"],
        "asset": asset,
        "case": case["id"],
        "reminder": reminder["id"],
    }


def owner_in(region: RunningRegion) -> Record:
    """A user of a region who can take a customer over."""
    staff = region.person("*@region")
    unit = post(staff, "/directory/v1/business_units", {"name": f"Sales {region.name}"})
    user = {
        "email": f"keeper@{region.name}.example",
        "name": "Keeper",
        "business_unit_id": unit["id"],
    }
    return post(staff, "/directory/v1/users", {"user": user})
