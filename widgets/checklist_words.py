"""A checklist in words: each step with its state, what it rests on, why it is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.model import Run, RunStep
from console.model.affairs import Affairs
from widgets.blocks import Block, Line
from widgets.look import Look
from widgets.plan_words import folded
from widgets.words import age, cell_len, clean, clock, fit

BEFORE = 17  # cells before a step's title: sign, time, kind
LONGEST = 2000
TONES = {
    "done": "ok",
    "verified": "ok",
    "by_hand": "ok",
    "failed": "critical",
    "unknown": "warning",
    "skipped": "dim",
    "left_out": "dim",
}


def heading(run: Run, affairs: Affairs, look: Look) -> str:
    """What this checklist is, since when, by whom."""
    symbols = look.symbols
    dot, place = symbols.dot, clean(affairs.title(run.scope), symbols)
    end = run.closed_at or look.now.real
    told = [
        f"{clean(run.title, symbols, 60)} {dot} {place}",
        f"run {clean(run.id, symbols, 12)}",
        f"opened {clock(run.opened_at, look.zone, look.now.real)} {clean(run.by, symbols, 30)}",
        age(end - run.opened_at),
    ]
    if run.closed_at is not None:
        told.append(f"CLOSED: {clean(run.closed_why, symbols, 60)}")
    return f" {dot} ".join(told)


def mark(run: Run, step: RunStep, look: Look) -> tuple[str, str]:
    """The sign of a step and its tone."""
    symbols = look.symbols
    if step.outcome in ("done", "verified", "by_hand"):
        return symbols.done, "ok"
    if step.outcome in ("failed", "unknown"):
        return symbols.critical if step.outcome == "failed" else symbols.unknown, TONES[
            step.outcome
        ]
    if step.outcome:
        return symbols.dash, "dim"
    return (symbols.pointer, "strong") if step is run.step else (symbols.todo, "dim")


def named(step: RunStep, affairs: Affairs) -> str:
    """What a step is called: remedies and contacts by their titles."""
    if step.title == step.remedy:
        return affairs.offer(step.remedy)
    card = affairs.contacts.get(step.contact)
    if card is not None and step.title == step.contact:
        return card.title
    return f"{step.id}: {step.title}" if step.kind in ("check", "wait") else step.title


def told(step: RunStep, look: Look) -> str:
    """What the step came to, or what it sees now."""
    symbols = look.symbols
    if step.outcome:
        word = "" if step.outcome == "done" else step.outcome.replace("_", " ").upper()
        said = " ".join(part for part in (word, clean(step.why, symbols)) if part)
        said += f"; tried again, {clean(step.now, symbols)}" if step.now else ""
        kept = "  evidence kept" if step.before or step.after else ""
        return f"{said}{kept}"
    if step.acting:
        return "under way"
    if step.now:
        return f"now {clean(step.now, symbols)}"
    if step.sent:
        return f"{len(step.sent)} sent, nobody answered yet"
    return ""


def timing(step: RunStep, look: Look) -> str:
    """How long it took or takes, and when it is due."""
    if step.outcome or step.began is None:
        return ""
    past = age(look.now.estate - step.began)
    if step.due is None:
        return past
    late = step.due <= look.now.estate
    due = clock(step.due, look.zone, look.now.estate)
    word = "next try" if step.kind == "contact" and step.sent else "until"
    return f"{past}, {word} {'due since ' if late else ''}{due}"


def block(run: Run, step: RunStep, affairs: Affairs, look: Look, width: int, open_: bool) -> Block:
    """A step; the one to do and the one under the cursor with everything about it."""
    sign, tone = mark(run, step, look)
    when = clock(step.at, look.zone, look.now.real)[-5:] if step.at else ""
    by = f" {clean(step.by, look.symbols, 20)}" if step.by else ""
    head = f" {sign} {when:<5}  {step.kind:<7}"
    room = max(width - cell_len(head) - 1, 20)
    title, right = clean(named(step, affairs), look.symbols), timing(step, look)
    side = " ".join(part for part in (told(step, look), right, by.strip()) if part)
    lines: list[Line] = []
    ending = TONES.get(step.outcome, "dim")
    if cell_len(title) + 2 + cell_len(side) <= room:
        pad = " " * (room - cell_len(title) - cell_len(side))
        lines.append(
            ((f"{head} ", tone), (title, ""), (pad + side, TONES.get(step.outcome, "dim")))
        )
    else:
        first, *rest = folded(title, room)
        lines.append(((f"{head} ", tone), (first, "")))
        lines += _indented(rest, width)
        lines += _indented([side], width, ending) if side else []
    if open_ or step is run.step:
        lines += _further(run, step, affairs, look, width)
    return Block(step.id, tuple(lines))


def _indented(texts: Sequence[str], width: int, tone: str = "") -> list[Line]:
    room = max(width - BEFORE, 20)
    return [
        ((" " * BEFORE, ""), (fit(line, room).rstrip(), tone))
        for text in texts
        for line in folded(text, room)
    ]


def _further(run: Run, step: RunStep, affairs: Affairs, look: Look, width: int) -> list[Line]:
    lines: list[Line] = []
    for text, tone in _texts(run, step, affairs, look):
        lines += _indented([clean(text, look.symbols, LONGEST)], width, tone)
    return lines


def _texts(run: Run, step: RunStep, affairs: Affairs, look: Look) -> Iterator[tuple[str, str]]:
    """Why, whom, the message, the tries, the notes, the evidence, and the key that goes on."""
    if step.say:
        yield f"Why: {step.say}", "dim"
    if card := affairs.contacts.get(step.contact):
        about = [card.title, card.answers_for, card.hours, card.language]
        yield f" {look.symbols.dot} ".join(part for part in about if part), ""
        yield f"reach: {', '.join(card.channels)}", ""
    if step.message:
        first, *rest = step.message.splitlines()
        yield f"message: {first}", "strong"
        yield from ((line, "strong") for line in rest)
    for label, texts in (("sent", step.sent), ("note", step.notes)):
        for text in texts:
            yield f"{label}: {text}", "dim"
    for label, texts in (("before", step.before), ("after", step.after)):
        for text in texts:
            yield f"{label}: {text}", "dim"
    if step.gate and not step.passed:
        yield "GATE: no later step can be ticked or run before this holds", "warning"
    if run.holds_up(step):
        call = f"; call {', then '.join(reached(id, affairs) for id in run.call)}" * bool(run.call)
        seen = ", space I saw that it happened" if step.kind == "run" else ""
        skips = "" if step.gate and step.outcome != "unknown" else ", s skips with a reason"
        yield f"stopped here{call}. R tries again{skips}{seen}", "warning"
    elif not step.outcome and step.kind == "contact":
        send = "r sends it  " if affairs.sends(step.contact) else ""
        tell = "t told by another way" if send else "t told by which way"
        yield f"y copies the message  {send}{tell}  space somebody answered", "strong"
    elif not step.outcome and (deed := DEEDS.get(step.kind)):
        yield deed, "strong"
    elif run.closed_at is None and step.kind == "run" and step.outcome in ("unknown", "skipped"):
        again = "R tries again  " if step.outcome == "unknown" else ""
        yield f"{again}space I saw that it happened", "strong"


def reached(contact: str, affairs: Affairs) -> str:
    """Whom to call, and how."""
    card = affairs.contacts.get(contact)
    return f"{card.title} ({', '.join(card.channels)})" if card else contact


DEEDS = {
    "do": "space ticks it",
    "run": "r shows what would be done  space I saw that it happened",
}
