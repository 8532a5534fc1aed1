"""A pipeline's rules."""

from __future__ import annotations

import dataclasses

import pytest

from chassis.errors import Invalid, Refused
from services.sales.pipelines import standard
from services.sales.pipelines.domain import ExitCriterion, Pipeline, PipelineState


def pipeline() -> Pipeline:
    return Pipeline("pipeline_na_1", name=standard.NAME, stages=standard.STAGES)


def test_the_standard_pipeline_is_sound_and_its_probability_rises() -> None:
    pipeline().check()
    probabilities = [stage.probability_percent for stage in standard.STAGES]
    assert probabilities == sorted(set(probabilities))


def test_two_stages_cannot_have_one_key() -> None:
    twice = Pipeline("pipeline_na_1", stages=(standard.STAGES[0], standard.STAGES[0]))
    with pytest.raises(Invalid) as refusal:
        twice.check()
    assert refusal.value.violations[0].field == "pipeline.stages[1].key"


def test_a_criterion_demands_only_known_fields() -> None:
    criterion = ExitCriterion("k", "text", field="owner_id")
    stage = dataclasses.replace(standard.STAGES[0], exit_criteria=(criterion,))
    with pytest.raises(Invalid) as refusal:
        Pipeline("pipeline_na_1", stages=(stage,)).check()
    assert refusal.value.violations[0].field == "pipeline.stages[0].exit_criteria[0].field"


def test_an_occupied_stage_stays() -> None:
    with pytest.raises(Refused) as refusal:
        pipeline().revise({"stages": standard.STAGES[1:]}, occupied=["identify", "close"])
    assert refusal.value.params == {"stages": "identify"}


def test_between_names_what_is_left_or_passed_forward_only() -> None:
    line = pipeline()
    assert [s.key for s in line.between("identify", "validate")] == ["identify", "understand"]
    assert line.between("validate", "identify") == ()


def test_the_default_does_not_retire_and_a_retired_one_is_no_default() -> None:
    line = pipeline()
    line.make_default()
    with pytest.raises(Refused, match="PIPELINE_IS_DEFAULT"):
        line.retire()
    line.is_default = False
    line.retire()
    assert line.state is PipelineState.RETIRED
    with pytest.raises(Refused, match="PIPELINE_RETIRED"):
        line.make_default()


def test_the_checklist_holds_items_only() -> None:
    assert pipeline().checklist() == {"understand.need_confirmed", "propose.proposal_sent"}
