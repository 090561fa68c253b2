"""Moments of the week in a zone: from Friday 17:00 until Monday 09:00, by the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from console.config.cases import CanWait, WeekTime


def next_moment(week: WeekTime, zone: str, after: datetime) -> datetime:
    """The first such moment at or after an instant, UTC."""
    local = after.astimezone(ZoneInfo(zone))
    for days in range(9):  # a skipped hour can push a moment past its own day
        day = local.date() + timedelta(days=days)
        found = datetime.combine(day, week.at, ZoneInfo(zone)).astimezone(UTC)
        if day.weekday() == week.weekday and found >= after:
            return found
    raise AssertionError("a week has seven days")


def waits_until(can_wait: CanWait, zone: str, now: datetime) -> datetime | None:
    """Until when what is there at this instant may wait, or None where it may not."""
    until = next_moment(can_wait.until, zone, now + timedelta(microseconds=1))
    from_ = next_moment(can_wait.from_, zone, now)
    # Inside the stretch its end comes before its next beginning; at its very beginning, too.
    return until if until < from_ or from_ == now else None
