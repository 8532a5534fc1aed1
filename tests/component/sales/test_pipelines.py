"""Pipelines through real gRPC on a real PostgreSQL (SAL-2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from meridian.sales.v1 import pipeline_pb2
from meridian.sales.v1.pipeline_service_pb2 import (
    CreatePipelineRequest,
    GetPipelineRequest,
    ListPipelinesRequest,
    RetirePipelineRequest,
    SetDefaultPipelineRequest,
    UpdatePipelineRequest,
)

from chassis.errors import Aborted, Denied, Invalid, Refused
from tests.component.sales.people import PIPELINES, account, every, opportunity, refusal_of
from tests.running import Caller, RunningService

STANDARD = "pipeline_global_standard"
FIRST = {
    "key": "meet",
    "name": "首次会面",
    "global_stage": "GLOBAL_STAGE_SELECT",
    "activity": "select.identify_customer",
    "probability_percent": 30,
    "rotting_days": 7,
    "exit_criteria": [{"key": "met", "text": "We have met"}],
}
SECOND = FIRST | {"key": "sign", "name": "签约", "exit_criteria": []}


def pipeline(caller: Caller, **fields: Any) -> pipeline_pb2.Pipeline:
    values = {"name": "Short", "stages": [FIRST, SECOND]} | fields
    created: pipeline_pb2.Pipeline = caller.call(PIPELINES).CreatePipeline(
        CreatePipelineRequest(pipeline=values)
    )
    return created


def names(caller: Caller, **query: Any) -> list[str]:
    ask = caller.call(PIPELINES).ListPipelines
    return [each.name for each in every(ask, ListPipelinesRequest, **query)]


def test_a_region_begins_with_the_standard_pipeline(anna: Caller) -> None:
    standard = anna.call(PIPELINES).GetPipeline(GetPipelineRequest(id=STANDARD))

    assert standard.is_default
    assert [stage.key for stage in standard.stages] == [
        "identify",
        "understand",
        "validate",
        "propose",
        "close",
    ]
    assert {stage.global_stage for stage in standard.stages} == {pipeline_pb2.GLOBAL_STAGE_SELECT}


def test_a_pipeline_is_added_and_read(anna: Caller) -> None:
    short = pipeline(anna)

    assert short.id.startswith("pipeline_na_")
    assert short.stages[0].exit_criteria[0].text == "We have met"
    assert short.is_default is False
    assert anna.call(PIPELINES).GetPipeline(GetPipelineRequest(id=short.id)) == short
    assert names(anna) == ["Short", "Standard"]
    assert names(anna, filter="is_default = true") == ["Standard"]


@pytest.mark.parametrize(
    ("stages", "field", "reason"),
    [
        ([], "pipeline.stages", "REPEATED_MIN_ITEMS"),
        ([FIRST, FIRST], "pipeline.stages[1].key", "KEY_REPEATED"),
        ([FIRST | {"key": "Meet!"}], "pipeline.stages[0].key", "STRING_PATTERN"),
        (
            [FIRST | {"exit_criteria": [{"key": "k", "text": "t", "field": "owner_id"}]}],
            "pipeline.stages[0].exit_criteria[0].field",
            "FIELD_NOT_CHECKABLE",
        ),
    ],
)
def test_a_wrong_stage_is_named(
    sales: RunningService, anna: Caller, stages: list[dict[str, Any]], field: str, reason: str
) -> None:
    refusal = refusal_of(lambda: pipeline(anna, stages=stages))

    assert isinstance(refusal, Invalid)
    assert (refusal.violations[0].field, refusal.violations[0].reason) == (field, reason)
    assert len(sales.table("pipelines")) == 1


def test_an_occupied_stage_is_not_taken_out(anna: Caller) -> None:
    short = pipeline(anna)
    opportunity(anna, account(anna).id, pipeline_id=short.id)
    request = UpdatePipelineRequest(pipeline={"id": short.id, "stages": [SECOND]})

    refusal = refusal_of(lambda: anna.call(PIPELINES).UpdatePipeline(request))

    assert (type(refusal), refusal.params) == (Refused, {"stages": "meet"})
    assert anna.call(PIPELINES).GetPipeline(GetPipelineRequest(id=short.id)) == short


def test_a_stale_change_is_refused(anna: Caller) -> None:
    short = pipeline(anna)
    ask = anna.call(PIPELINES)
    fresh = UpdatePipelineRequest(pipeline={"id": short.id, "name": "Quick", "etag": short.etag})

    assert ask.UpdatePipeline(fresh).etag == "2"
    assert isinstance(refusal_of(lambda: ask.UpdatePipeline(fresh)), Aborted)


def test_exactly_one_pipeline_is_the_default_whoever_races(
    sales: RunningService, anna: Caller
) -> None:
    ids = [pipeline(anna, name=f"P{number}").id for number in range(4)]

    with ThreadPoolExecutor(4) as pool:
        requests = [SetDefaultPipelineRequest(id=each) for each in ids]
        list(pool.map(anna.call(PIPELINES).SetDefaultPipeline, requests))

    defaults = [row["id"] for row in sales.table("pipelines") if row["is_default"]]
    assert len(defaults) == 1
    assert defaults[0] in ids
    assert opportunity(anna, account(anna).id).pipeline_id == defaults[0]


def test_a_retired_pipeline_lets_nothing_in(anna: Caller) -> None:
    short = pipeline(anna)
    ask = anna.call(PIPELINES)
    acme = account(anna)

    assert (
        refusal_of(lambda: ask.RetirePipeline(RetirePipelineRequest(id=STANDARD))).reason
        == "PIPELINE_IS_DEFAULT"
    )
    retired = ask.RetirePipeline(RetirePipelineRequest(id=short.id))
    refusal = refusal_of(lambda: opportunity(anna, acme.id, pipeline_id=short.id))

    assert retired.state == pipeline_pb2.PIPELINE_STATE_RETIRED
    assert (type(refusal), refusal.reason) == (Refused, "PIPELINE_RETIRED")


def test_reading_does_not_allow_changing(sales: RunningService) -> None:
    reader = sales.caller("user_rita", "sales.pipelines.read@own")

    assert names(reader) == ["Standard"]
    assert isinstance(refusal_of(lambda: pipeline(reader)), Denied)
