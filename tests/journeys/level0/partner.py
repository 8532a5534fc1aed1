"""Partners 合作伙伴: onboarding, two that race for one customer, a won deal, its commission (PRM-1, 3, 4, 7)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.journeys.level0.people import Person, Refused, until
from tests.journeys.level0.story import Story, euros, money

STAGE = "partner"
RATE_BASIS_POINTS = 750
AMOUNT = 1_234_567


def play(story: Story) -> None:
    """Two partners are taken on; both register the same customer; one wins, sells and earns."""
    partners = [_onboard(story, name) for name in ("North", "South")]
    users = [
        story.company.invite(
            f"{name}-{story.run}@partner.example",
            name.title(),
            "partner_user",
            partner_id=partner["id"],
        )
        for name, partner in zip(("nora", "silas"), partners, strict=True)
    ]
    story.tell(STAGE, "sara", "partners checked, signed and active", len(partners))
    deals = [_register(user, story.run) for user in users]
    winner = _race(story, deals)
    _referral(story, partners[0], users[0])
    _sell(story, winner, users[deals.index(winner)])


def _onboard(story: Story, name: str) -> dict[str, Any]:
    sara = story.company.sara
    partner = sara.post(
        "/partners/v1/partners",
        {
            "name": f"{name} {story.run}",
            "legal_name": f"{name} Ltd",
            "registration_number": f"{name}-{story.run}",
            "tax_id": f"{name[0]}{story.run}",
            "country": "DE",
            "contacts": [{"name": "Ada Stone", "email": "ada@partner.example"}],
        },
    )
    path = f"/partners/v1/partners/{partner['id']}"
    sara.post(f"{path}:examine")
    checks = (
        "COMPANY_REGISTER",
        "BENEFICIAL_OWNERS",
        "SANCTIONS",
        "ANTI_CORRUPTION",
        "CREDITWORTHINESS",
    )
    for check in checks:
        result = {
            "check": f"DUE_DILIGENCE_CHECK_{check}",
            "result": "DUE_DILIGENCE_RESULT_PASSED",
            "evidence": "Extract of 2026-11-22",
        }
        sara.post(f"{path}:check", result)
    terms = {
        "tier": "PARTNER_TIER_SILVER",
        "commission_rate_bp": RATE_BASIS_POINTS,
        "currency": "EUR",
    }
    sara.post(f"{path}:offerAgreement", terms)
    signed = {"agreement_reference": f"AGR-{story.run}", "agreement_date": "2026-11-20"}
    sara.post(f"{path}:signAgreement", signed)
    active: dict[str, Any] = sara.post(f"{path}:activate")
    return active


def _register(user: Person, run: str) -> dict[str, Any]:
    deal = user.post(
        "/partners/v1/deals",
        {
            "customer": {"name": f"Gamma {run} GmbH", "tax_id": f"DE{run}", "country": "DE"},
            "contact": {
                "given_name": "Uwe",
                "family_name": "Krause",
                "email": f"uwe@gamma-{run}.example",
            },
            "product_line": "storage",
            "expected_amount": money(AMOUNT),
            "expected_close_date": "2027-02-28",
        },
    )
    submitted: dict[str, Any] = user.post(f"/partners/v1/deals/{deal['id']}:submit")
    return submitted


def _race(story: Story, deals: list[dict[str, Any]]) -> dict[str, Any]:
    sara = story.company.sara
    for deal in deals:
        sara.post(f"/partners/v1/deals/{deal['id']}:review")

    def approve(deal: dict[str, Any]) -> bool:
        try:
            return bool(
                sara.post(f"/partners/v1/deals/{deal['id']}:approve")["state"]
                == "DEAL_STATE_APPROVED"
            )
        except Refused:
            return False

    with ThreadPoolExecutor(2) as pool:
        approved = list(pool.map(approve, deals))
    if not any(approved):
        approved = [approve(deal) for deal in deals]
    story.tell(
        STAGE,
        "sara",
        "approves both registrations of one customer at once",
        f"{sum(approved)} wins",
    )
    story.check("two racing approvals never both win", sum(approved), 1)
    return deals[approved.index(True)]


def _referral(story: Story, partner: dict[str, Any], user: Person) -> None:
    mei = story.company.mei
    lead = next(each for each in story.facts["leads"] if not each["owner_id"])
    referral = mei.post(
        "/partners/v1/referrals",
        {
            "lead_id": lead["id"],
            "partner_id": partner["id"],
            "summary": "Wants storage",
            "country": "AU",
        },
    )
    user.post(f"/partners/v1/referrals/{referral['id']}:accept")
    taken = until(
        lambda: (now := mei.get(f"/marketing/v1/leads/{lead['id']}"))["partner_id"] and now
    )
    story.check(
        "an accepted referral gives the lead to the partner", taken["partner_id"], partner["id"]
    )


def _sell(story: Story, deal: dict[str, Any], user: Person) -> None:
    sara = story.company.sara
    converted = sara.post(f"/partners/v1/deals/{deal['id']}:convert")
    opportunity = converted["opportunity_id"]
    path = f"/sales/v1/opportunities/{opportunity}"
    for item, stage in (
        ("", "understand"),
        ("understand.need_confirmed", "validate"),
        ("", "propose"),
        ("propose.proposal_sent", "close"),
    ):
        if item:
            sara.post(f"{path}:check", {"item": item})
        sara.post(f"{path}:move", {"stage": stage})
    sara.post(f"{path}:win")
    found = until(lambda: list(user.all("/partners/v1/commissions", "commissions")))
    expected = round(AMOUNT * RATE_BASIS_POINTS / 10_000)
    story.tell(
        STAGE,
        user.name,
        "the won deal earns a commission",
        euros(found[0]["amount"]["amount_minor"]),
    )
    story.check(
        "the commission is exact",
        [int(each["amount"]["amount_minor"]) for each in found],
        [expected],
    )
    sara.post(f"/partners/v1/commissions/{found[0]['id']}:approve")
    paid = sara.post(
        f"/partners/v1/commissions/{found[0]['id']}:pay", {"payment_reference": f"BANK-{story.run}"}
    )
    story.check("the commission is paid", paid["state"], "COMMISSION_STATE_PAID")
