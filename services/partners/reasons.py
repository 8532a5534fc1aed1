"""Reasons that somebody gives for a decision."""

from __future__ import annotations

from enum import StrEnum

from chassis.errors import Invalid


def require_note(reason: StrEnum, note: str) -> None:
    """Invalid(NOTE_NEEDED) for the reason "other" without a note that says which."""
    if reason == "other" and not note.strip():
        raise Invalid("NOTE_NEEDED", field="note")
