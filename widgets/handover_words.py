"""A handover in words: its items, how far each is, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.model import Severity
from console.model.handover import Item, Section
from console.model.shift import Hands, Said, Walk
from widgets.blocks import Block, Line
from widgets.look import Look
from widgets.plan_words import folded
from widgets.symbols import TONES
from widgets.words import cell_len, clean, clock, moment

INDENT = 6  # cells before what is said under a title
LONGEST = 2000
ALIKE, ALIKE_IN = 3, 2
"""So many places whose first lines (now, and at worst) are the same stand together."""
NOBODY = "o says who gives the shift and who takes it"
MOST_TITLE, MOST_SAID = 120, 240  # characters of one item in a message


def heading(walk: Walk, look: Look) -> list[tuple[str, str]]:
    """The lines above the items, each with its tone: who gives to whom, and how far they are."""
    document = walk.document
    if document is None:
        return [("the handover is being put together", "warning")]
    period_of = (document.since, document.until)
    begin, end = (clock(at.estate, look.zone, look.now.estate) for at in period_of)
    period = f"Handover {begin} {look.symbols.dash} {end}"
    hands, doubts = walk.hands, [(line, "warning") for line in document.doubtful]
    if hands is None:
        return [(period, "strong"), (_nobody(walk, look), ""), *doubts]
    asked = [one for one in document.items if one.asks]
    left = hands.left(document)
    gives, takes = (clean(name, look.symbols, 30) for name in (hands.gives, hands.takes))
    names = f"gives: {gives}   takes: {takes}"
    count = f"{len(asked) - len(left)} of {len(asked)} acknowledged"
    open_ = sum(1 for one in hands.asked if not one.answer)
    questions = f"   {open_} asked and not answered" if open_ else ""
    stays = f"the shift stays with {gives} until {takes} has acknowledged every item"
    ready = (
        f"every item is acknowledged: T hands the shift over to {takes}; until then {gives} has it"
    )
    told = (stays, "warning") if left else (ready, "ok")
    first = f"{period}   {names}   {count}{questions}"
    return [(first, "strong"), told, *doubts]


def _nobody(walk: Walk, look: Look) -> str:
    before = walk.before
    if before is None or before.taken_at is None:
        return NOBODY
    who, gave = (clean(name, look.symbols, 30) for name in (before.takes, before.gives))
    return f"{who} has had the shift since {look.clock_of(before.taken_at)}, from {gave}; {NOBODY}"


def blocks(walk: Walk, look: Look, width: int, under: str) -> list[Block]:
    """Every section with its items; the one under the cursor says all it has."""
    if walk.document is None:
        return []
    shown: list[Block] = []
    for section in walk.document.sections:
        shown.append(_section(section, look, width))
        alike = _alike(section)
        apart = [one for one in section.items if not any(one in many for many in alike)]
        shown += [_item(one, walk.hands, look, width, one.id == under) for one in apart]
        shown += [_together(many, look, width) for many in alike]
    return shown


def _alike(section: Section) -> list[list[Item]]:
    """What is only to be read and says the same of several places: nobody goes through it."""
    found: dict[tuple[str, ...], list[Item]] = {}
    for item in section.items:
        if section.columns and not (item.asks or item.before or item.said):
            found.setdefault(item.lines[:ALIKE_IN], []).append(item)
    return [many for many in found.values() if len(many) >= ALIKE]


def _together(many: Sequence[Item], look: Look, width: int) -> Block:
    named = ", ".join(clean(one.title, look.symbols) for one in many)
    said = "; ".join(clean(line, look.symbols) for line in many[0].lines[:ALIKE_IN])
    first, *rest = folded(f"{said}: {named}", max(width - INDENT, 20))
    head = (f" {look.symbols.dash}   ", "dim"), (first, "dim")
    return Block("", (head, *_indented(rest, width, "dim")))


def _section(section: Section, look: Look, width: int) -> Block:
    title = clean(section.title, look.symbols).upper()
    lines: list[Line] = [((f" {title}", "strong"),)]
    if not section.items:
        told = folded(clean(section.empty, look.symbols), max(width - INDENT, 20))
        lines += [((" " * INDENT + line, "dim"),) for line in told]
    return Block("", tuple(lines))


def state(item: Item, hands: Hands | None, look: Look) -> tuple[str, str, str]:
    """The sign of an item, its tone, and what is to be said of it beside the title."""
    symbols = look.symbols
    if not item.asks:
        return symbols.dash, "dim", "; ".join(map(clean, item.lines[:1]))
    said = hands.acknowledged.get(item.id) if hands else None
    if hands is None or said is None:
        return symbols.todo, "dim", ""
    who = f"{clean(said.who, symbols, 20)} {look.clock_of(said.at)}"
    if hands.agreed(item):
        return symbols.done, "ok", who
    return symbols.stale, "warning", f"CHANGED since {who}: acknowledge it again"


def _item(item: Item, hands: Hands | None, look: Look, width: int, open_: bool) -> Block:
    mark, kind, beside = state(item, hands, look)
    if open_ and not item.asks:
        beside = ""  # it stands below with the rest
    bad = look.symbols.severity(item.severity) if item.severity > Severity.OK else " "
    head = f" {mark} {bad} "
    room = max(width - cell_len(head) - 1, 20)
    title = clean(item.title, look.symbols)
    severe = TONES[item.severity] if item.severity > Severity.OK else ""
    lines: list[Line] = []
    if cell_len(title) + 2 + cell_len(beside) <= room:
        pad = " " * (room - cell_len(title) - cell_len(beside))
        lines.append(((head, kind), (title, severe), (pad + beside, kind)))
    else:
        first, *rest = folded(title, room)
        lines.append(((head, kind), (first, severe)))
        lines += _indented(rest, width, severe)
        lines += _indented([beside], width, kind) if beside else []
    for text, told in _texts(item, hands, look, open_):
        lines += _indented([clean(text, look.symbols, LONGEST)], width, told)
    return Block(item.id, tuple(lines))


def _indented(texts: Sequence[str], width: int, kind: str) -> list[Line]:
    room = max(width - INDENT - 1, 20)
    return [
        ((" " * INDENT, ""), (line.rstrip(), kind)) for text in texts for line in folded(text, room)
    ]


def _texts(item: Item, hands: Hands | None, look: Look, open_: bool) -> Iterator[tuple[str, str]]:
    """What is said of an item; in short where the cursor is elsewhere."""
    shown = item.lines if open_ else item.lines[: 1 if item.asks else 0]
    for line in shown:
        yield line, "dim"
    if item.next:
        owner = f"{item.owner}: " if item.owner else ""
        yield f"next: {owner}{item.next}", ""
    elif item.owner and open_:
        yield f"owner: {item.owner}", ""
    if item.stop and open_:
        yield f"over when: {item.stop}", ""
    for line in (*item.before, *(() if hands else item.said)):
        yield line, ""
    for one, word, kind in _conversation(item, hands):
        yield f"{look.clock_of(one.at)} {one.who} {word}: {one.text}", kind
    if open_ and item.at is not None:
        yield f"evidence of {moment(item.at.estate, look.zone)}", "dim"


def _conversation(item: Item, hands: Hands | None) -> list[tuple[Said, str, str]]:
    """What was asked and what was added, in the order in which it was said."""
    if hands is None:
        return []
    told = [(one, "asks", "" if one.answer else "warning") for one in hands.asked]
    told += [(one, "adds", "strong") for one in hands.added]
    mine = [one for one in told if one[0].item == item.id]
    return sorted(mine, key=lambda one: one[0].at)


def to_send(walk: Walk, look: Look, longest: int) -> str:
    """The handover as a message: what asks to be acknowledged, under its headings.

    Where there is no room for all of it, how many are not in it is said.
    """
    head = [text for text, _ in heading(walk, look)[:1]]
    told: list[str] = []
    if walk.document is not None:
        head += [clean(line, look.symbols, MOST_SAID) for line in walk.document.doubtful]
        told = [text for one in walk.document.sections for text in _asking(one, look)]
    for count in reversed(range(len(told) + 1)):
        left = len(told) - count
        more = [f"{look.symbols.more} and {left} more that are not in this message"] if left else []
        if len(text := "\n".join([*head, *told[:count], *more])) <= longest:
            return text
    return text[:longest]


def _asking(section: Section, look: Look) -> Iterator[str]:
    """What of a section asks, a line each; the first one stands under the heading."""
    heading = f"{clean(section.title, look.symbols, MOST_TITLE).upper()}\n"
    for item in section.items:
        if item.asks:
            bad = f"{item.severity.name} " if item.severity > Severity.OK else ""
            parts = [clean(line, look.symbols, MOST_SAID) for line in item.lines[:1]]
            if item.next:
                owner = f"{item.owner}: " if item.owner else ""
                parts.append(f"next: {clean(owner + item.next, look.symbols, MOST_SAID)}")
            title = clean(item.title, look.symbols, MOST_TITLE)
            yield f"{heading}- {bad}{title}" + (f": {'; '.join(parts)}" if parts else "")
            heading = ""
