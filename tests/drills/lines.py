"""Lines of a drill's journal, and what its debrief makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from console.drill import Cure, Debrief, Goal, beginning, debrief
from console.model import Entry

BEGAN = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
ESTATE = datetime(2026, 3, 10, 3, 20, tzinfo=UTC)
SPEED = 10.0
STEPS = ("idle", "restart", "load", "consistency")
LOAD, OTHER = "load@sakai/prod", "load@kawasaki/prod"
GOAL = Goal(
    good="Restart the full Redis.",
    findings=(LOAD,),
    cures=(Cure("elasticache-reboot", "sakai-redis"),),
    answers=("report",),
    begins=60.0,
)
Line = tuple[float, str, str, dict[str, Any]]
"""Real seconds since the drill began, kind, run, data."""


def found(at: float, finding: str = LOAD) -> Line:
    return (at, "finding.seen", "", {"finding": finding})


def gone(at: float, finding: str = LOAD) -> Line:
    return (at, "finding.cleared", "", {"finding": finding})


def taken(at: float, finding: str = LOAD) -> Line:
    return (at, "finding.acknowledged", "", {"finding": finding})


def opened(at: float, finding: str = LOAD, run: str = "r1") -> Line:
    return (at, "run.opened", run, {"finding": finding, "steps": [*STEPS]})


def step(at: float, name: str, outcome: str, why: str = "", run: str = "r1") -> Line:
    told = {"step": name, "event": "ended", "outcome": outcome, "why": why}
    return (at, "run.step", run, told)


def answered(at: float) -> Line:
    return (at, "contact.answered", "r1", {"step": "report", "who": "the desk"})


def act(
    at: float,
    remedy: str = "elasticache-reboot",
    target: str = "sakai-redis",
    outcome: str = "verified",
    *,
    scope: str = "sakai/prod",
    run: str = "r1",
    title: str = "",
    **more: Any,
) -> list[Line]:
    """Planned, started a second later, ended two seconds later; `a b`: on two things."""
    things = [{"kind": "cache", "scope": scope, "name": name} for name in target.split()]
    told: dict[str, Any] = {
        "act": f"{remedy}-{target}-{at}",
        "remedy": remedy,
        "step": "restart" if run else "",
    }
    told |= {"plan": {"title": title, "targets": things}}
    lines: list[Line] = [(at, "remedy.planned", run, told)]
    if outcome:
        lines.append((at + 1, "remedy.started", run, told))
        lines.append((at + 3, f"remedy.{outcome}", run, told | {"said": "so it is"} | more))
    return lines


def entries(lines: Sequence[Line]) -> list[Entry]:
    """With the beginning of the drill before them."""
    first = Entry(BEGAN, "note", "", "ann", beginning(ESTATE, SPEED))
    later = (
        Entry(BEGAN + timedelta(seconds=at), kind, run, "ann", data)
        for at, kind, run, data in lines
    )
    return [first, *later]


def looked(*lines: Line, goal: Goal = GOAL) -> Debrief:
    told = debrief(entries(lines), goal)
    assert told is not None
    return told


def wrong(told: Debrief) -> list[tuple[str, str]]:
    return [(turn.what, turn.about) for turn in told.turns]


def good(*lines: Line) -> list[Line]:
    """Among these, all that a good run has but the acts."""
    return sorted([found(12), taken(14), opened(15), answered(20), *lines], key=lambda one: one[0])
