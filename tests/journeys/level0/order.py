"""Order 下单: priced by rules, discounted with approval, accepted by the customer, ordered (SAL-4, SAL-5, SAL-6)."""

from __future__ import annotations

from typing import Any

from tests.journeys.level0.people import Person, Refused
from tests.journeys.level0.story import Story, euros, money

STAGE = "order"
LIST_PRICE = 100_000
QUANTITY = 5


def play(story: Story) -> None:
    """Price, quote, have the discount approved, let the customer accept, order, and win the opportunity."""
    _catalogue(story)
    conversion = story.facts["conversions"][0]
    customer = story.company.invite(
        f"customer-{story.run}@customer.example",
        "Ben Okafor",
        "customer",
        account_id=conversion["account_id"],
    )
    story.facts["customer"] = customer
    quote = _quote(story, conversion)
    sam = story.company.sam
    accepted = customer.post(f"/sales/v1/quotes/{quote['id']}:accept")
    order = sam.post("/sales/v1/orders", {"quote_id": accepted["id"]})
    sam.post(f"/sales/v1/orders/{order['id']}:place")
    order = sam.post(f"/sales/v1/orders/{order['id']}:confirm")
    story.facts["order"] = order
    story.tell(
        STAGE,
        "customer",
        "accepts; the order is placed and confirmed",
        euros(order["total"]["amount_minor"]),
    )
    story.check("the order costs what the quote said", order["total"], quote["total"])
    _win(story, sam)


def _catalogue(story: Story) -> None:
    sara = story.company.sara
    product = sara.post(
        "/sales/v1/products",
        {
            "sku": f"SRV-{story.run}",
            "name": "Rack server",
            "name_zh": "机架服务器",
            "product_line": "servers",
            "unit": "piece",
            "kind": "PRODUCT_KIND_GOODS",
            "serial_tracked": True,
            "warranty_months": 36,
        },
    )
    book = sara.post("/sales/v1/price_books", {"name": f"Direct {story.run}", "currency": "EUR"})
    entries = {"entries": [{"product_id": product["id"], "list_price": money(LIST_PRICE)}]}
    sara.post(f"/sales/v1/price_books/{book['id']}/entries:upsert", entries)
    sara.post(
        "/sales/v1/price_rules",
        {
            "name": f"Five per cent {story.run}",
            "product_id": product["id"],
            "kind": "PRICE_RULE_KIND_PERCENT",
            "discount_basis_points": 500,
            "stacking": "STACKING_POLICY_STACKABLE",
        },
    )
    story.facts["product"], story.facts["book"] = product["id"], book["id"]
    question = {"product_id": product["id"], "quantity": str(QUANTITY), "price_book_id": book["id"]}
    price = story.company.sam.post("/sales/v1/prices:explain", question)
    story.tell(
        STAGE,
        "sam",
        f"asks the price of {QUANTITY}, with its explanation",
        euros(price["amount"]["amount_minor"]),
    )
    story.check(
        "the rule takes five per cent",
        int(price["unit_price"]["amount_minor"]),
        LIST_PRICE * 95 // 100,
    )


def _quote(story: Story, conversion: dict[str, str]) -> dict[str, Any]:
    sam, sara = story.company.sam, story.company.sara
    quote = sam.post(
        "/sales/v1/quotes",
        {
            "name": f"Servers {story.run}",
            "account_id": conversion["account_id"],
            "contact_id": conversion["contact_id"],
            "opportunity_id": conversion["opportunity_id"],
            "price_book_id": story.facts["book"],
            "valid_until_date": "2027-12-31",
            "discount_basis_points": 3000,
            "lines": [{"product_id": story.facts["product"], "quantity": str(QUANTITY)}],
        },
    )
    path = f"/sales/v1/quotes/{quote['id']}"
    submitted = sam.post(f"{path}:submit")
    story.check(
        "a discount over the limit waits for approval", submitted["state"], "QUOTE_STATE_SUBMITTED"
    )
    story.check("who asked cannot approve", _refusal(sam, f"{path}:approve"), 403)
    sara.post(f"{path}:approve")
    sent: dict[str, Any] = sam.post(f"{path}:send")
    story.tell(
        STAGE, "sara", "approves 30 % off; the quote is sent", euros(sent["total"]["amount_minor"])
    )
    expected = QUANTITY * LIST_PRICE * 95 // 100 * 70 // 100
    story.check("the quote's total is exact", int(sent["total"]["amount_minor"]), expected)
    return sent


def _win(story: Story, sam: Person) -> None:
    won = []
    for conversion in story.facts["conversions"][:4]:
        path = f"/sales/v1/opportunities/{conversion['opportunity_id']}"
        sam.post(f"{path}:check", {"item": "propose.proposal_sent"})
        sam.post(f"{path}:move", {"stage": "close"})
        won.append(sam.post(f"{path}:win"))
    lost = story.facts["conversions"][4]["opportunity_id"]
    sam.post(
        f"/sales/v1/opportunities/{lost}:lose", {"reason": "LOSS_REASON_PRICE", "lost_to": "Rival"}
    )
    story.facts["won"] = won
    revenue = sum(int(each["amount"]["amount_minor"]) for each in won)
    story.tell(STAGE, "sam", f"wins {len(won)} opportunities, loses one to a rival", euros(revenue))


def _refusal(person: Person, path: str) -> int:
    try:
        person.post(path)
    except Refused as refusal:
        return refusal.status
    return 200
