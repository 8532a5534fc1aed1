"""Decisions as people read them: findings in their language, without what is not theirs to see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from meridian.partners.v1 import deal_pb2

from chassis.call import Call
from chassis.grants import Visibility
from chassis.ids import region_of
from chassis.messages import Catalogue
from chassis.records.encoding import to_proto


def explained(row: sa.Row[Any], call: Call, folder: Path) -> deal_pb2.DealDecision:
    """A stored decision with each finding explained from the messages.toml in this folder.

    Partner users are not told which deal or opportunity of others is in the way.
    """
    texts = Catalogue(folder)
    decision = to_proto(row, deal_pb2.DealDecision)
    for finding, stored in zip(decision.findings, row.findings, strict=True):
        found = "CONFLICT" if finding.conflict else "CLEAR"
        reason = f"FINDING_{stored['rule'].upper()}_{found}"
        facts = {
            "identifier": finding.identifier,
            "region": region_of(finding.conflicting_id),
        }
        finding.explanation = texts.text(reason, facts, call.language)
        if call.visibility is Visibility.PARTNER:
            finding.conflicting_id = ""
    return decision
