"""What is due next of the planned windows, in a line for the header."""

from __future__ import annotations

from console.model.affairs import Affairs
from console.model.planned import Deadline, Planned, foremost
from widgets.look import Look
from widgets.night_words import minutes
from widgets.words import clean, clock

REPORT = "report"
Said = tuple[str, str, str]
"""Long, short, and the tone."""


def deadline(affairs: Affairs, look: Look) -> Said | None:
    """What is due next: `⏲ report 堺 due 22:30 (58 min)`; a missed report outranks all."""
    found = foremost(affairs.windows, look.now.estate)
    if found is None:
        return None
    sign, at = look.symbols.deadline, clock(found.due, look.zone, look.now.estate)
    what = named(found, affairs, look)
    if found.begins:
        left = minutes((found.due - look.now.estate).total_seconds())
        title = clean(found.window.title, look.symbols, 30)
        return f"{sign} {at} {title} (in {left})", f"{sign} {at} begins", "ok"
    if not found.late(look.now.estate):
        left = minutes((found.due - look.now.estate).total_seconds())
        tone = "warning" if _soon(found, look) else "ok"
        return f"{sign} {what} due {at} ({left})", f"{sign} {at}", tone
    past = minutes((look.now.estate - found.due).total_seconds())
    word = "late since" if found.what else "MISSED"
    tone = "warning" if found.what else "critical"
    return f"{sign} {what} {word} {at} ({past} ago)", f"{sign} {at} {word.split()[0]}", tone


def _soon(found: Deadline, look: Look) -> bool:
    remind = found.window.remind_at if not found.what else None
    return remind is not None and remind <= look.now.estate


def named(found: Deadline, affairs: Affairs, look: Look) -> str:
    """What is due, and where."""
    what = clean(found.what, look.symbols, 30) or REPORT
    return f"{what} {place(found.window, affairs, look)}".strip()


def place(one: Planned, affairs: Affairs, look: Look) -> str:
    """Where it is: its only scope, or its title where it is about several or none."""
    told = affairs.title(one.scopes[0]) if len(one.scopes) == 1 else one.title
    return clean(told, look.symbols, 24)
