"""Asks at once what is asked seldom, when a checklist comes to a step that looks at it."""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from console.checklist.advance import SELDOM
from console.lookout import read_by

if TYPE_CHECKING:
    from console.clerk.rounds import Rounds
    from console.lookout import Lookout

AGAIN_S, LEAST_S = 120.0, 3.0  # estate seconds between two questions for one step; real at least


class Asking:
    """A gate must not wait half an hour for the next poll of the machines it speaks of."""

    def __init__(self, lookout: Lookout) -> None:
        self.lookout = lookout
        self._asked: dict[tuple[str, str, datetime], float] = {}

    def go_on(self, rounds: Rounds) -> None:
        """Of every open checklist that this console moves on."""
        speed = self.lookout.context.clock.speed
        before, self._asked = self._asked, {}
        for run in () if rounds.mover else rounds.all:
            step = run.step
            told = rounds.cases[run.case].step(step.id) if step else None
            looks = told and (told.check or told.wait)
            if step is None or step.began is None or step.outcome or not looks:
                continue
            key, now = (run.id, step.id, step.began), monotonic()
            last = before.get(key)
            if last is None or now - last > max(AGAIN_S / speed, LEAST_S):
                sources = read_by([leaf.source for leaf in looks.leaves()])
                self.lookout.ask(sources, run.scopes or (run.scope,), SELDOM / speed)
                last = now
            self._asked[key] = last
