"""Wrong turns of a drill: what cost time, and what was sent that should not have been."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.drill.acts import Act
from console.drill.goal import Cure, Goal
from console.drill.proof import Proofs
from console.drill.start import Start
from console.maintenance.values import ENDED
from console.model import Entry

Wrong = Literal[
    "opened",
    "planned",
    "refused",
    "skipped",
    "silenced",
    "failed",
    "sent",
    "early",
    "ahead",
    "twice",
    "late",
]
SENT = frozenset({"sent", "early", "ahead", "twice"})
"""Something went out that a good run does not send."""
MESSAGE = "notify"  # a message to a contact: the checklist's own
MISSED = "missed"  # as a ring of a planned window says it


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One of them."""

    what: Wrong
    about: str
    at: datetime
    """Estate time."""
    said: str = ""

    @property
    def sent(self) -> bool:
        """Whether something was sent that should not have been."""
        return self.what in SENT

    @property
    def grave(self) -> bool:
        """Whether the run was no good one for it."""
        return self.sent or self.what == "late"


def turns(
    entries: Iterable[Entry],
    acts: Iterable[Act],
    goal: Goal,
    runs: frozenset[str],
    start: Start,
    proofs: Proofs,
) -> list[Turn]:
    """Every wrong turn, in order; `runs`: the checklists that it was right to open."""
    every = tuple(entries)
    over = next((one.at for one in every if _ends_maintenance(one)), None)
    done = _Done(goal, proofs, over)
    found = [*_lines(every, goal, runs, start), *done.turns(acts, start)]
    return sorted(found, key=lambda turn: turn.at)


def _lines(
    entries: tuple[Entry, ...], goal: Goal, runs: frozenset[str], start: Start
) -> Iterator[Turn]:
    right = goal.fine | {cure.remedy for cure in goal.cures}
    for entry in entries:
        told, at = entry.data, start.estate_at(entry.at)
        finding = str(told.get("finding", ""))
        if entry.kind == "run.opened" and finding not in {*goal.findings, *goal.fine}:
            yield Turn(what="opened", about=finding, at=at)
        elif entry.kind == "remedy.refused" and told.get("remedy") not in right:
            why = "; ".join(map(str, told.get("reasons") or ()))
            yield Turn(what="refused", about=str(told.get("remedy", "")), at=at, said=why)
        elif entry.kind == "finding.silenced" and told.get("until") and finding in goal.findings:
            yield Turn(what="silenced", about=finding, at=at, said=str(told.get("reason", "")))
        elif _missed(entry, goal):
            yield Turn(what="late", about=goal.report, at=at)
        elif entry.kind == "run.step" and entry.run in runs and told.get("outcome") == "skipped":
            step = str(told.get("step", ""))
            if step not in goal.fine:
                yield Turn(what="skipped", about=step, at=at, said=str(told.get("why", "")))


def _missed(entry: Entry, goal: Goal) -> bool:
    """Whether it rang because the report should have been out."""
    window = str(entry.data.get("finding", "")).partition("@")[0]
    why = entry.data.get("why") if entry.kind == "watch.rang" else ""
    return bool(goal.report) and window == goal.report and why == MISSED


class _Done:
    """The acts of a drill, one after the other, held against what it takes."""

    def __init__(self, goal: Goal, proofs: Proofs, over: datetime | None) -> None:
        self._goal, self._proofs, self._over = goal, proofs, over
        self._left = list(goal.cures)
        self._before: Act | None = None
        """The last right one that was sent."""

    def turns(self, acts: Iterable[Act], start: Start) -> Iterator[Turn]:
        """What was wrong about them; what was only looked at, once."""
        every = [act for act in acts if act.remedy not in {MESSAGE, *self._goal.fine}]
        begun = {act.name for act in every if act.started}
        for act in every:
            if act.started is None:  # planned anew after the arming, it is one plan
                what: Wrong | None = None if act.name in begun or self._right(act) else "planned"
                begun.add(act.name)
            else:
                what = self._sent(act)
            if what is not None:
                at = start.estate_at(act.started or act.planned)
                yield Turn(what=what, about=act.name, at=at, said=act.said)

    def _right(self, act: Act) -> bool:
        return any(self._goal.right(cure, act) for cure in self._goal.cures)

    def _sent(self, act: Act) -> Wrong | None:
        cure = next((one for one in self._left if self._goal.right(one, act)), None)
        if not act.sent:
            return "failed"
        if not self._right(act):
            return "sent"
        if act.outcome == "failed":
            return "failed"
        if cure is None:
            return "twice"
        ahead = self._ahead(cure, act)
        self._left.remove(cure)
        self._before = act
        return ahead

    def _ahead(self, cure: Cure, act: Act) -> Wrong | None:
        """Whether it went out before its time: the maintenance's end, or what comes first."""
        over, before = self._over, self._before
        if self._goal.over and (over is None or act.started is None or act.started < over):
            return "early"
        earlier = self._left[: self._left.index(cure)]
        if not self._goal.any_order and any(not one.optional for one in earlier):
            return "ahead"
        return "ahead" if before and not self._proofs.of(before).before(act) else None


def _ends_maintenance(entry: Entry) -> bool:
    return entry.kind == "watch.phase" and entry.data.get("to") in ENDED
