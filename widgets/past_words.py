"""The past in words: which moment it is, that it is not now, and why nothing can be done there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console.model.affairs import Affairs
from console.model.past import Past
from widgets.deadline import deadline
from widgets.look import Look
from widgets.standing import standing
from widgets.symbols import STYLES
from widgets.wishes import CopyWanted
from widgets.words import age, cell_len, clean, fit, zone_name

if TYPE_CHECKING:
    from widgets.desk import Desk

BACK, REPLAY = "LOOKING BACK", "REPLAY"
UNRECORDED = "NOT RECORDED"
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
    """Whether it plays, and how fast it does, or would."""
    if past.playing:
        return f"{look.symbols.pointer} plays, {past.speed} times as fast"
    return f"paused, pace {past.speed}" if past.speed > 1 else "paused"


def stood(then: Affairs, look: Look) -> tuple[str, str]:
    """What was armed and under way at the moment that is shown, long and short; as a rule nothing.

    By the journal: of a console that was killed it has no word of the end.
    """
    armed = standing(then, look) if then.arming else ""
    brief = "ARMED" if armed else ""
    acts = [one for one in then.flights if one.proposal and one.fired_at]
    if acts and acts[0].proposal and acts[0].fired_at:
        title = clean(acts[0].proposal.plan.title, look.symbols, 40)
        more = f" +{len(acts) - 1}" if len(acts) > 1 else ""
        past = age(look.now.real - acts[0].fired_at)
        told = f"{look.symbols.pointer} {title}{more}, begun {past} before, no end yet"
        count = f"{look.symbols.pointer} {len(acts)} without an end"
        armed, brief = (
            ", ".join(filter(None, (armed, told))),
            ", ".join(filter(None, (brief, count))),
        )
    return (f"then {armed}", f"then {brief}") if armed else ("", "")


def banner(past: Past, look: Look, width: int, then: tuple[str, str] = ("", "")) -> str:
    """The line that no moment of the past is without: as much of it as fits, on all the width.

    `then`: what was armed and under way, long and short.
    """
    local = past.now.estate.astimezone(look.zone)
    day, dot = f"{local:%a} {local.day} {local:%b} {local:%H:%M:%S}", f" {look.symbols.dot} "
    utc = f"  {past.now.estate:%H:%M:%S} UTC"
    head = f" {look.symbols.later} {name(past)}  {day} {zone_name(look.zone)}"
    hole = f"{dot}NOT RECORDED: {clean(past.hole, look.symbols)}" if past.hole else ""
    told, more = f"{hole}{dot}{ago(past)}", f"{dot}{going(past, look)}"
    long, brief = (f"{dot}{one}" if one else "" for one in then)
    right = "" if past.replay else "0 now "
    ways = (
        *(head + utc + told + long + more, head + told + long + more, head + told + long),
        *(head + told + brief + more, head + told + brief, head + told),
        *(head + hole + brief, head + hole, head),
    )
    room = width - cell_len(right) - 1
    left = next((one for one in ways if cell_len(one) <= room), head)
    return fit(left, room + 1, more=look.symbols.more) + right


def heading(app: Desk, past: Past, width: int) -> Content:
    """In place of the usual first line: what is true now, and below it the banner."""
    look = app.look
    line = banner(past, look, width, stood(app.affairs, look))
    first = _replayed(app, past, width) if past.replay else present(app, past, width)
    return Content("\n").join([first, Content.styled(line, "$text-warning bold reverse")])


def _replayed(app: Desk, past: Past, width: int) -> Content:
    symbols = app.symbols
    title = f"  oncall  {clean(app.duty.estate, symbols, 40)}  {clean(past.replay, symbols, 60)}"
    right = "nothing can be done here "
    room = width - cell_len(right)
    told = fit(title, room, more=symbols.more) + right if room > 20 else fit(title, width)
    return Content.styled(told, "bold")


Styled = tuple[str, str]
"""A text and its style."""


def present(app: Desk, past: Past, width: int) -> Content:
    """What is true now: armed or not, how bad it is and whether it got worse, what is due.

    The name gives way first, then what is due and UTC; never how bad it is, never the time.
    """
    own = replace(app.look, now=past.here)
    name = f" oncall  {clean(app.duty.estate, own.symbols, 40)}"
    local, utc = past.here.estate.astimezone(own.zone), past.here.estate
    time = f"now {local:%H:%M} {zone_name(own.zone)} "
    both = f"{time} {utc:%H:%M} UTC "
    long, brief, tone = app.as_now.told(own)
    due, clock, urgency = deadline(past.affairs, own) or ("", "", "ok")
    bad, soon = f"{STYLES.get(tone, '')} bold".strip(), f"{STYLES[urgency]} bold"
    stands = standing(past.affairs, own)
    word, room = stands.partition(" ")[0], 0
    for title, how, may, what, clocks in (
        *((name, long, stands, due, both), (name, long, stands, clock, both)),
        ("", long, stands, clock, both),
        *((name, brief, stands, clock, both), ("", brief, stands, clock, both)),
        *(("", brief, stands, clock, time), ("", brief, stands, "", time)),
        ("", brief, word, "", time),
    ):
        mine = tuple(_own(app, past, f"{own.symbols.armed} {may}"))
        parts: tuple[Styled, ...] = ((title, "bold"), (how, bad), *mine, (what, soon))
        told = Content("  ").join([Content.styled(*one) for one in parts if one[0]])
        room = width - cell_len(clocks) - 2
        if told.cell_length <= room:
            break
    told = Content.assemble(" ", told.truncate(max(room, 0), pad=True), " ", (clocks, "bold"))
    return told.truncate(width)


def _own(app: Desk, past: Past, may: str) -> Iterator[Styled]:
    """Whether this console may act (`may`), whether it does, and that nothing of it is recorded."""
    yield may, "$text-error bold" if past.affairs.arming else "bold"
    if flights := len(past.affairs.flights):
        yield f"{app.symbols.pointer} {flights} under way", "$text-warning bold"
    if app.duty.unrecorded:
        yield f"now {UNRECORDED}", "$text-warning bold"


# What is taken along


def as_of(past: Past, look: Look) -> str:
    """The line on top of whatever is taken along of the past: nobody may take it for now."""
    local = past.now.estate.astimezone(look.zone)
    then = f"{local:%a %Y-%m-%d %H:%M:%S} {zone_name(look.zone)} ({past.now.estate:%H:%M:%S} UTC)"
    hole = f"; NOT RECORDED: {clean(past.hole, look.symbols)}" if past.hole else ""
    of = f" of {clean(past.replay, look.symbols, 60)}" if past.replay else ""
    return f"{name(past)}{of}: as it was {then}, {ago(past)}, and not as it is now{hole}"


def of_then(wanted: CopyWanted, past: Past, look: Look) -> CopyWanted:
    """A copy that says of when it is, in a file beside that of what is now."""
    local = past.now.estate.astimezone(look.zone)
    what = ", ".join(filter(None, (wanted.what, f"as it was at {local:%H:%M:%S}")))
    if wanted.name.endswith(".csv"):  # a line on top would be a row of the table
        return replace(wanted, name=f"{local:%Y-%m-%d-%H%M%S}-{wanted.name}", what=what)
    text = f"{as_of(past, look)}\n\n{wanted.text}"
    return replace(wanted, text=text, name=f"past-{wanted.name}", what=what)
