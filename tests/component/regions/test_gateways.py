"""What a gateway sends on to another, how often, and what it makes of the answer."""

from __future__ import annotations

import pytest

from tests.component.regions.conftest import Pair
from tests.component.regions.pair import BORN_IN_EMEA, BORN_IN_NA, TAIL, side

THINGS = "/trial/v1/things"


def test_a_request_goes_on_with_all_that_belongs_to_it(pair: Pair) -> None:
    pair.emea.keep(BORN_IN_EMEA)
    headers = {
        "Idempotency-Key": "paint-1",
        "Accept-Language": "zh",
        "X-Request-Timeout": "7",
        "Connection": "close, X-Strange",
        "X-Strange": "1",
    }

    answer = pair.na.client(
        "POST", f"{THINGS}/{BORN_IN_EMEA}:paint", json={"colour": "COLOUR_RED"}, headers=headers
    )

    sent = pair.emea.service.metadata
    assert (answer.status_code, answer.json()["colour"]) == (200, "COLOUR_RED")
    assert sent["authorization"] == "Bearer some-token"
    assert (sent["idempotency-key"], sent["accept-language"]) == ("paint-1", "zh")
    assert 6 < pair.emea.service.time_remaining <= 7
    assert answer.headers["X-Trace-Id"] in sent["traceparent"]
    assert pair.na.service.requests == []


def test_an_api_key_stays_here_and_its_token_goes(pair: Pair) -> None:
    pair.emea.keep(BORN_IN_EMEA)

    answer = pair.na.client(
        "GET",
        f"{THINGS}/{BORN_IN_EMEA}",
        headers={"Authorization": None, "X-API-Key": "secret"},
    )

    assert answer.status_code == 200
    assert pair.emea.service.metadata["authorization"] == "Bearer token-1-of-secret"


def test_a_token_of_an_api_key_that_the_other_region_refuses_is_renewed(pair: Pair) -> None:
    pair.emea.keep(BORN_IN_EMEA)
    pair.emea.service.outdated.add("Bearer token-1-of-secret")

    answer = pair.na.client(
        "GET",
        f"{THINGS}/{BORN_IN_EMEA}",
        headers={"Authorization": None, "X-API-Key": "secret"},
    )

    assert answer.status_code == 200
    assert pair.emea.service.metadata["authorization"] == "Bearer token-2-of-secret"


def test_two_gateways_that_believe_each_other_home_do_not_go_round(pair: Pair) -> None:
    pair.na.placements[BORN_IN_NA] = "emea"
    pair.emea.placements[BORN_IN_NA] = "na"

    answer = pair.na.client("GET", f"{THINGS}/{BORN_IN_NA}")

    assert (answer.status_code, answer.json()["reason"]) == (421, "FORWARDED_ALREADY")
    assert answer.headers["Meridian-Region"] == "emea"
    assert len(pair.na.service.requests) == len(pair.emea.service.requests) == 1


def test_what_was_wrong_about_a_place_is_not_believed_again(pair: Pair) -> None:
    pair.na.placements[BORN_IN_NA] = "emea"
    pair.emea.placements[BORN_IN_NA] = "na"
    assert pair.na.client("GET", f"{THINGS}/{BORN_IN_NA}").status_code == 421

    pair.na.placements.clear()

    assert pair.na.client("GET", f"{THINGS}/{BORN_IN_NA}").status_code == 404


def test_a_record_that_moved_is_found_under_its_old_id(pair: Pair) -> None:
    pair.emea.keep(BORN_IN_NA, name="moved")
    pair.emea.keep(BORN_IN_EMEA, name="stayed")
    pair.na.placements[BORN_IN_NA] = pair.emea.placements[BORN_IN_NA] = "emea"

    for client in (pair.na.client, pair.emea.client):
        found = client("GET", f"{THINGS}/{BORN_IN_NA}")
        assert (found.status_code, found.json()["name"]) == (200, "moved")
        assert found.headers["Meridian-Region"] == "emea"


def test_a_record_that_moved_back_is_found_by_who_remembers_it_here(pair: Pair) -> None:
    pair.emea.keep(BORN_IN_NA)
    pair.na.placements[BORN_IN_NA] = pair.emea.placements[BORN_IN_NA] = "emea"
    assert pair.emea.client("GET", f"{THINGS}/{BORN_IN_NA}").status_code == 200

    del pair.emea.service.things[BORN_IN_NA]
    pair.na.keep(BORN_IN_NA, name="back")
    pair.na.placements[BORN_IN_NA] = pair.emea.placements[BORN_IN_NA] = "na"

    found = pair.emea.client("GET", f"{THINGS}/{BORN_IN_NA}")
    assert (found.status_code, found.headers["Meridian-Region"]) == (200, "na")


def test_what_hangs_below_a_record_that_moved_is_looked_for_there(pair: Pair) -> None:
    pair.emea.keep(BORN_IN_NA, parts=[{"label": "wheel"}])
    pair.na.placements[BORN_IN_NA] = "emea"
    # As a service would have it, whose list of parts is just empty.
    pair.na.keep(BORN_IN_NA)

    parts = pair.na.client("GET", f"{THINGS}/{BORN_IN_NA}/parts").json()["parts"]

    assert [part["label"] for part in parts] == ["wheel"]


def test_the_new_home_answers_although_its_directory_is_away(pair: Pair) -> None:
    pair.emea.keep(BORN_IN_NA, name="moved")
    pair.na.placements[BORN_IN_NA] = "emea"
    pair.emea.directory_is_away = True

    for client in (pair.na.client, pair.emea.client):
        found = client("GET", f"{THINGS}/{BORN_IN_NA}")
        assert (found.status_code, found.json()["name"]) == (200, "moved")


