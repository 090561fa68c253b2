"""Planned windows in words: lines of the list, steps, the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC

from console.model.affairs import Affairs
from console.model.planned import Planned, PlannedStep
from widgets.blocks import Block, Line
from widgets.look import Look, zone_of
from widgets.night_words import minutes
from widgets.plan_words import folded
from widgets.words import age, cell_len, clean, clock, fit, zone_name

TITLE = 40  # cells of a title beside other things
INDENT = 4
WIDE = 100  # cells from which a line has room for UTC too
REPORT = "report"
"""The block of the report below the steps."""


def times(one: Planned, look: Look, both: bool = True) -> str:
    """`Tue 1 Dec 21:30–23:00 Tokyo  12:30–14:00 UTC`; without UTC where there is no room."""
    zone, dash = zone_of(one.zone), look.symbols.dash
    start, end = one.start.astimezone(zone), one.end.astimezone(zone)
    utc = f"  {one.start.astimezone(UTC):%H:%M}{dash}{one.end.astimezone(UTC):%H:%M} UTC"
    day = f"{start:%a} {start.day:>2} {start:%b}"
    return f"{day} {start:%H:%M}{dash}{end:%H:%M} {zone_name(zone)}{utc if both else ''}"


def state(one: Planned, look: Look) -> tuple[str, str, str]:
    """Its sign, how it stands, and the tone."""
    now, symbols, zone = look.now.estate, look.symbols, zone_of(one.zone)
    if one.missed(now) and one.report_due is not None:
        past = minutes((now - one.report_due).total_seconds())
        at = clock(one.report_due, zone, now)
        return symbols.critical, f"REPORT MISSED {at} ({past} ago)", "critical"
    reported = ""
    if one.reported_at is not None:
        at = clock(look.now.by_estate(one.reported_at), zone, now)
        reported = f"reported {at} {clean(one.reported_by, symbols, 20)}"
    if one.open(now) or (one.start <= now and one.owed):
        told = [f"open, {minutes((one.end - now).total_seconds())} left"] if one.open(now) else []
        told += [reported] if reported else []
        if one.owed and one.report_due is not None:
            left = minutes((one.report_due - now).total_seconds())
            told.append(f"report due {clock(one.report_due, zone, now)} ({left})")
        return symbols.pointer, "; ".join(told), "strong"
    if one.start > now:
        return symbols.todo, f"in {age(one.start - now)}", ""
    if reported:
        return symbols.done, reported, "ok"
    return symbols.done, "report written" if one.written else "over", "dim"


def shown(windows: Iterable[Planned], look: Look) -> tuple[Planned, ...]:
    """What is worth a line: of what is over only what had steps or left a report."""
    now = look.now.estate
    return tuple(one for one in windows if not one.over(now) or one.steps or one.report)


def line(one: Planned, affairs: Affairs, look: Look, width: int, under: bool) -> Block:
    """One stretch in the list: when, what, how it stands; where, if that matters now."""
    symbols, (sign, told, tone) = look.symbols, state(one, look)
    done = sum(step.at is not None for step in one.steps)
    steps = f"{done}/{len(one.steps)} steps" if one.steps else ""
    title = clean(one.title, symbols, TITLE)
    head = f" {sign} {times(one, look, width >= WIDE)}  {title}"
    right, now = f" {symbols.dot} ".join(part for part in (steps, told) if part), look.now.estate
    texts = [f"{head}   {right}"]
    if cell_len(texts[0]) > width and one.start <= now:
        texts = [head, f"{' ' * INDENT}{right}"]
    lines: list[Line] = [((fit(text, width, more=symbols.more).rstrip(), tone),) for text in texts]
    if under or (one.start <= now and (one.owed or not one.over(now))):
        where = ", ".join(clean(affairs.title(scope), symbols, 30) for scope in one.scopes[:4])
        more = f" +{len(one.scopes) - 4}" if len(one.scopes) > 4 else ""
        about = f"{' ' * INDENT}{clean(one.kind, symbols, 20)}  {where}{more}"
        lines.append(((fit(about, width, more=symbols.more).rstrip(), "dim"),))
    if one.overlaps:
        met = ", ".join(clean(title, symbols, TITLE) for title in one.overlaps)
        text = f"{' ' * INDENT}{symbols.warning} at the same time as {met}"
        lines.append(((fit(text, width, more=symbols.more).rstrip(), "warning"),))
    return Block(one.id, tuple(lines))


def heading(one: Planned, affairs: Affairs, look: Look) -> str:
    """The window above its steps."""
    dot = f" {look.symbols.dot} "
    where = ", ".join(clean(affairs.title(scope), look.symbols, 30) for scope in one.scopes[:6])
    kind = clean(one.kind, look.symbols, 20)
    told = [clean(one.title, look.symbols, 60), kind, times(one, look), state(one, look)[1]]
    return dot.join(told) + (f"\n{where}" if where else "")


def step(one: Planned, each: PlannedStep, look: Look, width: int, under: bool) -> Block:
    """A step: who did it when, or by when it is due."""
    symbols, now = look.symbols, look.now.estate
    zone = zone_of(one.zone)
    if each.at is not None:
        at = clock(look.now.by_estate(each.at), zone, now)
        sign, right, tone = symbols.done, f"{at} {clean(each.by, symbols, 20)}", "ok"
    elif each.due is None:
        sign, right, tone = symbols.todo, "", ""
    else:
        late = each.due <= now and one.start <= now
        past = minutes(abs((each.due - now).total_seconds()))
        told = f"late {past}" if late else f"in {past}"
        sign, tone = symbols.todo, "warning" if late else ""
        right = f"due {clock(each.due, zone, now)} ({told})"
    title = clean(each.title, symbols, 120)
    lines: list[Line] = [((fit(f" {sign} {title}   {right}", width, more=symbols.more), tone),)]
    if under and each.say:
        room = max(width - INDENT - 1, 20)
        told_ = folded(f"Why: {clean(each.say, symbols, 600)}", room)
        lines += [((" " * INDENT + text, "dim"),) for text in told_]
    return Block(each.id, tuple(lines))


def report(one: Planned, look: Look, width: int) -> Block:
    """The text that is ready, and the keys that go on with it."""
    return Block(REPORT, tuple(_report(one, look, width)))


def _report(one: Planned, look: Look, width: int) -> Iterator[Line]:
    symbols, room = look.symbols, max(width - INDENT - 1, 20)
    # of a watch the last values come some minutes after its end
    final = one.written or (one.kind != "watch" and one.over(look.now.estate))
    head = "Report" if final else "Report, as it is so far"
    yield ((f" {symbols.line * 2} {head} {symbols.line * 2}", "strong"),)
    if not one.report:
        yield ((f"{' ' * INDENT}nothing was seen of this yet", "dim"),)
    for text in one.report.splitlines():
        for part in folded(clean(text, symbols, 2000), room):
            yield ((" " * INDENT + part, ""),)
    keys = "y copies it   R it is out" if one.report or one.owed else ""
    keys = "R it is not out after all" if one.reported_at is not None else keys
    if keys:
        yield ((" " * INDENT, ""), (keys, "strong"))
