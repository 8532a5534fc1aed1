"""The pipeline that a new region starts with: the Level-1 activities of "select", in order.

A region changes it, or adds others, through PipelineService. Only the
migration that makes the table reads this.
"""

from __future__ import annotations

from services.sales.pipelines.domain import ExitCriterion, GlobalStage, Stage

ID = "pipeline_global_standard"
NAME = "Standard"

STAGES = (
    Stage(
        key="identify",
        name="Identify the customer",
        global_stage=GlobalStage.SELECT,
        activity="select.identify_customer",
        probability_percent=10,
        rotting_days=14,
    ),
    Stage(
        key="understand",
        name="Understand the needs",
        global_stage=GlobalStage.SELECT,
        activity="select.understand_needs",
        probability_percent=20,
        rotting_days=21,
        exit_criteria=(
            ExitCriterion("need_confirmed", "The customer has confirmed the need in writing"),
        ),
    ),
    Stage(
        key="validate",
        name="Validate the opportunity",
        global_stage=GlobalStage.SELECT,
        activity="select.validate_opportunity",
        probability_percent=40,
        rotting_days=21,
        exit_criteria=(
            ExitCriterion("amount_known", "The amount is known", field="amount"),
            ExitCriterion("date_known", "The date is known", field="expected_close_date"),
        ),
    ),
    Stage(
        key="propose",
        name="Develop the solution",
        global_stage=GlobalStage.SELECT,
        activity="select.develop_solution",
        probability_percent=60,
        rotting_days=30,
        exit_criteria=(ExitCriterion("proposal_sent", "The customer has our proposal"),),
    ),
    Stage(
        key="close",
        name="Close",
        global_stage=GlobalStage.SELECT,
        activity="select.close_deal",
        probability_percent=80,
        rotting_days=30,
    ),
)
