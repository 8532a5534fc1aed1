"""Implement 实施: delivered in parts, invoiced, paid, installed, and served (SAL-6, SVC-1, SVC-2, SVC-8)."""

from __future__ import annotations

from typing import Any

from tests.journeys.level0.order import QUANTITY
from tests.journeys.level0.people import until
from tests.journeys.level0.story import Story, euros, money

STAGE = "implement"


def play(story: Story) -> None:
    """Deliver and settle the order; the customer complains about what broke and is helped."""
    _deliver(story)
    _settle(story)
    _serve(story)


def _deliver(story: Story) -> None:
    sara, order = story.company.sara, story.facts["order"]
    path, line = f"/sales/v1/orders/{order['id']}", order["lines"][0]["id"]
    serials = [f"SN-{story.run}-{number}" for number in range(QUANTITY)]
    first = sara.post(f"{path}:fulfil", {"line_id": line, "quantity": "2", "serials": serials[:2]})
    whole = sara.post(f"{path}:fulfil", {"line_id": line, "quantity": "3", "serials": serials[2:]})
    states = (first["fulfilment_state"], whole["fulfilment_state"])
    story.check(
        "delivered in part, then whole",
        states,
        ("FULFILMENT_STATE_PARTIAL", "FULFILMENT_STATE_FULFILLED"),
    )
    account = order["account_id"]
    assets = until(
        lambda: len(found := list(_assets(story, account))) >= QUANTITY and found,
    )
    story.facts["assets"] = assets
    story.tell(STAGE, "sara", "delivered; installed base with warranty", len(assets))
    story.check("each serial is an asset", sorted(each["serial"] for each in assets), serials)


def _assets(story: Story, account: str) -> Any:
    return story.company.arun.all(
        "/service/v1/assets", "assets", filter=f'account_id = "{account}"'
    )


def _settle(story: Story) -> None:
    sara, order = story.company.sara, story.facts["order"]
    path, total = f"/sales/v1/orders/{order['id']}", int(order["total"]["amount_minor"])
    invoice = {
        "kind": "LEDGER_KIND_INVOICE",
        "reference": f"INV-{story.run}",
        "amount": money(total),
    }
    sara.post(f"{path}:recordInvoice", invoice)
    sara.post(f"{path}:recordInvoice", invoice)
    for number, part in enumerate((total // 3, total - total // 3)):
        payment = {
            "kind": "LEDGER_KIND_PAYMENT",
            "reference": f"PAY-{story.run}-{number}",
            "amount": money(part),
        }
        paid = sara.post(f"{path}:recordPayment", payment)
    closed = sara.post(f"{path}:close")
    story.tell(
        STAGE, "sara", "invoiced, paid in two parts, closed", euros(paid["paid"]["amount_minor"])
    )
    story.check("invoiced once, though entered twice", closed["invoiced"], closed["total"])
    story.check("paid what was invoiced", closed["paid"], closed["invoiced"])
    story.check("the order is closed", closed["commercial_state"], "ORDER_STATE_CLOSED")


def _serve(story: Story) -> None:
    customer, arun, susan = story.facts["customer"], story.company.arun, story.company.susan
    _targets(story)
    case = customer.post(
        "/service/v1/cases",
        {
            "subject": "The server does not start",
            "description": "Since this morning. 今早无法启动。",
            "kind": "CASE_KIND_COMPLAINT",
            "asset_id": story.facts["assets"][0]["id"],
        },
    )
    path = f"/service/v1/cases/{case['id']}"
    arun.post(f"{path}:take")
    arun.post(f"{path}:acknowledge", {"acknowledgement": "We are sorry and are looking into it."})
    note = {"kind": "MESSAGE_KIND_INTERNAL_NOTE", "body": "Third one this week."}
    arun.post(f"{path}/messages", note)
    arun.post(
        f"{path}/messages", {"kind": "MESSAGE_KIND_PUBLIC_REPLY", "body": "Please check the cable."}
    )
    arun.post(f"{path}:hold", {"reason": "PENDING_REASON_CUSTOMER"})
    arun.post(f"{path}:resume")
    seen = list(customer.all(f"{path}/messages", "messages"))
    internal = [each for each in seen if each["kind"] == "MESSAGE_KIND_INTERNAL_NOTE"]
    story.check("the customer sees no internal note", internal, [])
    sla = arun.get(f"{path}/sla")
    arun.post(f"{path}:resolve", {"resolution": "Power supply replaced."})
    _remedy(story, case["id"])
    susan.post(f"{path}:signOff")
    closed = susan.post(f"{path}:close")
    story.tell(
        STAGE,
        "customer",
        "complains; arun answers, susan signs off",
        closed["state"].removeprefix("CASE_STATE_"),
    )
    story.check("the complaint is closed", closed["state"], "CASE_STATE_CLOSED")
    story.check("its clocks are explained", bool(sla.get("clocks")), True)
    others = list(
        story.company.sam.all(
            "/service/v1/cases", "cases", filter=f'account_id = "{case["account_id"]}"'
        )
    )
    story.check(
        "sales sees the case of its customer", [each["id"] for each in others], [case["id"]]
    )


def _remedy(story: Story, case_id: str) -> None:
    complaint = {"complaint": {"root_cause": "Faulty batch.", "remedy": "Replaced free of charge."}}
    story.company.arun._send("PATCH", f"/service/v1/cases/{case_id}", json=complaint)


def _targets(story: Story) -> None:
    """A policy for all, once."""
    susan = story.company.susan
    policies = susan.all("/service/v1/sla_policies", "sla_policies", filter="state = ACTIVE")
    if any(each["entitlement_kind"] == "ENTITLEMENT_KIND_DEFAULT" for each in policies):
        return
    calendar = susan.post(
        "/service/v1/calendars",
        {"name": "Round the clock", "time_zone": "Europe/Berlin", "round_the_clock": True},
    )
    target = {"first_response_minutes": 60, "update_minutes": 480, "resolution_minutes": 1440}
    policy = susan.post(
        "/service/v1/sla_policies",
        {
            "name": "Standard",
            "entitlement_kind": "ENTITLEMENT_KIND_DEFAULT",
            "calendar_id": calendar["id"],
            "targets": [
                {"priority": f"CASE_PRIORITY_{name}", **target}
                for name in ("LOW", "NORMAL", "HIGH", "URGENT")
            ],
            "pausing_reasons": ["PENDING_REASON_CUSTOMER"],
        },
    )
    susan.post(f"/service/v1/sla_policies/{policy['id']}:activate")
