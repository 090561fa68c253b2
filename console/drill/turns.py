"""Wrong turns of a drill: what cost time, and what was sent that should not have been."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.drill.acts import Act
from console.drill.goal import Goal
from console.drill.start import Start
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
    "twice",
    "late",
]
SENT = frozenset({"sent", "early", "twice"})
"""Something went out that a good run does not send."""
MESSAGE = "notify"  # a message to a contact: the checklist's own
MISSED = "missed"  # as a ring of a planned window says it
OVER = frozenset({"over", "probably_over"})


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
) -> list[Turn]:
    """Every wrong turn, in order; `runs`: the checklists that it was right to open."""
    every = tuple(entries)
    found = [*_lines(every, goal, runs, start), *_acts(every, tuple(acts), goal, start)]
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


def _acts(
    entries: tuple[Entry, ...], acts: tuple[Act, ...], goal: Goal, start: Start
) -> Iterator[Turn]:
    left = list(goal.cures)
    over = next((one.at for one in entries if _ends_maintenance(one)), None)
    begun = {act.name for act in acts if act.started}
    for act in acts:
        if act.remedy in {MESSAGE, *goal.fine}:
            continue
        right = any(one.fits(act) for one in goal.cures)
        cure = next((one for one in left if one.fits(act)), None)
        what: Wrong | None = None
        if act.started is None:  # planned anew after the arming, it is one plan
            what = "planned" if not right and act.name not in begun else None
            begun.add(act.name)
        elif not act.sent:
            what = "failed"
        elif not right:
            what = "sent"
        elif act.outcome == "failed":
            what = "failed"
        elif cure is None:
            what = "twice"
        else:
            left.remove(cure)
            what = "early" if goal.over and (over is None or act.started < over) else None
        if what is not None:
            at = start.estate_at(act.started or act.planned)
            yield Turn(what=what, about=act.name, at=at, said=act.said)


def _ends_maintenance(entry: Entry) -> bool:
    return entry.kind == "watch.phase" and entry.data.get("to") in OVER
