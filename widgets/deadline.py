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
    long, brief, tone = _said(found, affairs, look)
    met = f" {look.symbols.warning} overlaps" if found.window.overlaps else ""
    return f"{look.symbols.deadline} {long}{met}", f"{look.symbols.deadline} {brief}", tone


def _said(found: Deadline, affairs: Affairs, look: Look) -> Said:
    now = look.now.estate
    at, what = clock(found.due, look.zone, now), named(found, affairs, look)
    apart = minutes(abs((found.due - now).total_seconds()))
    if found.begins:
        title = clean(found.window.title, look.symbols, 30)
        return f"{at} {title} (in {apart})", f"{at} begins", "ok"
    if not found.late(now):
        return f"{what} due {at} ({apart})", at, "warning" if _soon(found, look) else "ok"
    if found.what:
        return f"{what} late since {at} ({apart} ago)", f"{at} late", "warning"
    return f"{what} MISSED {at} ({apart} ago)", f"{at} MISSED", "critical"


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
