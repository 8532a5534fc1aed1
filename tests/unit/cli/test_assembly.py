"""What the processes of a region are called in its log."""

from __future__ import annotations

import pytest

from chassis.configuration import parse
from chassis.settings import SERVICES
from cli.assembly import name_in_log

_PEERS = '[{"region": "na", "gateway_url": "http://127.0.0.1:8080"}]'


@pytest.mark.parametrize(
    ("names", "alone", "among_others"),
    [
        (SERVICES, "services serve", "emea services serve"),
        (("sales",), "sales serve", "emea sales serve"),
        ((), "serve", "emea serve"),
    ],
)
def test_a_line_tells_the_region_where_there_are_several(
    names: tuple[str, ...], alone: str, among_others: str
) -> None:
    assert name_in_log(parse({"MERIDIAN_REGION": "emea"}), "serve", names) == alone
    several = parse({"MERIDIAN_REGION": "emea", "MERIDIAN_HUB": "na", "MERIDIAN_PEERS": _PEERS})
    assert name_in_log(several, "serve", names) == among_others
