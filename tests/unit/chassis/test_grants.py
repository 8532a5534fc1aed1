"""Grants: which permission a pattern covers, and that the widest visibility counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.grants import Grants, Visibility, matches, parse

NAMES = st.sampled_from(["sales", "marketing", "leads", "quotes", "read", "win"])


@pytest.mark.parametrize(
    ("pattern", "permission", "covered"),
    [
        ("marketing.leads.read", "marketing.leads.read", True),
        ("marketing.leads.read", "marketing.leads.update", False),
        ("marketing.leads.*", "marketing.leads.update", True),
        ("marketing.*", "marketing.leads.update", True),
        ("*", "marketing.leads.update", True),
        ("*.*.read", "marketing.leads.read", True),
        ("*.*.read", "marketing.leads.update", False),
        ("*.leads.*", "marketing.leads.update", True),
        ("marketing.*", "marketing", False),
        ("marketing.lead", "marketing.leads.update", False),
        ("market", "marketing.leads.update", False),
    ],
)
def test_a_pattern_covers_whole_parts(pattern: str, permission: str, covered: bool) -> None:
    assert matches(pattern, permission) is covered


def test_the_widest_matching_grant_counts() -> None:
    grants = Grants(("sales.*@own", "sales.quotes.*@team", "sales.quotes.read@region"))
    assert grants.visibility_for("sales.orders.read") is Visibility.OWN
    assert grants.visibility_for("sales.quotes.send") is Visibility.TEAM
    assert grants.visibility_for("sales.quotes.read") is Visibility.REGION


def test_what_no_grant_matches_is_not_granted() -> None:
    assert Grants(("sales.*@all",)).visibility_for("service.cases.read") is None
    assert Grants(()).visibility_for("service.cases.read") is None


def test_visibilities_are_ordered_from_narrow_to_wide() -> None:
    slugs = [visibility.slug for visibility in sorted(Visibility)]
    assert slugs == ["own", "partner", "customer", "team", "business_unit", "region", "all"]


@pytest.mark.parametrize(
    "grant",
    [
        "",
        "sales.*",
        "sales.*@",
        "sales.*@ALL",
        "sales.*@world",
        "@all",
        "sales..read@all",
        "a.b.c.d@all",
    ],
)
def test_a_malformed_grant_is_refused(grant: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        parse(grant)


@given(st.lists(st.tuples(NAMES, NAMES, NAMES, st.sampled_from(list(Visibility))), max_size=8))
def test_more_grants_never_narrow_what_is_visible(
    grants: list[tuple[str, str, str, Visibility]],
) -> None:
    written = tuple(f"{a}.{b}.{c}@{v.slug}" for a, b, c, v in grants)
    for a, b, c, visibility in grants:
        reached = Grants(written).visibility_for(f"{a}.{b}.{c}")
        assert reached is not None
        assert reached >= visibility
