"""Planned windows: whether an instant lies inside one, in its own zone, on days with odd hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from console.config.planned import Window

EPOCH = datetime(2024, 1, 1)  # a Monday: where the rules that skip weeks or days begin to count
DAY = timedelta(days=1)


def in_window(windows: Mapping[str, Window], name: str, now: datetime) -> bool:
    """Whether the instant is inside this window. Raises KeyError where there is none."""
    return span(windows[name], now) is not None


def span(window: Window, now: datetime) -> tuple[datetime, datetime] | None:
    """Start and end (UTC) of the stretch that the instant lies in, or None outside of any."""
    today = now.astimezone(ZoneInfo(window.zone)).date()
    for day in (today, today - DAY):  # one that began yesterday may reach over midnight
        if on(window, day):
            start, end = stretch(window, day)
            if start <= now < end:
                return start, end
    return None


def coming(window: Window, now: datetime, days: int = 62) -> tuple[datetime, datetime] | None:
    """Start and end (UTC) of the next stretch to begin, or None where there is none so soon."""
    today = now.astimezone(ZoneInfo(window.zone)).date()
    for ahead in range(days):
        day = today + ahead * DAY
        if on(window, day) and (found := stretch(window, day))[0] > now:
            return found
    return None


def stretch(window: Window, day: date) -> tuple[datetime, datetime]:
    """The window that begins on this day, UTC; an hour that comes twice is inside both times."""
    until = day if window.to > window.from_ else day + DAY
    return moment(day, window.from_, window.zone), moment(until, window.to, window.zone, last=True)


def moment(day: date, at: time, zone: str, *, last: bool = False) -> datetime:
    """A wall time as an instant, UTC; `last` takes the second of two (clocks going back)."""
    wall = datetime.combine(day, at, ZoneInfo(zone)).replace(fold=int(last))
    first = wall.replace(fold=0)
    if last and first.utcoffset() != wall.utcoffset() and _skipped(first):
        wall = (
            first  # an hour that does not exist has two readings too; the later instant is fold 0
        )
    return wall.astimezone(UTC)


def _skipped(wall: datetime) -> bool:
    return wall.astimezone(UTC).astimezone(wall.tzinfo).time() != wall.time()


def on(window: Window, day: date) -> bool:
    """Whether the window begins on this day."""
    return window.on == day if window.on else _falls(window.rrule, day)


@lru_cache(maxsize=4096)
def _falls(rule: str, day: date) -> bool:
    from dateutil.rrule import rrulestr

    start = datetime.combine(day, time())
    dates = rrulestr(rule, dtstart=EPOCH, ignoretz=True)
    return bool(dates.between(start, start + DAY - timedelta(seconds=1), inc=True))
