"""CloudWatch series: which ones a resource has, and what their points say about its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from console.model import Severity
from console.trend import Direction, bins, trend

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.config.schema import Metric
    from console.poll import Failed

ANY = "*"  # a dimension's value that ListMetrics has to tell
DETAILED_ONLY = 300.0  # seconds: EC2's own metrics without detailed monitoring
WITH_TREND = {"load1", "value"}
NOISE_PCT = 15.0  # of a value's level, over its window: less is no trend
COUNTED = {"Sum", "SampleCount"}  # of a period that still runs they are too low
PUBLISHED_S = 120.0  # after a period's end CloudWatch has what there was of it
Points = tuple[tuple[datetime, float], ...]
Sign = tuple[Severity, str]
"""What speaks against a thing, and how loudly."""


def because(signs: Iterable[Sign]) -> tuple[str, ...]:
    """The sentences behind a severity, the worst first; good signs say nothing."""
    bad = sorted((sign for sign in signs if sign[0]), key=lambda sign: -sign[0])
    return tuple(dict.fromkeys(said for _, said in bad))


def worst(signs: Iterable[Sign]) -> Severity:
    """The severity that the signs amount to."""
    return max((severity for severity, _ in signs), default=Severity.OK)


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
    at: datetime | None = None
    """The newest point's own time, by CloudWatch."""
    points: Points = ()
    why: str = ""
    """Why there is no value, or why the one that is kept was not renewed."""
    failed: Failed | None = None
    """How the last question failed."""
    kept: datetime | None = None
    """When a value was read (real time) that stays although it was not renewed."""
    asked: bool = True
    """False where nobody wanted it now: a value that was not asked for is no fault."""
    spark: tuple[float | None, ...] = ()
    """The points on an even grid, oldest first."""
    direction: Direction | None = None
    """Only of facts that have a trend."""


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


def _ended(series: Series, points: Points, now: datetime) -> Points:
    """The points that can be believed: a count of a period that still runs is too low."""
    if series.metric.stat not in COUNTED:
        return points
    period = timedelta(seconds=series.period)
    return tuple(point for point in points if point[0] + period <= now)


