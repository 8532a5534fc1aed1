"""A list shows the records of several regions in its order, and names the regions it lacks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.gateway.conftest import Client
from tests.component.regions.region import RunningRegion

ACCOUNTS = "/sales/v1/accounts"
NAMES = {"na": ["Alder", "Cedar", "Elm", "Fir"], "emea": ["Beech", "Dogwood", "Gum"]}


@pytest.fixture
def planner(na: RunningRegion, emea: RunningRegion) -> Client:
    """Somebody of na who may see accounts everywhere; each region has some."""
    for region in (na, emea):
        local = region.person("sales.*@region")
        for name in NAMES[region.name]:
            assert local("POST", ACCOUNTS, json={"name": name}).status_code == 200
    return na.person("sales.accounts.*@all")


def listed(client: Client, **query: Any) -> dict[str, Any]:
    answer = client("GET", ACCOUNTS, params={"regions": "all", "order_by": "name"} | query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def paged(client: Client, **query: Any) -> list[list[str]]:
    """The names on each page."""
    pages, token = [], ""
    while True:
        page = listed(client, page_token=token, **query)
        pages.append([account["name"] for account in page["accounts"]])
        token = page["next_page_token"]
        if not token:
            return pages


def states(page: dict[str, Any]) -> dict[str, str]:
    return {each["region"]: each["state"] for each in page["regions"]}


def test_one_page_holds_both_regions_in_order(planner: Client) -> None:
    page = listed(planner)

    names = [account["name"] for account in page["accounts"]]
    assert names == sorted(NAMES["na"] + NAMES["emea"])
    assert states(page) == {"emea": "answered", "na": "answered"}
    assert page["next_page_token"] == ""


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_go_on_where_they_ended_in_each_region(planner: Client, size: int) -> None:
    up = paged(planner, page_size=size)
    down = paged(planner, page_size=size, order_by="name desc")

    everything = sorted(NAMES["na"] + NAMES["emea"])
    assert [name for page in up for name in page] == everything
    assert [name for page in down for name in page] == everything[::-1]
    assert all(len(page) <= size for page in up + down)


def test_what_is_added_meanwhile_repeats_nothing(
    planner: Client, na: RunningRegion, emea: RunningRegion
) -> None:
    """Both regions stand on each page, and what is new belongs before the first."""
    first = listed(planner, page_size=3, order_by="name desc")
    for region in (na, emea):
        local = region.person("sales.*@region")
        local("POST", ACCOUNTS, json={"name": f"New in {region.name}"})

    names = [account["name"] for account in first["accounts"]]
    rest = first
    while rest["next_page_token"]:
        token = rest["next_page_token"]
        rest = listed(planner, page_size=3, order_by="name desc", page_token=token)
        names += [account["name"] for account in rest["accounts"]]

    assert names == sorted(NAMES["na"] + NAMES["emea"], reverse=True)


def test_a_filter_holds_in_every_region(planner: Client) -> None:
    page = listed(planner, filter='name = "Dogwood" OR name = "Elm"')

    assert [account["name"] for account in page["accounts"]] == ["Dogwood", "Elm"]


def test_one_region_can_be_named(planner: Client) -> None:
    page = listed(planner, regions="emea")

    assert [account["name"] for account in page["accounts"]] == NAMES["emea"]
    assert states(page) == {"emea": "answered"}


def test_the_newest_come_first_unless_told_otherwise(planner: Client) -> None:
    page = listed(planner, order_by="", page_size=3)

    assert [account["name"] for account in page["accounts"]] == ["Gum", "Dogwood", "Beech"]


def test_a_region_out_of_reach_is_named_and_left_out(planner: Client, emea: RunningRegion) -> None:
    first = listed(planner, page_size=2)
    emea.stop_gateway()

    second = listed(planner, page_size=2, page_token=first["next_page_token"])

    assert [account["name"] for account in second["accounts"]] == ["Cedar", "Elm"]
    told = next(each for each in second["regions"] if each["region"] == "emea")
    assert (told["state"], told["reason"]) == ("unreachable", "REGION_UNREACHABLE")

    emea.start_gateway()
    third = listed(planner, page_size=2, page_token=second["next_page_token"])
    assert [account["name"] for account in third["accounts"]] == ["Fir"]
    assert states(third) == {"emea": "left_out", "na": "answered"}
    assert third["next_page_token"] == ""


def test_a_region_that_refuses_is_named_with_its_reason(planner: Client, na: RunningRegion) -> None:
    page = listed(na.person("sales.accounts.read@region"))

    assert [account["name"] for account in page["accounts"]] == NAMES["na"]
    told = next(each for each in page["regions"] if each["region"] == "emea")
    assert (told["state"], told["reason"]) == ("refused", "GRANT_ENDS_AT_BORDER")
    assert "ends with your region na" in told["detail"]


def test_nobody_answering_is_an_error(planner: Client, na: RunningRegion) -> None:
    alone = na.person("sales.accounts.read@region")

    refused = alone("GET", ACCOUNTS, params={"regions": "emea"})

    assert (refused.status_code, refused.json()["reason"]) == (403, "NO_REGION_ANSWERED")
    assert refused.json()["params"] == {"regions": "emea: GRANT_ENDS_AT_BORDER"}


def test_what_this_region_refuses_is_refused(planner: Client, na: RunningRegion) -> None:
    stranger = na.person("sales.contacts.read@all")

    refused = stranger("GET", ACCOUNTS, params={"regions": "all"})

    assert (refused.status_code, refused.json()["reason"]) == (403, "PERMISSION_MISSING")


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ({"regions": "mars"}, "regions", "REGION_UNKNOWN"),
        ({"order_by": "owner"}, "order_by", "ORDER_NOT_ACROSS_REGIONS"),
        ({"page_token": "bm8"}, "page_token", "PAGE_TOKEN_INVALID"),
        ({"page_size": "many"}, "page_size", "WRONG_TYPE"),
        ({"page_size": "-1"}, "page_size", "OUT_OF_RANGE"),
        ({"page_size": "201"}, "page_size", "OUT_OF_RANGE"),
        ({"filter": "colour = red"}, "filter", "FILTER_FIELD_UNKNOWN"),
        ({"regions": "emea", "filter": "colour = red"}, "filter", "FILTER_FIELD_UNKNOWN"),
        ({"regions": "emea", "colour": "red"}, "colour", "UNKNOWN_PARAMETER"),
        ({"regions": ""}, "regions", "REGION_UNKNOWN"),
        ({"regions": ["emea", "na"]}, "regions", "FIELD_TWICE"),
        ({"page_size": ["1", "2"]}, "page_size", "FIELD_TWICE"),
    ],
)
def test_what_cannot_be_understood_is_told(
    planner: Client, query: dict[str, str | list[str]], field: str, reason: str
) -> None:
    answer = planner("GET", ACCOUNTS, params={"regions": "all"} | query)

    assert answer.status_code == 400
    assert [(each["field"], each["reason"]) for each in answer.json()["errors"]] == [
        (field, reason)
    ]


def test_what_a_list_takes_beside_its_own_parameters_is_told(planner: Client) -> None:
    refused = planner("GET", ACCOUNTS, params={"region": "emea"}).json()["errors"][0]
    assert refused["message"].endswith("page_size, page_token, filter, order_by, regions.")

    account = f"{ACCOUNTS}/{listed(planner)['accounts'][0]['id']}"
    refused = planner("GET", account, params={"regions": "all"}).json()["errors"][0]
    assert refused["message"].endswith("Those that there are: –.")


def test_it_can_be_ordered_by_what_the_answer_names(planner: Client) -> None:
    answer = planner("GET", ACCOUNTS, params={"regions": "all", "order_by": "owner"}).json()

    named = answer["params"]["allowed"].split(", ")
    assert {"name", "create_time"} <= set(named)
    assert not {"etag", "extensions"} & set(named)


def test_a_region_that_is_named_twice_is_asked_once(planner: Client) -> None:
    assert states(listed(planner, regions="emea, emea")) == {"emea": "answered"}
    assert states(listed(planner, regions="emea,all")) == {"emea": "answered", "na": "answered"}


def test_a_token_is_good_for_its_own_list_alone(planner: Client) -> None:
    token = listed(planner, page_size=2)["next_page_token"]

    for other in ({"order_by": "name desc"}, {"regions": "na,emea", "filter": 'name = "Elm"'}):
        query = {"regions": "all", "order_by": "name", "page_token": token} | other
        assert planner("GET", ACCOUNTS, params=query).status_code == 400


def test_a_list_below_a_record_is_where_the_record_is(planner: Client) -> None:
    account = listed(planner)["accounts"][1]
    path = f"{ACCOUNTS}/{account['id']}/duplicates"

    assert planner("GET", path).headers["Meridian-Region"] == "emea"
    assert planner("GET", path, params={"regions": "all"}).status_code == 400


def test_accounts_of_people_and_programs_are_not_listed_across(na: RunningRegion) -> None:
    everything = na.person("*@all")

    answer = everything("GET", "/directory/v1/api_keys", params={"regions": "all"})

    assert (answer.status_code, answer.json()["reason"]) == (403, "FORWARDING_FORBIDDEN")
