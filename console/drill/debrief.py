"""The debrief of a drill: what a good run has and when it happened here, and the wrong turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from console.drill.acts import acts
from console.drill.goal import Goal
from console.drill.proof import Proof, Proofs
from console.drill.start import Start, start
from console.drill.turns import Turn, turns
from console.model import Entry

What = Literal[
    "found", "taken", "opened", "sent", "verified", "answered", "reported", "cleared", "closed"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One thing that a good run has."""

    what: What
    about: str
    """A finding's id, a step's, a window's, or an act's name."""
    at: datetime | None = None
    """Estate time; None: it did not happen."""
    needed: bool = True
    """Without it the run was not a good one."""
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debrief:
    """How a drill went."""

    began: datetime
    """Estate time at which something was wrong."""
    speed: float
    marks: tuple[Milestone, ...]
    """Those that happened in their order, then the others."""
    turns: tuple[Turn, ...]
    """Wrong turns, in their order."""

    @property
    def missed(self) -> tuple[Milestone, ...]:
        """What a good run has and this one had not."""
        return tuple(mark for mark in self.marks if mark.needed and mark.at is None)

    @property
    def well(self) -> bool:
        """Nothing is missing, and nothing was late or sent that should not have been."""
        return not self.missed and not any(turn.grave for turn in self.turns)


def debrief(entries: Iterable[Entry], goal: Goal) -> Debrief | None:
    """What the journal tells of the last drill in it; None where none has begun."""
    every = tuple(entries)
    first = start(every)
    if first is None:
        return None
    told = tuple(entry for entry in every if entry.at >= first.at)
    return _Looked(first, told, goal).debrief()


class _Looked:
    """One drill's lines, held against its goal."""

    def __init__(self, first: Start, entries: tuple[Entry, ...], goal: Goal) -> None:
        self.first, self.entries, self.goal = first, entries, goal
        self.acts, self.proofs = acts(entries), Proofs(entries, goal)
        self.runs = frozenset(
            one.run
            for one in entries
            if one.kind == "run.opened" and one.data.get("finding") in goal.findings
        )

    def debrief(self) -> Debrief:
        """All of it."""
        marks = [*self._found(), *self._done(), *self._told()]
        there = sorted((m for m in marks if m.at is not None), key=lambda m: m.at or self.first.at)
        opened = {m.about for m in marks if m.what == "opened" and m.at is not None}
        left = [m for m in marks if m.at is None and (m.needed or _ends(m, opened))]
        wrong = turns(self.entries, self.acts, self.goal, self.runs, self.first, self.proofs)
        began = self.first.estate + timedelta(seconds=self.goal.begins)
        return Debrief(
            began=began, speed=self.first.speed, marks=(*there, *left), turns=tuple(wrong)
        )

    def _found(self) -> Iterator[Milestone]:
        """Of each finding: found by the console, taken and opened by a person, gone at last."""
        must = not self.goal.leave
        for id in self.goal.findings:
            yield self._milestone("found", id, self._of(id, "finding.seen"))
            taken = self._of(id, "finding.acknowledged")
            yield self._milestone("taken", id, taken, must, f"by {taken.by}" if taken else "")
            yield self._milestone("opened", id, self._of(id, "run.opened"), must)
            yield self._milestone("cleared", id, self._of(id, "finding.cleared"), False)
            closed = next((e for e in self.entries if self._closes(e, id)), None)
            yield self._milestone("closed", id, closed, False)

    def _closes(self, entry: Entry, finding: str) -> bool:
        opened = (e.run for e in self.entries if e.kind == "run.opened" and _about(e, finding))
        return entry.kind == "run.closed" and entry.run in set(opened)

    def _of(self, finding: str, kind: str) -> Entry | None:
        return next((e for e in self.entries if e.kind == kind and _about(e, finding)), None)

    def _milestone(
        self, what: What, about: str, entry: Entry | None, needed: bool = True, said: str = ""
    ) -> Milestone:
        at = self.first.estate_at(entry.at) if entry else None
        return Milestone(what=what, about=about, at=at, needed=needed, said=said)

    def _done(self) -> Iterator[Milestone]:
        """Of each act that it takes: sent, and proved."""
        left = [act for act in self.acts if act.sent and act.outcome != "failed"]
        for cure in self.goal.cures:
            act = next((one for one in left if self.goal.right(cure, one)), None)
            if act is None and cure.optional:
                continue
            name = f"{cure.remedy} {cure.target}".strip() if act is None else act.name
            if act is not None:
                left.remove(act)
            sent = self.first.estate_at(act.started) if act and act.started else None
            yield Milestone(what="sent", about=name, at=sent)
            proof = self.proofs.of(act) if act else Proof(None)
            proved = self.first.estate_at(proof.at) if proof.at else None
            yield Milestone(what="verified", about=name, at=proved, said=proof.said)

    def _told(self) -> Iterator[Milestone]:
        """Who answered, and whether the report is out."""
        for steps in self.goal.answers:
            any_of = steps.split("|")
            answer = next((e for e in self.entries if self._answers(e, any_of)), None)
            step = str(answer.data.get("step")) if answer else " or ".join(any_of)
            who = str(answer.data.get("who", "")) if answer else ""
            yield self._milestone("answered", step, answer, said=who)
        if self.goal.report:
            said = [e for e in self.entries if _reports(e, self.goal.report)]
            out = said[-1] if said and not said[-1].data.get("undone") else None
            yield self._milestone("reported", self.goal.report, out)

    def _answers(self, entry: Entry, steps: list[str]) -> bool:
        mine = entry.kind == "contact.answered" and entry.run in self.runs
        return mine and entry.data.get("step") in steps


def _ends(one: Milestone, opened: set[str]) -> bool:
    """What is told where it never came, too, though a run is a good one without."""
    return one.what == "cleared" or (one.what == "closed" and one.about in opened)


def _about(entry: Entry, finding: str) -> bool:
    return entry.data.get("finding") == finding


def _reports(entry: Entry, window: str) -> bool:
    """Whether it says that a report is out, or takes that back."""
    name = str(entry.data.get("window", "")).partition("@")[0]
    return entry.kind == "window.reported" and name == window
