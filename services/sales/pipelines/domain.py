"""What is true of a pipeline: its stages in order, and what must hold to leave one (SAL-2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused


class GlobalStage(StrEnum):
    """The Level-0 process that everything hangs on."""

    SEARCH = "search"
    SELECT = "select"
    ORDER = "order"
    IMPLEMENT = "implement"
    DEVELOP = "develop"


class PipelineState(StrEnum):
    """Whether new opportunities may enter a pipeline."""

    ACTIVE = "active"
    RETIRED = "retired"


#: The fields of an opportunity that an exit criterion may demand.
CHECKABLE_FIELDS = (
    "contact_id",
    "amount",
    "expected_close_date",
    "product_line",
    "competitors",
    "team",
    "next_step",
)


@dataclass(frozen=True)
class ExitCriterion:
    """A field that must be set, or (without a field) a checklist item that must be ticked."""

    key: str
    text: str
    field: str = ""


@dataclass(frozen=True)
class Stage:
    """One step of a pipeline."""

    key: str
    name: str
    global_stage: GlobalStage
    activity: str
    probability_percent: int = 0
    rotting_days: int = 0
    exit_criteria: tuple[ExitCriterion, ...] = ()

    def item(self, criterion: ExitCriterion) -> str:
        """How a checklist item is named outside its stage."""
        return f"{self.key}.{criterion.key}"


@dataclass
class Pipeline:
    """One way of selling."""

    id: str
    name: str = ""
    stages: tuple[Stage, ...] = ()
    is_default: bool = False
    state: PipelineState = PipelineState.ACTIVE
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def check(self) -> None:
        """Errors: Invalid(KEY_REPEATED) for two stages, or criteria of a stage, with one key;
        Invalid(FIELD_NOT_CHECKABLE) for a criterion on a field that no criterion can demand."""
        _require_distinct([stage.key for stage in self.stages], "pipeline.stages")
        for position, stage in enumerate(self.stages):
            path = f"pipeline.stages[{position}].exit_criteria"
            _require_distinct([criterion.key for criterion in stage.exit_criteria], path)
            for number, criterion in enumerate(stage.exit_criteria):
                if criterion.field and criterion.field not in CHECKABLE_FIELDS:
                    raise Invalid(
                        "FIELD_NOT_CHECKABLE",
                        field=f"{path}[{number}].field",
                        allowed=", ".join(CHECKABLE_FIELDS),
                    )

    def revise(self, changes: dict[str, Any], occupied: Collection[str]) -> None:
        """Change fields by name; `occupied` are the stages at which there are opportunities.

        Errors: as check; Refused(STAGE_IN_USE) if an occupied stage would go.
        """
        for name, value in changes.items():
            setattr(self, name, value)
        self.check()
        gone = sorted(set(occupied) - {stage.key for stage in self.stages})
        if gone:
            raise Refused("STAGE_IN_USE", stages=", ".join(gone))

    def retire(self) -> None:
        """Let nothing new in. Refused(PIPELINE_RETIRED); Refused(PIPELINE_IS_DEFAULT)."""
        self.require_active()
        if self.is_default:
            raise Refused("PIPELINE_IS_DEFAULT")
        self.state = PipelineState.RETIRED

    def make_default(self) -> None:
        """Use it where none is named. Refused(PIPELINE_RETIRED)."""
        self.require_active()
        self.is_default = True

    def require_active(self) -> None:
        """Refused(PIPELINE_RETIRED) unless opportunities may enter."""
        if self.state is not PipelineState.ACTIVE:
            raise Refused("PIPELINE_RETIRED")

    @property
    def first(self) -> Stage:
        """Where an opportunity begins."""
        return self.stages[0]

    def stage(self, key: str) -> Stage:
        """The stage with this key. Invalid(STAGE_NOT_FOUND)."""
        return self.stages[self.position(key)]

    def position(self, key: str) -> int:
        """Where in the order the stage is, from 0. Invalid(STAGE_NOT_FOUND)."""
        for position, stage in enumerate(self.stages):
            if stage.key == key:
                return position
        known = ", ".join(stage.key for stage in self.stages)
        raise Invalid("STAGE_NOT_FOUND", field="stage", stage=key, allowed=known)

    def between(self, start: str, end: str) -> tuple[Stage, ...]:
        """The stages left or passed on the way from one to another; none on the way back."""
        return self.stages[self.position(start) : self.position(end)]

    def checklist(self) -> set[str]:
        """All checklist items, "<stage>.<criterion>"."""
        return {
            stage.item(criterion)
            for stage in self.stages
            for criterion in stage.exit_criteria
            if not criterion.field
        }


def _require_distinct(keys: list[str], path: str) -> None:
    for position, key in enumerate(keys):
        if key in keys[:position]:
            raise Invalid("KEY_REPEATED", field=f"{path}[{position}].key", key=key)
