"""Moves as people read them: what is in the way, in their language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from meridian.directory.v1 import customer_move_pb2

from chassis.messages import Catalogue
from chassis.records.encoding import to_proto

_PREFIX = "IN_THE_WAY_"


def explained(move: Any, language: str, folder: Path) -> customer_move_pb2.CustomerMove:
    """A move, or its row, with its failure and delays explained from the messages.toml in this folder."""
    texts = Catalogue(folder)
    shown = to_proto(move, customer_move_pb2.CustomerMove)
    obstacles: list[Any] = [part.delay for part in shown.parts if part.HasField("delay")]
    if shown.HasField("failure"):
        obstacles.append(shown.failure)
    for each in obstacles:
        known = texts.has(_PREFIX + each.reason)
        facts = {"region": shown.to_region, "name": each.reason, "subject": each.subject}
        each.explanation = texts.text(
            _PREFIX + (each.reason if known else "OTHER"), facts, language
        )
    return shown
