"""A maintenance in full: its phase, what stands out, brokers, topics, happenings, what is next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from textual.content import Content

from console.model import Run
from console.model.affairs import Affairs
from console.sources.maintenance import CALM, ENDED, doubt
from widgets.checklist_words import named
from widgets.freshness import trouble_lines
from widgets.lanes import Axis, axis_of, clock_line, lane_pieces, lasted, level_strip
from widgets.look import Look, why_missing
from widgets.night_words import NAMES, Shown, clock_of, left, since
from widgets.plan_words import folded
from widgets.symbols import STYLES
from widgets.words import age, cell_len, clean, duration, fit, fit_middle, number, zone_name

if TYPE_CHECKING:
    from console.sources.maintenance import Happening, Lane, Maintenance, Watched

WIDE = 120  # cells from which a line tells everything
WORDS = 30  # cells at most for a lane's words on a small screen
NEWEST = 50  # happenings on the screen; the journal has them all
VERDICTS = {"stuck": "warning", "lost": "critical", "ok": "ok", "idle": "ok"}


def phase_words(watch: Shown, look: Look) -> str:
    """The phase as the maintenance screen says it."""
    row, until = watch.row, watch.phase_until(look)
    past = "" if row.since is None else f" {duration(since(row.since, until))}"
    if row.phase is None:
        return f"phase unknown: {why_missing(row, 'phase', look.symbols) or 'nobody could tell'}"
    if row.phase in ("broker_down", "catching_up") and row.broker is not None:
        state = "DOWN" if row.phase == "broker_down" else "CATCHING UP"
        return f"BROKER {row.broker} {state}{past}"
    if row.phase in ENDED:
        told = f"{NAMES[row.phase]} since {clock_of(row.since, look)}"
        return told if row.phase == "over" else f"{told} ({clean(doubt(row), look.symbols)})"
    if row.phase == "settling" and row.healthy_since is not None:
        return f"SETTLING, well for {duration(since(row.healthy_since, until))}"
    return f"{NAMES[row.phase]}{past}"


def state_words(row: Maintenance, look: Look, wide: bool) -> str:
    """`MAINTENANCE (SECURITY_PATCHING) since 21:04`."""
    state = clean(row.state or "", look.symbols, 40)
    if not state:
        why = why_missing(row, "state", look.symbols)
        state = f"Amazon's word {look.symbols.none}{f' ({why})' if why else ''}"
    if row.phase in CALM or row.began is None:
        return state
    kind = f" ({clean(row.operation, look.symbols, 40)})" if row.operation and wide else ""
    began = clock_of(row.began, look)
    if row.phase in ENDED:
        return f"{state}{kind} {look.symbols.dot} it began {began}"
    return f"{state}{kind} since {began}"


def lane_words(lane: Lane, watch: Shown, look: Look, wide: bool) -> str:
    """How long a broker was away and behind, and what it leads."""
    symbols, row = look.symbols, watch.row
    sums, running = lasted(lane, row.began, watch.until(look)), watch.running
    told = []
    if sums.down:
        told.append(f"down {duration(sums.down)}")
    if sums.behind:
        done = "in sync after" if sums.now == "up" else "catching up"
        told.append(f"{done if wide else 'sync'} {duration(sums.behind)}")
    if not told:
        told.append("not yet" if running and row.brokers_left and sums.now == "up" else sums.now)
    if wide and lane.leads is not None:
        before = "" if lane.led in (None, lane.leads) else f"{lane.led} {symbols.arrow} "
        told.append(f"leads {before}{lane.leads}")
    return f" {symbols.dot} ".join(told)


def cluster_words(row: Maintenance, look: Look, wide: bool) -> str:
    """How the whole cluster stands, in one line."""
    none, dot = look.symbols.none, f" {look.symbols.dot} "
    known = any(lane.standing != "unknown" for lane in row.lanes)
    up = sum(lane.standing == "up" for lane in row.lanes) if known else none
    told = [
        f"under-repl{'icated' * wide} {_count(row.under_replicated, none)}",
        f"leaderless {_count(row.leaderless, none)}",
        f"ISR {'full ' * wide}{up}/{len(row.lanes)}" if row.lanes else f"ISR {none}",
        f"preferred leaders {none if row.preferred_pct is None else f'{row.preferred_pct:.0f} %'}",
        left(row, wide),
    ]
    return dot.join(one for one in told if one)


def watched_words(one: Watched, look: Look, wide: bool) -> str:
    """A topic as its group reads it: now, and how that was before."""
    symbols, before = look.symbols, one.before

    def change(name: str) -> str:
        now = _count(getattr(one, name), symbols.none)
        was = _count(getattr(before, name), symbols.none) if before else now
        return now if was == now else f"{was} {symbols.arrow} {now}"

    told = [f"lag {change('lag')}"]
    if wide:
        told += [f"in {change('in_per_s')}/s", f"out {change('out_per_s')}/s"]
        if one.partitions is not None:
            leaders = _count(one.leaders, symbols.none)
            told.append(f"leaders {leaders}/{change('partitions')}")
        told += [clean(one.why, symbols)] if one.why else []
    return f" {symbols.dot} ".join(told)


def next_words(watch: Shown, run: Run | None, affairs: Affairs, look: Look) -> Iterator[str]:
    """What comes next: the checklist's step and those after it, or the key that begins it."""
    symbols = look.symbols
    if run is not None and run.step is not None:
        at = run.steps.index(run.step)
        rest = [clean(named(one, affairs), symbols) for one in run.steps[at:] if not one.outcome]
        now, *then = rest or [clean(named(run.step, affairs), symbols)]
        yield f"{at + 1}/{len(run.steps)} {now}"
        if run.stopped:
            yield f"STOPPED: {clean(run.stopped, symbols)}"
        yield from then
    elif run is not None:
        yield "nothing is left to do: c looks, and C there closes it"
    elif watch.row.phase in CALM:
        yield "nothing to do"
    else:
        yield "c begins the checklist"


