"""Until when a finding may be silent: a few choices, in the estate's own time."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from widgets.words import clock

MORNING = time(9, 0)
MONDAY = 0
HOURS = (1, 4, 12)


def mornings(now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The next morning at nine, and the next Monday's, where people live."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), MORNING, zone)
    next_ = today if local < today else _later(today, 1)
    monday = _later(next_, (MONDAY - next_.weekday()) % 7)
    return next_, monday


def _later(at: datetime, days: int) -> datetime:
    """The same time of day, also where the clocks change meanwhile."""
    return datetime.combine(at.date() + timedelta(days=days), at.time(), at.tzinfo)


def expiries(now: datetime, zone: tzinfo, silent: bool) -> tuple[tuple[str, datetime | None], ...]:
    """What can be chosen, in words, and its moment; None ends a silence."""
    after = [(f"{hours} h", now + timedelta(hours=hours)) for hours in HOURS]
    morning, monday = mornings(now, zone)
    named = [*after, ("the morning", morning), ("Monday morning", monday)]
    told = tuple((f"{name}: until {clock(at, zone, now)}", at) for name, at in named)
    return (("not any more", None), *told) if silent else told
