"""Select 选择: leads are worked, qualified, converted, and one conversion is taken back (MKT-3, SAL-1, SAL-2)."""

from __future__ import annotations

from tests.journeys.level0.people import Person
from tests.journeys.level0.story import Story, euros, money

STAGE = "select"
CONVERTED = 10
AMOUNT = 450_000


def play(story: Story) -> None:
    """Turn leads into accounts, contacts and opportunities, and move those through their stages."""
    sam = story.company.sam
    leads = [lead for lead in story.facts["mine"] if lead["family_name"]][: CONVERTED + 1]
    conversions = [_convert(sam, lead, story.run) for lead in leads]
    undone = sam.post(f"/marketing/v1/conversions/{conversions.pop()['id']}:undo")
    after = sam.get(f"/marketing/v1/leads/{undone['lead_id']}")
    story.tell(STAGE, "sam", "leads became account, contact and opportunity", len(conversions))
    story.check(
        "a conversion taken back leaves its lead qualified", after["state"], "LEAD_STATE_QUALIFIED"
    )
    given_up = story.facts["mine"][-1]
    sam.post(
        f"/marketing/v1/leads/{given_up['id']}:disqualify",
        {"reason": "DISQUALIFY_REASON_NO_BUDGET"},
    )
    for conversion in conversions[:2]:
        touch = {"campaign_id": story.facts["mailing"], "kind": "TOUCHPOINT_KIND_EMAIL"}
        story.company.mei.post(f"/marketing/v1/leads/{conversion['lead_id']}/touchpoints", touch)
    story.facts["conversions"] = conversions
    for conversion in conversions[:5]:
        _advance(sam, conversion["opportunity_id"])
    stages = sam.get(f"/sales/v1/opportunities/{conversions[0]['opportunity_id']}")
    story.check(
        "the opportunity stands before its order", stages["global_stage"], "GLOBAL_STAGE_SELECT"
    )
    story.tell(STAGE, "sam", "opportunities taken to the proposal, each worth", euros(AMOUNT))


def _convert(sam: Person, lead: dict[str, str], run: str) -> dict[str, str]:
    path = f"/marketing/v1/leads/{lead['id']}"
    sam.post(f"{path}:work")
    sam.post(f"{path}:qualify")
    opportunity = {
        "name": f"Server for {lead['family_name']} {run}",
        "amount": money(AMOUNT),
        "product_line": "servers",
        "expected_close_date": "2027-03-31",
    }
    done: dict[str, str] = sam.post(f"{path}:convert", {"plan": {"opportunity": opportunity}})
    return done


def _advance(sam: Person, opportunity_id: str) -> None:
    path = f"/sales/v1/opportunities/{opportunity_id}"
    sam.post(f"{path}:move", {"stage": "understand"})
    sam.post(f"{path}:check", {"item": "understand.need_confirmed"})
    sam.post(f"{path}:move", {"stage": "validate"})
    sam.post(f"{path}:move", {"stage": "propose"})
