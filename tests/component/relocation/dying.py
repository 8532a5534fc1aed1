"""Workers and servers of two regions that die wherever they may, and go on: by dice that a seed loads."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable

from chassis.relocation import source
from tests.component.relocation.company import Company, Consumer

#: How likely it is to die at a place where that may happen.
_MORTALITY = 0.15
#: How often an event that was handled comes again.
_TWICE = 0.2
#: How often something happens that an event brings, and not the time.
_EVENTS = 0.7
#: Steps after which a move must be done.
_MANY = 3000


class Died(BaseException):
    """A worker was killed here: nothing else runs in it, whatever it catches."""


class AnswerLost(Exception):
    """A server was killed here while somebody waits for its answer."""


class Fate:
    """Decides who dies where, and counts."""

    def __init__(self, seed: int) -> None:
        self.deaths: Counter[str] = Counter()
        self._dice = random.Random(seed)
        self._worker = threading.get_ident()
        self._strikes = False

    def reached(self, point: str) -> None:
        """In the place of chassis.crash_points.reached. Raises Died or AnswerLost."""
        if not self._strikes or self._dice.random() >= _MORTALITY:
            return
        is_worker = threading.get_ident() == self._worker
        self.deaths[f"{'worker' if is_worker else 'server'} {point}"] += 1
        raise Died if is_worker else AnswerLost

    def drive(self, company: Company, done: Callable[[], bool]) -> None:
        """Let workers take their steps and handle events, in any order, until it is done."""
        for _ in range(_MANY):
            if done():
                return
            consumers = company.consumers()
            if not consumers:
                company.later()
            self._do_something(company, consumers)
        raise AssertionError(f"it never ends: {self.deaths}")

    def _do_something(self, company: Company, consumers: list[Consumer]) -> None:
        """Somebody takes a step or handles an event, and may die over it."""
        self._strikes = True
        try:
            if consumers and self._dice.random() < _EVENTS:
                self._hand_over(self._dice.choice(consumers))
            else:
                source.advance(self._dice.choice([*company.keepers()]).app)
        except Died:
            pass
        finally:
            self._strikes = False

    def _hand_over(self, consumer: Consumer) -> None:
        """An event is forgotten once it is handled, and sometimes not even then."""
        consumer.handle(consumer.waiting[0])
        if self._dice.random() >= _TWICE:
            consumer.waiting.popleft()