def test_a_place_that_two_regions_deny_is_not_passed_round_below_it_either(pair: Pair) -> None:
    pair.na.placements[BORN_IN_NA] = "emea"
    pair.emea.placements[BORN_IN_NA] = "na"

    answer = pair.na.client("GET", f"{THINGS}/{BORN_IN_NA}/parts")

    assert (answer.status_code, answer.json()["reason"]) == (421, "FORWARDED_ALREADY")
    assert pair.na.service.requests == pair.emea.service.requests == []


def test_known_ids_are_found_while_directory_is_away(pair: Pair) -> None:
    pair.emea.keep(BORN_IN_EMEA, name="born there")
    pair.emea.keep(BORN_IN_NA, name="moved there")
    pair.na.placements[BORN_IN_NA] = "emea"
    assert pair.na.client("GET", f"{THINGS}/{BORN_IN_NA}").status_code == 200

    pair.na.directory_is_away = pair.emea.directory_is_away = True

    assert pair.na.client("GET", f"{THINGS}/{BORN_IN_EMEA}").json()["name"] == "born there"
    assert pair.na.client("GET", f"{THINGS}/{BORN_IN_NA}").json()["name"] == "moved there"


def test_what_only_the_hub_writes_is_sent_there_once(pair: Pair) -> None:
    pair.emea.service.writes_elsewhere = True

    answer = pair.emea.client("POST", THINGS, json={"name": "for all"})

    assert (answer.status_code, answer.headers["Meridian-Region"]) == (200, "na")
    assert [each.thing.name for each in pair.na.service.requests] == ["for all"]


def test_a_hub_that_does_not_write_either_is_not_asked_twice(pair: Pair) -> None:
    pair.emea.service.writes_elsewhere = pair.na.service.writes_elsewhere = True

    answer = pair.emea.client("POST", THINGS, json={"name": "for all"})

    assert (answer.status_code, answer.json()["reason"]) == (409, "WRITTEN_IN_HUB")
    assert len(pair.na.service.requests) == 1


def test_a_hub_out_of_reach_is_named() -> None:
    with side("na") as na, side("emea") as emea, emea.serving(na.peer()) as client:
        emea.service.writes_elsewhere = True

        answer = client("POST", THINGS, json={"name": "for all"})

        assert (answer.status_code, answer.json()["reason"]) == (503, "HUB_UNREACHABLE")
        assert (answer.json()["params"], answer.headers["Retry-After"]) == ({"region": "na"}, "1")


def test_a_region_out_of_reach_is_named_in_the_clients_language() -> None:
    with side("na") as na, side("emea") as emea, na.serving(emea.peer()) as client:
        na.keep(BORN_IN_NA)

        answer = client("GET", f"{THINGS}/{BORN_IN_EMEA}", headers={"Accept-Language": "zh-CN"})

        assert (answer.status_code, answer.json()["reason"]) == (503, "REGION_UNREACHABLE")
        assert "区域 emea" in answer.json()["detail"]
        assert answer.headers["Retry-After"] == "1"
        assert client("GET", f"{THINGS}/{BORN_IN_NA}").status_code == 200


def test_an_unknown_region_is_no_reason_to_go_anywhere(pair: Pair) -> None:
    assert pair.na.client("GET", f"{THINGS}/thing_mars_{TAIL}").status_code == 404
    assert pair.emea.service.requests == []


def test_what_is_new_is_made_here_whatever_it_refers_to(pair: Pair) -> None:
    made = pair.na.client("POST", THINGS, json={"name": f"like {BORN_IN_EMEA}"})

    assert (made.status_code, made.headers["Meridian-Region"]) == (200, "na")
    assert pair.emea.service.requests == []


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
def test_a_file_comes_through(pair: Pair, verb: str) -> None:
    for _ in range(10):
        picture = pair.na.client(verb, f"{THINGS}/{BORN_IN_EMEA}/picture")

        assert picture.status_code == 200
        assert picture.headers["Content-Type"] == "image/png"
        assert picture.headers["Content-Disposition"] == "attachment"
        expected = b"\x89PNG" + BORN_IN_EMEA.encode() if verb == "GET" else b""
        assert picture.content == expected


def test_a_body_that_is_too_large_does_not_leave() -> None:
    with (
        side("na") as na,
        side("emea") as emea,
        emea.serving(na.peer()),
        na.serving(emea.peer(), body_bytes=100) as client,
    ):
        answer = client("PATCH", f"{THINGS}/{BORN_IN_EMEA}", json={"name": "x" * 100})

        assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")
        assert emea.service.requests == []


def test_the_limit_of_a_client_holds_for_what_goes_on() -> None:
    with (
        side("na") as na,
        side("emea") as emea,
        emea.serving(na.peer()),
        na.serving(emea.peer()) as client,
    ):
        emea.keep(BORN_IN_EMEA)
        answer = client("GET", f"{THINGS}/{BORN_IN_EMEA}")

        assert answer.headers["RateLimit"].startswith('"client";r=')


def test_who_claims_to_be_a_gateway_only_keeps_the_request_here(pair: Pair) -> None:
    answer = pair.na.client(
        "GET", f"{THINGS}/{BORN_IN_EMEA}", headers={"Meridian-Forwarded": "anything"}
    )

    assert (answer.status_code, answer.json()["reason"]) == (421, "FORWARDED_ALREADY")
    assert pair.emea.service.requests == []
