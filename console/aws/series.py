"""CloudWatch series: which ones a resource has, and what their points say about its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from console.model import Severity
from console.trend import bins, trend

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.config.schema import Metric

ANY = "*"  # a dimension's value that ListMetrics has to tell
DETAILED_ONLY = 300.0  # seconds: EC2's own metrics without detailed monitoring
WITH_TREND = {"load1", "value"}
Points = tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one thing, for the scopes that the thing serves."""

    place: Place
    metric: Metric = field(hash=False, compare=False)
    thing: str
    """Instance id, cache cluster id, or the scope of a metric that stands for itself."""
    dimensions: tuple[tuple[str, str], ...]
    scopes: tuple[str, ...] = field(hash=False, compare=False)
    period: float
    metric_id: str
    namespace: str
    name: str

    @property
    def fact(self) -> str:
        """The fact it fills; a metric that stands for itself fills `value`."""
        return self.metric.fact if self.metric.of != "metrics" else "value"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one series: newest value and points, or why there is none."""

    value: float | None = None
    points: Points = ()
    why: str = ""
    asked: bool = True
    """False where nobody wanted it now: a value that was not asked for is no fault."""
    spark: tuple[float | None, ...] = ()
    """The points on an even grid, oldest first."""
    direction: str | None = None
    """rising, flat or falling; only of facts that have a trend."""


def series_of(
    metric: Metric, place: Place, thing: str, scopes: tuple[str, ...], words: Mapping[str, str]
) -> Series:
    """The series of one resource: `{instance_id}` and the like are filled in from `words`."""
    dimensions: dict[str, str] = {}
    for name, value in metric.dimensions.items():
        for word, meant in words.items():
            value = value.replace(f"{{{word}}}", meant)
        dimensions[name] = value
    return Series(
        place,
        metric,
        thing,
        tuple(sorted(dimensions.items())),
        scopes,
        metric.period,
        metric.id,
        metric.namespace,
        metric.name,
    )


def basic(series: Series) -> Series:
    """The series as it is without detailed monitoring: EC2's own metrics come every 5 minutes."""
    free = series.namespace != "AWS/EC2" or series.name.startswith("StatusCheck")
    return series if free else replace(series, period=max(series.period, DETAILED_ONLY))


def by_thing(series: Iterable[Series]) -> dict[str, list[Series]]:
    """Series by the resource they are of."""
    found: dict[str, list[Series]] = {}
    for each in series:
        found.setdefault(each.thing, []).append(each)
    return found


def newest(points: Points, period: float, now: datetime) -> tuple[float | None, str]:
    """The newest value, or why it cannot stand for now: no points, or too old a one."""
    if not points:
        return None, ""
    at, value = max(points)
    if now - at > timedelta(seconds=3 * period + 120):
        minutes = (now - at).total_seconds() / 60
        return None, f"the newest point is {minutes:.0f} min old ({value:g})"
    return value, ""


def reading_of(series: Series, points: Points, now: datetime) -> Reading:
    """What the points of one answer say; worked out once an answer, not once a poll."""
    metric = series.metric
    scaled = tuple(sorted((at, value * metric.scale) for at, value in points))
    value, why = newest(scaled, series.period, now)
    if not scaled:
        what = {"instances": "instance", "caches": "cache"}.get(metric.of, "scope")
        why = f"no metric {metric.namespace} {metric.name} for this {what}"
        return Reading(why=why)
    # Half a period to the right: each point then falls into the middle of its own bin.
    end = scaled[-1][0] + timedelta(seconds=series.period / 2)
    count = max(int(metric.trend_over / series.period), 2)
    spark = bins(scaled, count, count * series.period, end)
    trended = value is not None and series.fact in WITH_TREND
    direction = trend(scaled, metric.trend_over).direction if trended else None
    return Reading(value, scaled, why, spark=spark, direction=direction)


def judge(metric: Metric, value: float) -> Severity:
    """A value against its metric's warn and crit; `below` metrics are bad when low."""

    def beyond(limit: float | None) -> bool:
        return limit is not None and (value <= limit if metric.below else value >= limit)

    if beyond(metric.crit):
        return Severity.CRITICAL
    return Severity.WARNING if beyond(metric.warn) else Severity.OK


@dataclass(slots=True)
class Facts:
    """What the series of one resource say: facts, gaps, sparklines, severity."""

    values: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    series: dict[str, tuple[float | None, ...]] = field(default_factory=dict)
    trends: dict[str, str | None] = field(default_factory=dict)
    mounts: dict[str, str] = field(default_factory=dict)
    severity: Severity = Severity.OK

    def _take(self, fact: str, series: Series, reading: Reading) -> None:
        metric = series.metric
        if reading.spark:
            self.series[fact] = reading.spark
        if reading.value is None:
            self.missing[fact] = reading.why
            if reading.asked and (metric.warn is not None or metric.crit is not None):
                self.severity = max(self.severity, Severity.UNKNOWN)
            return
        self.values[fact] = reading.value
        self.trends[fact] = reading.direction
        self.mounts[fact] = dict(series.dimensions).get("path", "")
        self.severity = max(self.severity, judge(metric, reading.value))


def facts_of(wanted: Iterable[Series], readings: Mapping[Series, Reading]) -> Facts:
    """The facts of one resource; of several series for one fact (disks) the worst one counts."""
    found = Facts()

    def worst_last(series: Series) -> tuple[bool, float]:
        value = readings[series].value
        return value is not None, (value or 0.0) * (-1 if series.metric.below else 1)

    ordered = sorted(wanted, key=lambda series: series.fact)
    for fact, some in groupby(ordered, key=lambda series: series.fact):
        worst = max(some, key=worst_last)
        found._take(fact, worst, readings[worst])
    return found


def wanted_of(
    metrics: Sequence[Metric], of: Literal["instances", "caches"], known: Iterable[str]
) -> tuple[Metric, ...]:
    """The configured metrics that fill a known fact of every instance or cache."""
    names = set(known)
    return tuple(metric for metric in metrics if metric.of == of and metric.fact in names)