def _count(value: float | None, none: str) -> str:
    return none if value is None else number(value)


# Lines


def title_lines(watch: Shown, look: Look, width: int) -> list[Content]:
    """Which cluster, what Amazon says, how far it is, and first of all what is not as expected."""
    row, symbols = watch.row, look.symbols
    dot = f" {symbols.dot} "
    name = clean(row.cluster or row.ref.scope, symbols, 40)
    words = [f"MSK {name}", state_words(row, look, width >= WIDE), phase_words(watch, look)]
    head = dot.join(words)
    tone = "critical" if row.unexpected else "warning" if watch.running else "ok"
    lines = _told([f"{symbols.critical} {one}" for one in row.unexpected], "critical", look, width)
    if watch.old(look):
        return [*_stale(watch, look, width), *_folded(head, STYLES["unknown"], width), *lines]
    lines += _unseen(row, look, width)
    if watch.running and not lines:
        said = f"expected{' so far' if width >= WIDE else ''} {symbols.done}"
        gap = width - cell_len(head) - cell_len(said)
        if gap >= 2:
            return [Content.assemble((head, STYLES[tone]), " " * gap, (said, STYLES["ok"])), *lines]
        lines = [Content.styled(said, STYLES["ok"]), *lines]
    return [*_folded(head, STYLES[tone], width), *lines]


def _unseen(row: Maintenance, look: Look, width: int) -> list[Content]:
    """Which brokers are not seen, and why: what is not seen is not as expected."""
    why, seen = why_missing(row, "lanes", look.symbols), row.ages.get("phase")
    if not why or row.phase is None:
        return []
    told = why
    if row.under_replicated is None:
        since_when = f" since {clock_of(seen, look)}" if seen else ""
        told = f"the brokers are not seen{since_when}: {why}"
    return _told([f"{look.symbols.stale} {told}"], "warning", look, width)


def _stale(watch: Shown, look: Look, width: int) -> list[Content]:
    past = watch.part.age(look.now.real)
    seen = "never answered" if past is None else f"not seen for {age(past)}"
    head = f"{look.symbols.stale} STALE {look.symbols.dot} {seen}: what follows are old values"
    why = trouble_lines(watch.part, False, look, width)
    return [
        line for text in (head, *why) for line in _folded(text, STYLES["warning"] + " bold", width)
    ]


def _folded(text: str, style: str, width: int) -> list[Content]:
    return [Content.styled(line, style) for line in folded(text, max(width, 10))]


def _told(texts: Iterable[str], tone: str, look: Look, width: int) -> list[Content]:
    cleaned = (clean(text, look.symbols) for text in texts)
    return [line for text in cleaned for line in _folded(text, STYLES[tone], width)]


