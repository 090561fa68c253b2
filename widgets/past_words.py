"""The past in words: which moment it is, that it is not now, and why nothing can be done there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from textual.content import Content

from console.model.past import Past
from widgets.look import Look
from widgets.standing import standing
from widgets.words import age, cell_len, clean, fit, zone_name

BACK, REPLAY = "LOOKING BACK", "REPLAY"
DEEDS = frozenset(
    {
        *("remedy", "remedies", "acknowledge", "silence", "note", "arm", "closer", "link"),
        *("refresh", "tick", "skip", "run", "told", "again", "close", "new", "state", "fixed"),
        *("import", "export", "reported", "heard", "planned", "issues", "handover"),
    }
)
"""What keys do elsewhere that is of now: refused, with the reason, while the past is shown."""


def name(past: Past) -> str:
    """What it is that is looked at, in capitals."""
    return REPLAY if past.replay else BACK


def time_of_day(at: datetime, look: Look) -> str:
    """`02:14:07` in the estate's zone."""
    return f"{at.astimezone(look.zone):%H:%M:%S}"


def refusal(past: Past, look: Look) -> str:
    """Why nothing can be done."""
    then = time_of_day(past.now.estate, look)
    if past.replay:
        return f"you look at a recording of {then}: nothing can be done in it"
    return f"you look at {then}, which is past; 0 returns to now"


def ago(past: Past) -> str:
    """How long ago, by the clocks that are shown beside each other."""
    if past.replay:
        return f"{age(past.here.real - past.now.real)} ago"
    return f"{age(past.here.estate - past.now.estate)} ago"


def going(past: Past, look: Look) -> str:
    """Whether it plays."""
    return f"{look.symbols.pointer} plays, {past.speed} times as fast" if past.playing else "paused"


def banner(past: Past, look: Look, width: int) -> str:
    """The line that no moment of the past is without: as much of it as fits, on all the width."""
    local = past.now.estate.astimezone(look.zone)
    day, dot = f"{local:%a} {local.day} {local:%b} {local:%H:%M:%S}", f" {look.symbols.dot} "
    utc = f"  {past.now.estate:%H:%M:%S} UTC"
    head = f" {look.symbols.later} {name(past)}  {day} {zone_name(look.zone)}"
    hole = f"{dot}NOT RECORDED: {clean(past.hole, look.symbols)}" if past.hole else ""
    told, more = f"{hole}{dot}{ago(past)}", f"{dot}{going(past, look)}"
    right = "" if past.replay else "0 now "
    ways = (head + utc + told + more, head + told + more, head + told, head + hole, head)
    room = width - cell_len(right) - 1
    left = next((one for one in ways if cell_len(one) <= room), head)
    return fit(left, room + 1, more=look.symbols.more) + right


def heading(past: Past, estate: str, look: Look, width: int) -> Content:
    """In place of the usual first line: what is true now, and below it the banner."""
    own = replace(look, now=past.here)
    local, utc = past.here.estate.astimezone(look.zone), past.here.estate
    title = f"  oncall  {clean(estate, look.symbols, 40)}  "
    if past.replay:
        left, right = f"{title}{clean(past.replay, look.symbols, 60)}", "nothing can be done here "
    else:
        flights = len(past.affairs.flights)
        flying = f"  {look.symbols.pointer} {flights} under way" if flights else ""
        left = f"{title}{look.symbols.armed} {standing(past.affairs, own)}{flying}"
        right = f"now {local:%H:%M} {zone_name(look.zone)}  {utc:%H:%M} UTC "
    room = width - cell_len(right)
    first = fit(left, room, more=look.symbols.more) + right if room > 20 else fit(left, width)
    return Content.assemble(
        (f"{first}\n", "bold"), (banner(past, look, width), "$text-warning bold reverse")
    )
