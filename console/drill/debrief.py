"""The debrief of a drill: what a good run has and when it happened here, and the wrong turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from console.drill.acts import Act, acts
from console.drill.goal import Goal
from console.drill.start import Start, start
from console.drill.turns import Turn, turns
from console.model import Entry

What = Literal[
    "found", "taken", "opened", "sent", "verified", "answered", "reported", "cleared", "closed"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
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
    marks: tuple[Mark, ...]
    """Those that happened in their order, then the others."""
    turns: tuple[Turn, ...]
    """Wrong turns, in their order."""

    @property
    def missed(self) -> tuple[Mark, ...]:
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
        self.acts = acts(entries)
        self.runs = frozenset(
            one.run
            for one in entries
            if one.kind == "run.opened" and one.data.get("finding") in goal.findings
        )

    def debrief(self) -> Debrief:
        """All of it."""
        marks = [*self._found(), *self._done(), *self._told()]
        there = sorted((m for m in marks if m.at is not None), key=lambda m: m.at or self.first.at)
        left = [mark for mark in marks if mark.at is None and mark.needed]
        wrong = turns(self.entries, self.acts, self.goal, self.runs, self.first)
        began = self.first.estate + timedelta(seconds=self.goal.begins)
        return Debrief(
            began=began, speed=self.first.speed, marks=(*there, *left), turns=tuple(wrong)
        )

    def _found(self) -> Iterator[Mark]:
        """Of each finding: found by the console, taken and opened by a person, gone at last."""
        must = not self.goal.leave
        for id in self.goal.findings:
            yield self._mark("found", id, self._of(id, "finding.seen"))
            taken = self._of(id, "finding.acknowledged")
            yield self._mark("taken", id, taken, must, f"by {taken.by}" if taken else "")
            yield self._mark("opened", id, self._of(id, "run.opened"), must)
            yield self._mark("cleared", id, self._of(id, "finding.cleared"), False)
            closed = next((e for e in self.entries if self._closes(e, id)), None)
            yield self._mark("closed", id, closed, False)

    def _closes(self, entry: Entry, finding: str) -> bool:
        opened = (e.run for e in self.entries if e.kind == "run.opened" and _about(e, finding))
        return entry.kind == "run.closed" and entry.run in set(opened)

    def _of(self, finding: str, kind: str) -> Entry | None:
        return next((e for e in self.entries if e.kind == kind and _about(e, finding)), None)

    def _mark(
        self, what: What, about: str, entry: Entry | None, needed: bool = True, said: str = ""
    ) -> Mark:
        at = self.first.estate_at(entry.at) if entry else None
        return Mark(what=what, about=about, at=at, needed=needed, said=said)

    def _done(self) -> Iterator[Mark]:
        """Of each act that it takes: sent, and proved."""
        left = [act for act in self.acts if act.sent and act.outcome != "failed"]
        for cure in self.goal.cures:
            act = next((one for one in left if cure.fits(one)), None)
            name = f"{cure.remedy} {cure.target}".strip() if act is None else act.name
            if act is not None:
                left.remove(act)
            sent = self.first.estate_at(act.started) if act and act.started else None
            yield Mark(what="sent", about=name, at=sent)
            proved, said = self._proved(act) if act else (None, "")
            yield Mark(what="verified", about=name, at=proved, said=said)

    def _proved(self, act: Act) -> tuple[datetime | None, str]:
        """By its own proof; where that told nothing, by the checklist's look or the finding's end.

        An act of which nobody can tell is no failed one: the case looks at what it was for.
        """
        if act.started is None or act.ended is None:
            return None, "it has no end yet"
        if act.outcome == "verified":
            return self.first.estate_at(act.ended), act.said
        for entry in self.entries:
            if entry.at >= act.started and (seen := self._seen_well(entry)):
                return self.first.estate_at(entry.at), f"not by the act itself; {seen}"
        return None, f"{act.outcome}: {act.said}"

    def _seen_well(self, entry: Entry) -> str:
        if entry.kind == "finding.cleared" and entry.data.get("finding") in self.goal.findings:
            return "the finding is gone"
        step = entry.kind == "run.step" and entry.run in self.runs
        held = step and entry.data.get("outcome") == "verified"
        return f"step {entry.data.get('step')} held" if held else ""

    def _told(self) -> Iterator[Mark]:
        """Who answered, and whether the report is out."""
        for steps in self.goal.answers:
            any_of = steps.split("|")
            answer = next((e for e in self.entries if self._answers(e, any_of)), None)
            step = str(answer.data.get("step")) if answer else " or ".join(any_of)
            who = str(answer.data.get("who", "")) if answer else ""
            yield self._mark("answered", step, answer, said=who)
        if self.goal.report:
            out = next((e for e in self.entries if _reports(e, self.goal.report)), None)
            yield self._mark("reported", self.goal.report, out)

    def _answers(self, entry: Entry, steps: list[str]) -> bool:
        mine = entry.kind == "contact.answered" and entry.run in self.runs
        return mine and entry.data.get("step") in steps


def _about(entry: Entry, finding: str) -> bool:
    return entry.data.get("finding") == finding


def _reports(entry: Entry, window: str) -> bool:
    name = str(entry.data.get("window", "")).partition("@")[0]
    return entry.kind == "window.reported" and name == window and not entry.data.get("undone")
