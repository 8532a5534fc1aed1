"""What goes wrong during a run: planned from the seed, done when so many leads are through."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from chassis import crash_points
from chassis.settings import SERVICES
from tests.faults.region import Region

_EXTRA_KILLS = 6

#: Every kind of process, as ps calls it.
ROLES = (
    *(f"{service} serve" for service in SERVICES),
    *(f"{service} work" for service in SERVICES),
    "gateway",
    "nats-server",
    "postgres",
)


@dataclass(frozen=True)
class Act:
    """Something that happens when the given number of leads is through."""

    after: int
    name: str
    do: Callable[[Region], object]


def plan(seed: int, leads: int) -> list[Act]:
    """Kill every kind of process at least once, die at every crash point, lose the streams once.

    The order and the moments follow from the seed; all lie between 3 and 90 % of the leads.
    """
    dice = random.Random(seed)
    deeds: list[tuple[str, Callable[[Region], object]]] = [
        ("wipe the streams", Region.wipe_streams)
    ]
    deeds += [_kill(role) for role in (*ROLES, *dice.choices(ROLES, k=_EXTRA_KILLS))]
    deeds += [_fuse(point) for point in crash_points.NAMES]
    dice.shuffle(deeds)
    moments = sorted(dice.uniform(0.03, 0.90) for _ in deeds)
    return [
        Act(int(moment * leads), name, do)
        for moment, (name, do) in zip(moments, deeds, strict=True)
    ]


def _kill(role: str) -> tuple[str, Callable[[Region], object]]:
    return f"kill {role}", lambda region: region.kill(role)


def _fuse(point: str) -> tuple[str, Callable[[Region], object]]:
    return f"die at {point}", lambda region: region.lay_fuse(point)