def lane_lines(watch: Shown, look: Look, width: int) -> list[Content]:
    """Clock times, a lane a broker, and the levels below them, all on one axis."""
    row, symbols, until = watch.row, look.symbols, watch.until(look)
    wide = width >= WIDE
    words = [lane_words(lane, watch, look, wide) for lane in row.lanes]
    most = max(map(cell_len, words), default=0)
    names = [f"broker {lane.broker}" for lane in row.lanes]
    before = max(map(cell_len, [*names, "under-repl"])) + 1
    after = most if wide else min(most, WORDS)
    axis = axis_of(row, until, width - before - after - 2)
    zone = fit(zone_name(look.zone), before, more=look.symbols.more)
    lines = [Content.styled(zone + clock_line(axis, look.zone), STYLES["unknown"])]
    for lane, name, said in zip(row.lanes, names, words, strict=True):
        pieces = lane_pieces(lane, axis, until, look.now.estate, symbols)
        styled = [(cells, STYLES.get(tone, "")) for cells, tone in pieces]
        told = f"  {fit(said, after, more=symbols.more).rstrip()}"
        lines.append(Content.assemble(f"{name:<{before}}", *styled, told))
    return [*lines, *_levels(row, axis, watch, look, before)]


def _levels(row: Maintenance, axis: Axis, watch: Shown, look: Look, before: int) -> list[Content]:
    strips = []
    for name, word in (("under_replicated", "under-repl"), ("leaderless", "leaderless")):
        strip = level_strip(row.levels, name, axis, watch.until(look), look.symbols)
        seen = [value for one in row.levels if (value := getattr(one, name)) is not None]
        if strip.strip() and any(seen):
            bounds = f"  at most {max(seen)}"
            strips.append(Content.assemble(f"{word:<{before}}", fit(strip, axis.cells), bounds))
    return strips


def watched_lines(watch: Shown, look: Look, width: int) -> list[Content]:
    """The topics that the case looks at: the verdict, who reads what, before and now."""
    symbols, wide = look.symbols, width >= WIDE
    lines = []
    for one in watch.row.watched:
        verdict = clean(one.verdict, symbols, 20).replace("_", " ").upper()
        tone = STYLES.get(VERDICTS.get(one.verdict, "unknown"), "")
        name = f"{clean(one.group, symbols, 60)}  {clean(one.topic, symbols, 120)}"
        said = watched_words(one, look, wide)
        room = max(width - 12 - cell_len(said) - 2, width // 3)
        line = fit_middle(name, min(room, max(cell_len(name), 5)), symbols.more)
        lines.append(
            Content.assemble(
                (f"{verdict:<12}", tone),
                line.rstrip() + "  ",
                (fit(said, width - 14 - cell_len(line.rstrip()), more=symbols.more).rstrip(), ""),
            )
        )
    return lines


def expected_lines(row: Maintenance, look: Look, width: int) -> list[Content]:
    """What belongs to it and is within its budget."""
    texts = [f"{look.symbols.done} {one}" for one in row.expected]
    if width >= WIDE:
        return _told(texts, "unknown", look, width)
    return _told(["  ".join(texts)], "unknown", look, width) if texts else []


def happening_lines(happenings: Iterable[Happening], look: Look, width: int) -> Iterator[Content]:
    """What was seen, newest first, each with its clock time."""
    for one in islice(reversed(tuple(happenings)), NEWEST):
        at = f"{one.at.astimezone(look.zone):%H:%M:%S}"
        mark = "" if one.expected else f"{look.symbols.critical} unexpected: "
        text = fit(mark + clean(one.text, look.symbols), width - 10, more=look.symbols.more)
        style = "" if one.expected else STYLES["critical"]
        yield Content.assemble((f"{at}  ", STYLES["unknown"]), (text.rstrip(), style))


def night_lines(watch: Shown, look: Look, width: int) -> Content:
    """All of it below the title, the essential first."""
    row = watch.row
    told = cluster_words(row, look, width >= WIDE)
    cluster = _folded(told, STYLES["critical"] if row.leaderless else "", width)
    blocks = [
        [*lane_lines(watch, look, width), *cluster],
        watched_lines(watch, look, width),
        expected_lines(row, look, width),
        list(happening_lines(row.happenings, look, width)),
    ]
    gap = [Content("")] if width >= WIDE else []
    lines: list[Content] = []
    for block in filter(None, blocks):
        lines += [*(gap if lines else []), *block]
    return Content("\n").join(lines)
