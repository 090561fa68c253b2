"""Whether an act worked: by its own proof, else by what was seen of it afterwards. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from console.drill.acts import Act
from console.drill.goal import Goal
from console.model import Entry
from console.model.acts import texts_of


@dataclass(frozen=True, slots=True)
class Proof:
    """When an act was known to have worked, in real time; None: it is not known."""

    at: datetime | None
    said: str = ""

    def before(self, later: Act) -> bool:
        """Whether it was known as another act was sent."""
        return self.at is not None and later.started is not None and self.at <= later.started


@dataclass(frozen=True, slots=True)
class _Run:
    """A checklist that was opened."""

    finding: str
    steps: tuple[str, ...]

    def after(self, one: str, other: str) -> bool:
        """Whether a step comes after another one."""
        known = one in self.steps and other in self.steps
        return known and self.steps.index(one) > self.steps.index(other)


class Proofs:
    """What the lines of a drill prove.

    An act of which nobody can tell is no failed one: the case looks at what it was for. Only what
    comes later in the same checklist has looked at it, or the end of what was found there.
    """

    def __init__(self, entries: Iterable[Entry], goal: Goal) -> None:
        self._entries, self._goal = tuple(entries), goal
        self._runs: Mapping[str, _Run] = {
            entry.run: _Run(str(entry.data.get("finding", "")), texts_of(entry.data.get("steps")))
            for entry in self._entries
            if entry.kind == "run.opened"
        }

    def of(self, act: Act) -> Proof:
        """Of one act that was sent."""
        if act.started is None or act.ended is None:
            return Proof(None, "it has no end yet")
        if act.outcome == "verified":
            return Proof(act.ended, act.said)
        for entry in self._entries:
            if entry.at >= act.started and (seen := self._seen_well(entry, act)):
                return Proof(entry.at, f"not by the act itself; {seen}")
        return Proof(None, f"{act.outcome}: {act.said}")

    def _seen_well(self, entry: Entry, act: Act) -> str:
        run = self._runs.get(act.run)
        if entry.kind == "finding.cleared":
            mine = run.finding if run and run.finding in self._goal.findings else ""
            wanted = (mine,) if mine else self._goal.findings
            return "the finding is gone" if entry.data.get("finding") in wanted else ""
        if run is None or entry.kind != "run.step" or entry.run != act.run:
            return ""
        step = str(entry.data.get("step", ""))
        held = entry.data.get("outcome") == "verified" and run.after(step, act.step)
        return f"step {step} held" if held else ""
