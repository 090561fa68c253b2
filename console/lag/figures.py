"""The figures beside a verdict: rates, time lag, records lost. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime

from console.lag.values import Point, Sample


def rates(
    window: Sequence[Sample], span_s: float, now: datetime
) -> tuple[float | None, float | None]:
    """Records a second produced and committed over the window; None where offsets went back."""
    first, last = window[0], window[-1]
    ago = min(max(span_s, between(first.at, now)), between(first.first, now))
    seconds = ago - between(last.at, now)
    if seconds <= 0:
        return None, None
    return _rate(first.end, last.end, seconds), _rate(first.committed, last.committed, seconds)


def _rate(old: int | None, new: int | None, seconds: float) -> float | None:
    if old is None or new is None or not 0 <= old <= new:
        return None
    return (new - old) / seconds


def time_lag(
    ends: Sequence[Point], committed: int | None, now: datetime
) -> tuple[float | None, bool]:
    """Seconds since the record at `committed` was produced, and whether that is a lower bound.

    kafka-lag-exporter's lookup: interpolated between two known points of the end offset.
    Beyond the oldest point it is a lower bound, never an extrapolation. A flat stretch is
    two points of one offset; the record came after the last of them.
    """
    if committed is None or committed < 0 or not ends:
        return None, False
    if committed >= ends[-1][1]:
        return (0.0 if committed == ends[-1][1] else None), False
    after = bisect_left(ends, committed + 1, key=lambda point: point[1])
    if after == 0:
        return max(now.timestamp() - ends[0][0], 0.0), True
    (then, low), (later, high) = ends[after - 1], ends[after]
    produced = then + (committed - low) * (later - then) / (high - low)
    return max(now.timestamp() - produced, 0.0), False


def lost_records(sample: Sample) -> int | None:
    """Records before the first one that is left, never read by the group; None = unknown."""
    if sample.committed is None or sample.committed < 0 or sample.start is None:
        return None
    return max(sample.start - sample.committed, 0)


def between(then: datetime, now: datetime) -> float:
    """Seconds from one time to another."""
    return (now - then).total_seconds()
