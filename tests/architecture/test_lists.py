"""Every list says in its contract how long a page can be, so that the edge refuses a longer one."""

from __future__ import annotations

import re

import pytest
from google.protobuf.descriptor import FieldDescriptor

from chassis.listing import LONGEST_PAGE
from gateway import span
from gateway.contract import installed
from gateway.routing import routes
from gateway.rules import rules_of

CONTRACT = installed()
SIZES = [
    route.request_fields["page_size"]
    for route in routes(CONTRACT)
    if "page_size" in route.request_fields
]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.full_name)
def test_the_size_of_a_page_has_its_bounds(size: FieldDescriptor) -> None:
    bounds = rules_of(size).int32
    told = re.search(r"up to (\d+)", CONTRACT.comments[size.full_name])
    assert told
    assert (bounds.gte, bounds.lte) == (0, int(told[1]))
    if "page_token" in size.containing_type.fields_by_name:
        assert bounds.lte == LONGEST_PAGE


def test_a_page_across_regions_is_as_long_as_any() -> None:
    assert span.LONGEST_PAGE == LONGEST_PAGE