def _with_zeros(series: Series, points: Points, now: datetime) -> Points:
    """The points, and a zero for each period of which CloudWatch must have had one by now."""
    period = series.period
    have = {at.timestamp() // period for at, _ in points}
    last = int((now.timestamp() - PUBLISHED_S) // period) - 1
    count = max(int(series.metric.trend_over / period), 2)
    empty = (n for n in range(last, last - count, -1) if n not in have)
    return points + tuple((datetime.fromtimestamp(n * period, UTC), 0.0) for n in empty)


def reading_of(series: Series, points: Points, now: datetime, whole: bool = True) -> Reading:
    """What the points of one answer say; worked out once an answer, not once a poll.

    Unless it is `whole`, a gap in it is no proof that nothing happened.
    """
    metric = series.metric
    known = _ended(series, points, now)
    if metric.empty == "zero" and whole:
        known = _with_zeros(series, known, now)
    scaled = tuple(sorted((at, value * metric.scale) for at, value in known))
    if not scaled:
        things = {"instances": "instance", "caches": "cache", "databases": "database"}
        what = things.get(metric.of, "scope")
        none = f"no metric {metric.namespace} {metric.name} for this {what}"
        return Reading(why="its first period has not ended yet" if points else none)
    value, why = newest(scaled, series.period, now)
    # Half a period to the right: each point then falls into the middle of its own bin.
    end = scaled[-1][0] + timedelta(seconds=series.period / 2)
    count = max(int(metric.trend_over / series.period), 2)
    spark = bins(scaled, count, count * series.period, end)
    trended = value is not None and series.fact in WITH_TREND
    direction = _direction(metric, scaled) if trended else None
    at = scaled[-1][0] if value is not None else None
    return Reading(value, at, scaled, why, spark=spark, direction=direction)


def _direction(metric: Metric, points: Points) -> Direction | None:
    floor = metric.trend_floor
    return trend(points, metric.trend_over, tolerance_pct=NOISE_PCT, floor=floor)


def judge(metric: Metric, value: float) -> Severity:
    """A value against its metric's warn and crit; `below` metrics are bad when low."""
    return _sign(metric, value)[0]


def _sign(metric: Metric, value: float, name: str = "") -> Sign:
    """A value against its limits, in a sentence: `load1 19.4 ≥ 10 critical`."""
    limits = (Severity.CRITICAL, metric.crit), (Severity.WARNING, metric.warn)
    for severity, limit in limits:
        if limit is not None and (value <= limit if metric.below else value >= limit):
            unit = f" {metric.unit}" if metric.unit else ""
            than = "≤" if metric.below else "≥"
            said = f"{name} {_number(value)}{unit} {than} {_number(limit)}"
            return severity, f"{said} {severity.name.lower()}"
    return Severity.OK, ""


def _number(value: float) -> str:
    return f"{round(value, 2):.12g}"


@dataclass(slots=True)
class Facts:
    """What the series of one resource say: facts with their ages, gaps, sparklines, signs."""

    values: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    ages: dict[str, datetime] = field(default_factory=dict)
    kept: dict[str, datetime] = field(default_factory=dict)
    series: dict[str, tuple[float | None, ...]] = field(default_factory=dict)
    trends: dict[str, Direction | None] = field(default_factory=dict)
    mounts: dict[str, str] = field(default_factory=dict)
    signs: list[Sign] = field(default_factory=list)

    @property
    def severity(self) -> Severity:
        """The worst of the signs; OK without one."""
        return worst(self.signs)

    def _take(self, fact: str, series: Series, reading: Reading, part: str) -> None:
        if reading.spark:
            self.series[fact] = reading.spark
        if reading.value is None:
            return
        self.values[fact] = reading.value
        if reading.at is not None:
            self.ages[fact] = reading.at
        self.trends[fact] = reading.direction
        self.mounts[fact] = dict(series.dimensions).get("path", "")
        name = _name(series, part)
        self.signs.append(_sign(series.metric, reading.value, name))

    def _gap(self, fact: str, series: Series, reading: Reading, part: str) -> None:
        """A series that does not answer for now, be it beside others that do.

        A value that is kept decides until it is too old: it has its age, and its gap a reason.
        """
        why = f"{part}: {reading.why}" if part else reading.why
        before = self.missing.get(fact)
        self.missing[fact] = f"{before}; {why}" if before else why
        metric = series.metric
        if (
            reading.value is None
            and reading.asked
            and (metric.warn is not None or metric.crit is not None)
        ):
            name = _name(series, part)
            self.signs.append((Severity.UNKNOWN, f"{name}: {reading.why}"))
        if reading.kept is not None:
            self.kept[fact] = min(reading.kept, self.kept.get(fact, reading.kept))


def _name(series: Series, part: str) -> str:
    name = series.fact if series.metric.of != "metrics" else series.metric_id
    return f"{name} of {part}" if part else name


def _part_of(series: Series) -> str:
    """What tells a series from its sisters: the disk's mount, else all its dimensions."""
    dimensions = dict(series.dimensions)
    return dimensions.get("path") or ",".join(dimensions.values())


def facts_of(wanted: Iterable[Series], readings: Mapping[Series, Reading]) -> Facts:
    """The facts of one resource; of several series for one fact (disks) the worst one counts.

    One of several that has no value may be the worst: it is named, and the fact is not OK.
    """
    found = Facts()

    def worst_last(series: Series) -> tuple[bool, float]:
        value = readings[series].value
        return value is not None, (value or 0.0) * (-1 if series.metric.below else 1)

    ordered = sorted(wanted, key=lambda series: series.fact)
    for fact, each in groupby(ordered, key=lambda series: series.fact):
        some = list(each)
        shown = max(some, key=worst_last)
        parts = {series: _part_of(series) if len(some) > 1 else "" for series in some}
        found._take(fact, shown, readings[shown], parts[shown])
        for series in some:
            if readings[series].value is None or readings[series].why:
                found._gap(fact, series, readings[series], parts[series])
    return found


def wanted_of(
    metrics: Sequence[Metric],
    of: Literal["instances", "caches", "databases"],
    known: Iterable[str],
) -> tuple[Metric, ...]:
    """The configured metrics that fill a known fact of every such thing."""
    names = set(known)
    return tuple(metric for metric in metrics if metric.of == of and metric.fact in names)
