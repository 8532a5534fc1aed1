"""Which fields an update may change."""

from __future__ import annotations

import pytest
from meridian.service.v1.contract_pb2 import Contract

from chassis.errors import Invalid
from chassis.records.decoding import changed_paths

CONTRACT = Contract(id="con_1", number="C-1", account_id="acc_1", end_date="2027-01-31", etag="3")


def test_without_a_mask_what_is_set_and_may_change_is_changed() -> None:
    assert changed_paths(CONTRACT, []) == ["end_date"]


@pytest.mark.parametrize("path", ["number", "create_time", "id", "etag", "colour"])
def test_a_mask_names_only_what_may_change(path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        changed_paths(CONTRACT, ["end_date", path])
    assert refusal.value.params == {"path": path, "allowed": "sla_policy_id, start_date, end_date"}
