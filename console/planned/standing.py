"""How each planned stretch stands: by the configuration, the journal and what was seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from console.config.planned import CHANGES
from console.model import EMPTY, Entry, Kind, Now
from console.model.planned import Planned, PlannedStep
from console.planned.report import report
from console.planned.seen import Kept, Memory
from console.planned.stretches import Stretch

TICKED: Kind = "window.step"
WRITTEN: Kind = "window.ended"
REPORTED: Kind = "window.reported"
REMINDER, MISSED = "reminder", "missed"
"""Why a window rings, each once."""
RECENT = timedelta(days=2)
"""What is over for longer is told only where its report is still owed."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the journal says of planned windows, by the id of the stretch."""

    ticked: Mapping[tuple[str, str], Entry] = field(default_factory=dict)
    written: Mapping[str, Entry] = field(default_factory=lambda: EMPTY)
    reported: Mapping[str, Entry] = field(default_factory=lambda: EMPTY)
    rang: frozenset[tuple[str, str]] = frozenset()
    """Which stretch rang, and why."""


def fold(told: Told, entry: Entry, world: str) -> Told:
    """The same after one more entry; another lab's work says nothing about this one's."""
    data = entry.data
    if str(data.get("world", "")) != world:
        return told
    id, why = str(data.get("window", "")), str(data.get("why", ""))
    match entry.kind:
        case "window.step":
            key = id, str(data.get("step", ""))
            kept = {name: one for name, one in told.ticked.items() if name != key}
            return replace(told, ticked=kept if data.get("undone") else {**kept, key: entry})
        case "window.ended":
            return replace(told, written={**told.written, id: entry})
        case "window.reported":
            others = {name: one for name, one in told.reported.items() if name != id}
            return replace(told, reported=others if data.get("undone") else {**others, id: entry})
        case "watch.rang" if why in (REMINDER, MISSED):
            return replace(told, rang=told.rang | {(str(data.get("finding", "")), why)})
        case _:
            return told


def stand(
    stretches: Iterable[Stretch],
    told: Told,
    memory: Memory,
    titles: Mapping[str, str],
    overlaps: Mapping[str, tuple[str, ...]],
    now: Now,
) -> tuple[Planned, ...]:
    """Every stretch with its steps, its report, and what is owed.

    A stretch that `memory` knows, be it of nothing, is one in which a console was up.
    """
    every = (
        _planned(one, told, memory.get(one.id), titles, overlaps.get(one.id, ()), now)
        for one in stretches
    )
    return tuple(one for one in every if one.end > now.estate - RECENT or one.owed)


def _planned(
    one: Stretch,
    told: Told,
    seen: Kept | None,
    titles: Mapping[str, str],
    overlaps: tuple[str, ...],
    now: Now,
) -> Planned:
    window, written, reported = one.window, told.written.get(one.id), told.reported.get(one.id)
    steps, text = steps_of(one, told), ""
    if written is not None:
        text = str(written.data.get("report", ""))
    elif one.start <= now.estate and (seen is not None or steps):
        text = report(one, seen or {}, steps, titles, now)
    due = one.report_due if text or _owes(one, now) else None
    return Planned(
        key=one.key,
        title=window.title,
        kind=window.kind,
        zone=window.zone,
        start=one.start,
        end=one.end,
        scopes=one.scopes,
        changes=window.kind in CHANGES,
        steps=steps,
        report_due=due,
        remind_at=due and due - timedelta(seconds=window.remind),
        report=text,
        written=written is not None,
        reported_at=reported.at if reported else None,
        reported_by=reported.by if reported else "",
        overlaps=overlaps,
    )


def _owes(one: Stretch, now: Now) -> bool:
    """Of a watch that nobody kept there is nothing to report; other work was done by somebody."""
    return one.window.kind != "watch" or now.estate < one.end


def steps_of(one: Stretch, told: Told) -> tuple[PlannedStep, ...]:
    """Its steps, each with who ticked it."""
    return tuple(
        PlannedStep(
            id=step.id,
            title=step.title,
            say=step.say,
            due=None if step.due is None else one.start + timedelta(seconds=step.due),
            at=entry.at if (entry := told.ticked.get((one.id, step.id))) else None,
            by=entry.by if entry else "",
        )
        for step in one.window.steps
    )
