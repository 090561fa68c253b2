"""What was seen inside a planned window: peaks, when, how long over the limit, which way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from console.model import Board, Row
from console.planned.stretches import Stretch

SOURCES = ("instances", "caches", "databases", "metrics")
TRENDS = {"load1": "load1_trend", "value": "trend"}
READING_S, HOLE_S = 60.0, 300.0
"""A reading stands for the time since the one before it; after a longer hole, for a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One fact of one thing in one scope, as far as it was seen."""

    scope: str
    name: str
    fact: str
    high: float
    high_at: datetime
    since: datetime
    """The first moment that was seen; before it nobody looked."""
    last: float
    last_at: datetime
    seen_s: float = 0.0
    """Seconds that were seen at all."""
    over_s: float = 0.0
    """Of them, at or over the limit."""
    limit: float | None = None
    trend: str = ""
    thing: str = ""
    """What its row is called; several machines may have one name."""
    rose_at: datetime | None = None
    """When it was first said to be rising, and not from very little."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is of."""
        return self.scope, self.thing or self.name, self.fact

    @property
    def remarkable(self) -> bool:
        """Whether it is to be reported: over the limit, or rising."""
        return self.over_s > 0 or self.rose_at is not None


Kept = Mapping[tuple[str, str, str], Seen]
Memory = Mapping[str, Kept]
"""Id of a stretch → what was seen in it."""
Point = tuple[datetime, float]
Limits = tuple[float | None, float | None]
"""From where on a value is worth a look, and from where on it is bad."""


def attended(memory: Memory, stretches: Iterable[Stretch], now: datetime) -> Memory:
    """The same with every watch that is open: a console is up in it, be it that it sees nothing."""
    up = [one.id for one in stretches if one.watched and one.start <= now < one.end]
    new: Memory = {id: {} for id in up if id not in memory}
    return {**memory, **new} if new else memory


def look(
    memory: Memory,
    board: Board,
    stretches: Iterable[Stretch],
    spans: Mapping[str, float],
    limits: Mapping[str, Limits],
) -> Memory:
    """The same with what this board adds; `spans`: how long a fact's series reaches back, s.

    A series brings what happened before the console was started, as far as it reaches.
    """
    found = dict(memory)
    for stretch in stretches:
        before = memory.get(stretch.id, {})
        after = dict(before)
        for row, fact, name in _told(board, stretch):
            points = tuple(_points(row, name, spans.get(fact, 0.0), stretch))
            trend = str(getattr(row, TRENDS.get(name, ""), None) or "")
            for scope in _scopes(row, stretch):
                was = before.get((scope, row.ref.name, fact)) or _unseen(scope, row, fact, points)
                if was is not None:
                    now = _further(was, points, _limits(stretch, fact, limits), trend)
                    after[now.key] = now
        if after != before:
            found[stretch.id] = after
    return found


def _told(board: Board, stretch: Stretch) -> Iterator[tuple[Row, str, str]]:
    """Rows with a fact that the window tells of, as it calls it, and the fact's name there."""
    wanted = stretch.window.told
    for row in (row for source in SOURCES for row in board.rows(source)):
        id = getattr(row, "id", None)
        for fact in wanted:
            name = "value" if id == fact else fact
            if (id is None or id == fact) and getattr(row, name, None) is not None:
                yield row, fact, name


def _scopes(row: Row, stretch: Stretch) -> Iterator[str]:
    """Of a row's scopes those that the window is about."""
    return (one for one in row.scopes if not stretch.scopes or one in stretch.scopes)


def _limits(stretch: Stretch, fact: str, usual: Mapping[str, Limits]) -> Limits:
    """Where the window names one limit alone, that is the one not to be reached."""
    own, (warn, crit) = stretch.window.thresholds.get(fact), usual.get(fact, (None, None))
    if own is None:
        return warn, crit
    if own.crit is None:
        return own.warn, min(each for each in (own.warn, crit) if each is not None)
    return own.warn if own.warn is not None else warn, own.crit


def _points(row: Row, name: str, span: float, stretch: Stretch) -> Iterator[Point]:
    """The values inside the window, oldest first; the newest is at the end of its series."""
    value, at = getattr(row, name), row.ages.get(name, row.at)
    series = row.series.get(name, ())
    every: list[tuple[datetime, float | None]] = [(at, value)]
    if len(series) > 1 and span:
        step = timedelta(seconds=span / len(series))
        every = [(at - step * (len(series) - 1 - n), one) for n, one in enumerate(series)]
    for when, one in every:
        if one is not None and stretch.start <= when < stretch.end:
            yield when, float(one)


def _unseen(scope: str, row: Row, fact: str, points: tuple[Point, ...]) -> Seen | None:
    """Of which nothing was seen before these points, or None where there are none."""
    if not points:
        return None
    at, value = points[0]
    before = at - timedelta(seconds=READING_S)
    return Seen(
        scope=scope,
        name=str(getattr(row, "name", "") or row.ref.name),
        thing=row.ref.name,
        fact=fact,
        high=value,
        high_at=at,
        since=at,
        last=value,
        last_at=before,
    )


def _further(was: Seen, points: tuple[Point, ...], limits: Limits, trend: str) -> Seen:
    """The same with the points that are new."""
    new = [point for point in points if point[0] > was.last_at]
    if not new:
        return was
    warn, crit = limits
    high, last = (was.high, was.high_at), was.last_at
    over, whole = was.over_s, was.seen_s
    for at, value in new:
        high = max(high, (value, at), key=lambda one: one[0])
        gone = (at - last).total_seconds()
        stood = gone if gone <= HOLE_S else READING_S
        whole += stood
        over += stood if crit is not None and value >= crit else 0.0
        last = at
    at, value = new[-1]
    rises = trend == "rising" and (warn is None or value >= warn)
    return replace(
        was,
        high=high[0],
        high_at=high[1],
        last=value,
        last_at=at,
        seen_s=whole,
        over_s=over,
        limit=crit,
        trend=trend,
        rose_at=was.rose_at or (at if rises else None),
    )
