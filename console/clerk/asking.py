"""Asks at once what is asked seldom, when a checklist comes to a step that looks at it."""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from console.checklist.advance import SELDOM
from console.lookout import read_by

if TYPE_CHECKING:
    from console.clerk.rounds import Rounds
    from console.config.conditions import Condition
    from console.lookout import Lookout
    from console.model import Run

AGAIN_S, LEAST_S = 120.0, 3.0  # estate seconds between two questions for one step; real at least


class Asking:
    """A gate must not wait half an hour for the next poll of the machines it speaks of."""

    def __init__(self, lookout: Lookout) -> None:
        self.lookout = lookout
        self._asked: dict[tuple[str, str, datetime], float] = {}

    def go_on(self, rounds: Rounds) -> None:
        """Of every open checklist that this console moves on."""
        speed = self.lookout.context.clock.speed
        self._look_closely(rounds)
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
                self.lookout.ask(sources, tuple(looked_at(run, looks)), SELDOM / speed)
                last = now
            self._asked[key] = last

    def _look_closely(self, rounds: Rounds) -> None:
        """What open checklists look at has its metrics read, on the screen or not."""
        looked: set[str] = set()
        for run in rounds.all:
            if run.closed_at is None:
                for step in rounds.cases[run.case].steps:
                    if looks := step.check or step.wait:
                        looked |= looked_at(run, looks)
        self.lookout.context.clients.aws.metrics.deciding(looked)


def looked_at(run: Run, looks: Condition) -> set[str]:
    """The scopes that a step looks at: the site that it names, else the run's own."""
    found: set[str] = set()
    for leaf in looks.leaves():
        sites, envs = (
            [str(value) for value in test.values] if (test := leaf.chooses.get(fact)) else []
            for fact in ("site", "env")
        )
        named = {f"{site}/{env}" for site in sites for env in envs}
        found |= named or set(run.scopes or (run.scope,))
    return found
