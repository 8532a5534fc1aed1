"""Develop 发展: the customer is visited and sold more; revenue goes back to the campaigns (SAL-9, SAL-13, MKT-8)."""

from __future__ import annotations

from tests.journeys.level0.people import until
from tests.journeys.level0.story import Story, euros, money

STAGE = "develop"


def play(story: Story) -> None:
    """Visit the customer, open an up-sell, and reconcile what campaigns cost and brought."""
    sam, order = story.company.sam, story.facts["order"]
    meeting = sam.post(
        "/sales/v1/activities",
        {
            "kind": "ACTIVITY_KIND_MEETING",
            "title": "How do the servers do?",
            "subject_id": order["account_id"],
            "start_time": "2026-12-01T09:00:00Z",
            "end_time": "2026-12-01T10:00:00Z",
            "time_zone": "Europe/Berlin",
        },
    )
    done = sam.post(f"/sales/v1/activities/{meeting['id']}:complete")
    more = {
        "name": f"More servers {story.run}",
        "account_id": order["account_id"],
        "amount": money(900_000),
        "product_line": "servers",
    }
    upsell = sam.post("/sales/v1/opportunities", more)
    story.tell(
        STAGE,
        "sam",
        "visits the customer and opens an up-sell",
        euros(upsell["amount"]["amount_minor"]),
    )
    story.check("the visit is done", done["state"], "ACTIVITY_STATE_DONE")
    _reconcile(story)


def _reconcile(story: Story) -> None:
    mei, fair, mailing = story.company.mei, story.facts["fair"], story.facts["mailing"]
    won = story.facts["won"]
    revenue = sum(int(each["amount"]["amount_minor"]) for each in won)
    touched = sum(int(each["amount"]["amount_minor"]) for each in won[:2])
    until(
        lambda: (
            int(mei.get(f"/marketing/v1/campaigns/{fair}/results")["first_touch_wins"]) == len(won)
        )
    )
    first = mei.get(f"/marketing/v1/campaigns/{fair}/results")
    last = mei.get(f"/marketing/v1/campaigns/{mailing}/results")
    story.tell(
        STAGE,
        "mei",
        "won revenue by first touch: the fair",
        euros(first["first_touch_revenue"]["amount_minor"]),
    )
    story.tell(
        STAGE,
        "mei",
        "won revenue by last touch: the mailing",
        euros(last["last_touch_revenue"]["amount_minor"]),
    )
    story.tell(
        STAGE, "mei", "cost per lead of the fair", euros(first["cost_per_lead"]["amount_minor"])
    )
    story.check(
        "campaign → lead → opportunity → revenue",
        int(first["first_touch_revenue"]["amount_minor"]),
        revenue,
    )
    story.check(
        "the last touch gets its part", int(last["last_touch_revenue"]["amount_minor"]), touched
    )
    story.check(
        "first and last touch credit the same revenue",
        int(first["last_touch_revenue"]["amount_minor"])
        + int(last["last_touch_revenue"]["amount_minor"]),
        revenue,
    )
    story.check(
        "leads of the fair are those imported", int(first["leads"]), len(story.facts["leads"])
    )
    story.check(
        "converted leads are those converted",
        int(first["leads_converted"]),
        len(story.facts["conversions"]),
    )
    entries = list(mei.all(f"/marketing/v1/campaigns/{fair}/budget_entries", "budget_entries"))
    actual = [
        int(e["amount"]["amount_minor"]) for e in entries if e["kind"] == "BUDGET_ENTRY_KIND_ACTUAL"
    ]
    story.check(
        "the budget's actual cost is the sum of its lines",
        int(first["actual_cost"]["amount_minor"]),
        sum(actual),
    )
