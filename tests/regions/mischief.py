"""What goes wrong between regions: each link is cut many times, a region freezes, another loses its streams,
the hub starts anew, processes are killed at any moment and at every crash point. Order and moments follow from
the seed.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from chassis import crash_points
from tests.regions.company import HUB, Company

#: How often each link is cut; CUTS=3 make faults-regions for a short run.
CUTS = int(os.environ.get("CUTS") or 30)
_FROZEN_SECONDS = 8.0
_WHOLE_SECONDS = (0.3, 2.0)
_CUT_SECONDS = (0.3, 2.5)
#: Processes that are killed at any moment, beside those that die at crash points.
_KILLS = 8
#: Seconds from one deed to the next.
_PAUSE_SECONDS = (1.5, 4.0)


@dataclass(frozen=True)
class Outage:
    """When (monotonic seconds) a region itself was out of order, so that no work could go on in it."""

    region: str
    what: str
    begin: float
    end: float


@dataclass
class Diary:
    """What happened."""

    begin: float = field(default_factory=time.monotonic)
    cuts: dict[str, int] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

    def note(self, what: str) -> None:
        """Tell who looks on."""
        print(f"{time.monotonic() - self.begin:6.1f} s  {what}", flush=True)


def happen(company: Company, seed: int) -> Diary:
    """Let it all happen, and heal every link in the end."""
    diary = Diary()
    dice = random.Random(seed)
    cutters = [
        threading.Thread(target=_cut_often, args=(company, pair, dice.random(), diary))
        for pair in company.links.pairs
    ]
    for cutter in cutters:
        cutter.start()
    others = [name for name in company.regions if name != HUB]
    dice.shuffle(others)
    deeds: list[Callable[[], None]] = [
        lambda: _freeze(company, others[0], diary),
        lambda: _wipe(company, others[1], diary),
        lambda: _restart_hub(company, diary),
        *_murders(company, dice, diary),
    ]
    dice.shuffle(deeds)
    for deed in deeds:
        time.sleep(dice.uniform(*_PAUSE_SECONDS))
        deed()
    for cutter in cutters:
        cutter.join()
    diary.note("every link is whole again")
    return diary


def _cut_often(company: Company, pair: frozenset[str], seed: float, diary: Diary) -> None:
    name = "–".join(sorted(pair))
    dice = random.Random(seed)
    for number in range(1, CUTS + 1):
        time.sleep(dice.uniform(*_WHOLE_SECONDS))
        company.links.cut(pair)
        time.sleep(dice.uniform(*_CUT_SECONDS))
        company.links.heal(pair)
        diary.cuts[name] = number
        if number % 10 == 0:
            diary.note(f"{name} was cut {number} times")


def _murders(company: Company, dice: random.Random, diary: Diary) -> list[Callable[[], None]]:
    """Processes that are killed at some moment, and at each crash point the first that reaches it."""
    names = sorted(company.regions)
    killed = [(dice.choice(names), dice.randrange(2)) for _ in range(_KILLS)]
    dying = [(dice.choice(names), point) for point in crash_points.NAMES]
    return [
        *(partial(_kill, company, region, number, diary) for region, number in killed),
        *(partial(_lay_fuse, company, region, point, diary) for region, point in dying),
    ]


def _kill(company: Company, region: str, number: int, diary: Diary) -> None:
    if company.regions[region].kill_service(number):
        diary.kills[region] += 1
        diary.note(f"{region}: a process of its services is killed")


def _lay_fuse(company: Company, region: str, point: str, diary: Diary) -> None:
    company.regions[region].lay_fuse(point)
    diary.kills[f"{region} {point}"] += 1
    diary.note(f"{region}: whoever reaches {point} dies")


def _freeze(company: Company, region: str, diary: Diary) -> None:
    diary.note(f"{region} freezes")
    begin = time.monotonic()
    company.regions[region].freeze()
    time.sleep(_FROZEN_SECONDS)
    company.regions[region].thaw()
    diary.outages.append(Outage(region, "frozen", begin, time.monotonic()))
    diary.note(f"{region} goes on")


def _wipe(company: Company, region: str, diary: Diary) -> None:
    company.regions[region].wipe_streams()
    diary.note(f"{region} lost all its streams")


def _restart_hub(company: Company, diary: Diary) -> None:
    diary.note("the hub stops")
    begin = time.monotonic()
    company.hub.stop()
    company.hub.start()
    company.hub.wait_until_answers()
    diary.outages.append(Outage(HUB, "restarted", begin, time.monotonic()))
    diary.note("the hub is back")
