"""Planned windows: whether an instant lies inside one, in its own zone, on days with odd hours.

And what is asked more often, and judged more strictly, while one is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from console.config.planned import Window
    from console.config.schema import Metric

EPOCH = datetime(2024, 1, 1)  # a Monday: where the rules that skip weeks or days begin to count
DAY = timedelta(days=1)
MEASURED = {"instances", "caches", "databases", "metrics"}  # sources whose values thresholds judge


def in_window(windows: Mapping[str, Window], name: str, now: datetime) -> bool:
    """Whether the instant is inside this window. Raises KeyError where there is none."""
    return span(windows[name], now) is not None


def span(window: Window, now: datetime) -> tuple[datetime, datetime] | None:
    """Start and end (UTC) of the stretch that the instant lies in, or None outside of any."""
    today = now.astimezone(ZoneInfo(window.zone)).date()
    for back in range(_reach(window) + 1):  # one that began yesterday may reach over midnight
        if on(window, day := today - back * DAY):
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
    start = moment(day, window.from_, window.zone)
    if window.to is None:
        return start, start + timedelta(seconds=window.duration or 0)
    until = day if window.to > window.from_ else day + DAY
    return start, moment(until, window.to, window.zone, last=True)


def _reach(window: Window) -> int:
    """Days before an instant on which a window that it lies in may have begun."""
    return 1 + int((window.duration or 0) // DAY.total_seconds())


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


def days(window: Window, first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last` on which the window begins."""
    if window.on is not None:
        yield from (one for one in (window.on,) if first <= one <= last)
        return
    from dateutil.rrule import rrulestr

    dates = rrulestr(window.rrule, dtstart=EPOCH, ignoretz=True)
    end = datetime.combine(last, time.max)
    yield from (one.date() for one in dates.between(datetime.combine(first, time()), end, inc=True))


def opened(windows: Mapping[str, Window], now: datetime) -> dict[str, Window]:
    """The windows that an instant lies in."""
    return {name: window for name, window in windows.items() if span(window, now) is not None}


def tightening(windows: Iterable[Window]) -> frozenset[str]:
    """The sources that are asked otherwise while one of these windows is open."""
    some = tuple(windows)
    asked = {source for window in some for source in window.every}
    judged = any(window.thresholds for window in some)
    return frozenset(asked | (MEASURED if judged else set()))


def covers(window: Window, scopes: Iterable[str]) -> bool:
    """Whether a window is about one of these scopes; one that names none is about all."""
    patterns = window.scopes
    return not patterns or any(fnmatchcase(one, each) for one in scopes for each in patterns)


def tightened(metric: Metric, scopes: Iterable[str], open_: Iterable[Window]) -> Metric:
    """The metric with the strictest limits that the open windows set for these scopes."""
    name, of = metric.fact or metric.id, tuple(scopes)
    limits = [w.thresholds[name] for w in open_ if name in w.thresholds and covers(w, of)]
    if not limits:
        return metric
    warn = _strictest(metric, [metric.warn, *(one.warn for one in limits)])
    crit = _strictest(metric, [metric.crit, *(one.crit for one in limits)])
    return metric.model_copy(update={"warn": warn, "crit": crit})


def _strictest(metric: Metric, limits: Iterable[float | None]) -> float | None:
    known = [one for one in limits if one is not None]
    if not known:
        return None
    return max(known) if metric.below else min(known)
