"""Customers of na with something in every table that keeps customers, entered through the public API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from chassis.app import utc_now
from chassis.ids import new_id
from services.service.cases.timers import check_clocks
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
    tier = {"en": "Tier", "zh": "级别"}
    field = {"resource": "EXTENSION_RESOURCE_ACCOUNT", "name": "tier", "label": tier}
    post(na, "/directory/v1/extension_fields", field | {"type": "EXTENSION_TYPE_TEXT"})
    reference = {"product": product["id"], "book": book["id"], "campaign": _campaign(na)}
    reference |= {scope: _article(na, scope) for scope in ("REGIONAL", "GLOBAL")}
    company.settle()
    return reference


def _campaign(marketer: Client) -> str:
    """A running campaign whose leads a rule assigns."""
    programme = post(marketer, "/marketing/v1/programmes", {"name": "Looms"})
    asked = {"programme_id": programme["id"], "name": "Fair", "channel": "fair", "currency": "EUR"}
    campaign = post(marketer, "/marketing/v1/campaigns", asked)
    path = f"/marketing/v1/campaigns/{campaign['id']}"
    planned = {"kind": "BUDGET_ENTRY_KIND_PLANNED", "amount": euros(1_000_000)}
    post(marketer, f"{path}/budget_entries", planned)
    post(marketer, f"{path}:approve")
    post(marketer, f"{path}:start")
    rule = {
        "name": "Fair",
        "campaign_ids": [campaign["id"]],
        "strategy": "ASSIGNMENT_STRATEGY_ROUND_ROBIN",
        "first_response_minutes": 60,
        "members": [{"user_id": new_id("user", "na", utc_now()), "daily_quota": 100}],
    }
    post(marketer, "/marketing/v1/assignment_rules", rule)
    return str(campaign["id"])


def _article(writer: Client, scope: str) -> str:
    """A published article of the region, or of all."""
    words = {"title": f"{scope} oil", "body": "Oil the loom.", "scope": f"ARTICLE_SCOPE_{scope}"}
    readers = {"language": "ARTICLE_LANGUAGE_EN", "audience": "ARTICLE_AUDIENCE_CUSTOMER"}
    article = post(writer, "/service/v1/articles", words | readers)
    path = f"/service/v1/articles/{article['id']}"
    post(writer, f"{path}:publish")
    return str(article["id"])


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
                "escalation_steps": [
                    {
                        "clock_kind": "CLOCK_KIND_RESOLUTION",
                        "at_percent": 50,
                        "action": "ESCALATION_ACTION_NOTIFY_ROLE",
                        "role": "supervisor",
                    }
                ],
            },
        )
        post(manager, f"/service/v1/sla_policies/{policy['id']}:activate")


_numbers = count(1)


def euros(cents: int) -> Record:
    """An amount."""
    return {"currency": "EUR", "amount_minor": str(cents)}


@dataclass
class Customer:
    """A customer and the ids of what belongs to them, by kind."""

    account_id: str
    ids: dict[str, str]
    number: int

    @property
    def words(self) -> list[str]:
        """What tells who they are."""
        names = (
            f"Vermont Mills {self.number}",
            f"Webstuhl{self.number}x",
            f"mills{self.number}x.example",
        )
        return [*names, f"5550{self.number:03}", f"今早停机{self.number}。"]

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


def customer(company: Company, reference: Record) -> Customer:
    """Somebody who was a lead, ordered, has two looms and a contract, and complains about one of them."""
    region, number = company.regions["na"], next(_numbers)
    staff = region.person("*@region")
    made = _from_lead(company, reference, number)
    _order(staff, made, reference)
    company.settle()
    _serve(staff, made, reference, number)
    _escalate(region)
    company.settle()
    return made


def _from_lead(company: Company, reference: Record, number: int) -> Customer:
    staff = company.regions["na"].person("*@region")
    lead = post(
        staff,
        "/marketing/v1/leads",
        {
            "given_name": "Adelgunde",
            "family_name": f"Webstuhl{number}x",
            "company": f"Vermont Mills {number}",
            "email": f"a.webstuhl@mills{number}x.example",
            "phone": f"+49 30 5550{number:03}",
            "country": "DE",
            "campaign_id": reference["campaign"],
        },
    )
    company.settle()
    path = f"/marketing/v1/leads/{lead['id']}"
    post(staff, f"{path}:work")
    post(staff, f"{path}:qualify")
    plan = {"opportunity": {"name": "Looms", "amount": euros(200_000), "product_line": "looms"}}
    done = post(staff, f"{path}:convert", {"plan": plan})
    ids = {kind: done[f"{kind}_id"] for kind in ("account", "contact", "opportunity")}
    tier = staff(
        "PATCH", f"/sales/v1/accounts/{ids['account']}", json={"extensions": {"tier": "gold"}}
    )
    assert tier.status_code == 200, tier.text
    return Customer(done["account_id"], {"lead": lead["id"], **ids}, number)


def _order(staff: Client, made: Customer, reference: Record) -> None:
    ids = made.ids
    special = {
        "name": "For Ada",
        "product_id": reference["product"],
        "account_id": ids["account"],
        "kind": "PRICE_RULE_KIND_PERCENT",
        "discount_basis_points": 500,
        "stacking": "STACKING_POLICY_STACKABLE",
    }
    post(staff, "/sales/v1/price_rules", special)
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
            "description": f"Since this morning. 今早停机{number}。",
            "kind": "CASE_KIND_COMPLAINT",
            "account_id": ids["account"],
            "asset_id": asset,
        },
    )
    path = f"/service/v1/cases/{case['id']}"
    post(staff, f"{path}:take")
    post(staff, f"{path}/messages", {"kind": "MESSAGE_KIND_PUBLIC_REPLY", "body": "On our way."})
    for scope in ("REGIONAL", "GLOBAL"):
        post(staff, f"{path}/articles", {"article_id": reference[scope]})
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


def _escalate(region: RunningRegion) -> None:
    """Let half a day pass for the clocks of the cases."""
    app = region.services["service"].app
    now = app.clock
    app.clock = lambda: now() + timedelta(hours=13)
    check_clocks(app)
    app.clock = now


def owner_in(region: RunningRegion) -> Record:
    """A user of a region who can take a customer over."""
    staff = region.person("*@region")
    name = new_id("unit", region.name, utc_now())
    unit = post(staff, "/directory/v1/business_units", {"name": name})
    user = {
        "email": f"{new_id('keeper', region.name, utc_now())}@company.example",
        "name": "Keeper",
        "business_unit_id": unit["id"],
    }
    return post(staff, "/directory/v1/users", {"user": user})
