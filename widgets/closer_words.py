"""What looking closer says of itself: what may be read, and how the reading stands."""

from __future__ import annotations

from console.model.closer import Choice, Reading
from widgets.look import Look
from widgets.words import age, clean, clock, number


def choice_words(choice: Choice, look: Look) -> str:
    """A choice in a list, with the time it tells of."""
    at = f" {clock(choice.at, look.zone, look.now.estate)}" if choice.at else ""
    return f"{clean(choice.title, look.symbols)}{at}"


def state_words(reading: Reading, look: Look) -> str:
    """How the reading stands, how old it is, how much was let go."""
    past = "" if reading.read_at is None else age(look.now.real - reading.read_at)
    phase = {
        "asking": "asking",
        "reading": "reading",
        "following": f"following, last line {past} ago" if past else "following",
        "ended": f"read {past} ago",
        "failed": f"FAILED, last line {past} ago" if past else "FAILED",
    }[reading.phase]
    told = [phase, f"{number(len(reading.lines))} lines"]
    if reading.dropped:
        told.append(f"{number(reading.dropped)} older ones let go")
    if reading.cut:
        told.append(f"{number(reading.cut)} long ones cut")
    if choice := reading.choice:
        told.append(clean(choice.say, look.symbols))
    return f" {look.symbols.dot} ".join(part for part in told if part)
