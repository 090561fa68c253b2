"""Which way a value goes over a window, and the numbers of its sparkline. Pure: reads no clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from statistics import fmean, median
from typing import Literal

Direction = Literal["rising", "flat", "falling"]
Points = Sequence[tuple[datetime, float | None]]
"""(time, value) in any order; None is a look that brought no value."""

FEWEST = 3
COVERED = 0.5  # of the window: less says nothing about the window
MOST = 60  # points that are fitted: 1,770 pairs, under a millisecond


@dataclass(frozen=True, slots=True)
class _Line:
    """A straight line through a window: seconds from its start, value = base + slope × seconds."""

    base: float
    slope: float
    level: float
    """Median size of the values, the measure of what is noise."""


def trend(
    points: Points,
    over_s: float,
    *,
    tolerance_pct: float = 5.0,
    floor: float = 0.0,
    now: datetime | None = None,
) -> Direction | None:
    """Where a value went in the last `over_s` seconds before `now` (else the newest point).

    It is flat while the change over the window is at most `tolerance_pct` of the value's
    level, or at most `floor` in the value's own unit.
    """
    line = _fit(points, over_s, now)
    if line is None:
        return None
    change = line.slope * over_s
    noise = max(line.level * tolerance_pct / 100, floor)
    return "flat" if abs(change) <= noise else "rising" if change > 0 else "falling"


def change_pct(points: Points, over_s: float, now: datetime | None = None) -> float | None:
    """Percent of change over the window, as in "rising 20% over 30m"; None = unknown.

    From nothing to something is infinite, which is more than any percentage asked for.
    """
    line = _fit(points, over_s, now)
    if line is None:
        return None
    change = line.slope * over_s
    if change == 0:
        return 0.0
    if line.base <= 0:
        return math.copysign(math.inf, change)
    return 100 * change / line.base


def bins(
    points: Points, n: int, over_s: float | None = None, now: datetime | None = None
) -> tuple[float | None, ...]:
    """Means of `n` equal spans of time, oldest first; None where nothing was seen."""
    known = _known(points)
    if not known or n < 1:
        return (None,) * max(n, 0)
    end = now or known[-1][0]
    whole = over_s if over_s is not None else (end - known[0][0]).total_seconds()
    boxes: list[list[float]] = [[] for _ in range(n)]
    for at, value in known:
        ago = (end - at).total_seconds()
        if 0 <= ago <= whole:
            boxes[n - 1 - min(int(ago / (whole or 1) * n), n - 1)].append(value)
    return tuple(fmean(box) if box else None for box in boxes)


def _known(points: Iterable[tuple[datetime, float | None]]) -> list[tuple[datetime, float]]:
    """The points that have a finite value, oldest first."""
    have = ((at, value) for at, value in points if value is not None)
    return sorted((at, value) for at, value in have if math.isfinite(value))


def _fit(points: Points, over_s: float, now: datetime | None) -> _Line | None:
    """Theil–Sen: the median of all pairwise slopes, so that one spike does not make a trend.

    Least squares would let the last minute of a cron job tip half an hour.
    """
    known = _known(points)
    if not known:
        return None
    start = (now or known[-1][0]) - timedelta(seconds=over_s)
    seen = [((at - start).total_seconds(), value) for at, value in known]
    inside = [(at, value) for at, value in seen if 0 <= at <= over_s]
    if len(inside) > MOST:
        step = (len(inside) - 1) / (MOST - 1)
        inside = [inside[round(i * step)] for i in range(MOST)]
    if len(inside) < FEWEST or inside[-1][0] - inside[0][0] < max(COVERED * over_s, 1e-6):
        return None
    slopes = [(w - v) / (b - a) for (a, v), (b, w) in combinations(inside, 2) if b > a]
    slope = median(slopes)
    base = median(value - slope * at for at, value in inside)
    return _Line(base, slope, median(abs(value) for _, value in inside))
