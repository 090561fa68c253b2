"""The metric desk: asks CloudWatch for what is on the screen, in trouble or named by a symptom.

Metrics cost money, points do not: every question brings half an hour of points.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from console.aws.places import chunks, grouped
from console.aws.series import ANY, Points, Reading, Series, reading_of
from console.clock import Clock, real_now
from console.poll import AuthExpired, Failed, in_thread

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.aws.session import Aws
    from console.config.schema import MetricsPolicy

QUERIES = 500  # a call of GetMetricData
FLEET_EVERY = 300.0  # seconds between two rounds of tier B
POINTS_OVER, AT_MOST_OVER = 1800.0, 10_800.0  # 500 series × 3 h of minutes stay below 100,800
SLACK = 5.0  # seconds: a poll that comes a little early still counts as due
CATALOGUE_FOR = timedelta(days=1)
MISSED_FOR = timedelta(minutes=10)  # what the catalogue lacks may be new
CLOSELY = 3  # how much is looked at what an open checklist decides by
FORGOTTEN_AFTER = timedelta(hours=3)
NOT_DISKS = {"tmpfs", "devtmpfs", "squashfs", "overlay", "proc", "sysfs"}
REFUSED = {"Forbidden": "CloudWatch forbids it", "InternalError": "CloudWatch failed inside"}


class Tier(IntEnum):
    """How much a series is wanted now; more first when the cap is near."""

    NOT = 0
    FLEET = 1
    FOCUS = 2
    SYMPTOM = 3


@dataclass(frozen=True, slots=True)
class _Kept:
    reading: Reading
    asked_at: datetime
    interval: float

    def holds(self) -> bool:
        """Whether it may still be shown: until the second question after it is due."""
        return real_now() - self.asked_at <= timedelta(seconds=2 * self.interval + SLACK)


class MetricDesk:
    """Every GetMetricData of the console, in tiers, below the hourly cap."""

    def __init__(self, aws: Aws, policy: MetricsPolicy) -> None:
        self._aws, self._policy = aws, policy
        self._focus: frozenset[str] = frozenset()
        self._deciding: frozenset[str] = frozenset()
        self._symptoms: frozenset[str] = frozenset()
        self._trouble: dict[Hashable, frozenset[str]] = {}
        self._in_trouble: frozenset[str] = frozenset()
        self._kept: dict[Series, _Kept] = {}
        self._catalogue: dict[Hashable, tuple[datetime, list[dict[str, str]]]] = {}

    def focus(self, scopes: Iterable[str]) -> None:
        """The scopes that are on the screen: all their metrics, every minute."""
        self._focus = frozenset(scopes)

    def deciding(self, scopes: Iterable[str]) -> None:
        """The scopes that open checklists look at: they are read as if on the screen."""
        self._deciding = frozenset(scopes)

    def interest(self, scopes: Iterable[str]) -> int:
        """How much these scopes are looked at: 0 by nobody, 1 on the screen, more to decide."""
        some = frozenset(scopes)
        if some & self._deciding:
            return CLOSELY
        return 1 if some & self._focus else 0

    def symptoms(self, names: Iterable[str]) -> None:
        """Facts and metric ids that symptoms name: every minute, wherever they are."""
        self._symptoms = frozenset(names)

    def troubled(self, told_by: Hashable, scopes: Iterable[str]) -> None:
        """The scopes that one source sees in trouble now: their key metrics are read."""
        # Replaced, never changed: `tier` reads it on other threads.
        self._trouble = {**self._trouble, told_by: frozenset(scopes)}
        self._in_trouble = frozenset[str]().union(*self._trouble.values())

    def tier(self, series: Series) -> Tier:
        """How much this series is wanted now."""
        metric = series.metric
        if {metric.id, metric.fact} & self._symptoms:
            return Tier.SYMPTOM
        if not (self._focus | self._deciding).isdisjoint(series.scopes):
            return Tier.FOCUS
        if not metric.key or self._policy.fleet == "off":
            return Tier.NOT
        trouble = self._policy.fleet == "all" or self._in_trouble.intersection(series.scopes)
        return Tier.FLEET if trouble else Tier.NOT

    async def read(
        self, wanted: Iterable[Series], every: float, clock: Clock
    ) -> dict[Series, Reading]:
        """A reading of each series, asked now where it is due and the cap allows.

        `every` is the asking source's interval, s. A series with a `*` dimension comes back as
        those that ListMetrics knows (disks by mount). A failure costs the facts and stands in
        their readings (`failed`); only AuthExpired is raised.
        """
        return await in_thread(self._all, list(wanted), every, clock)

    def _all(self, wanted: Sequence[Series], every: float, clock: Clock) -> dict[Series, Reading]:
        series = self._spread(wanted)
        due = self._due(series, every, clock)
        granted = self._aws.counter.reserve_metrics(len(due), self._policy.max_per_hour)
        asked, capped = due[:granted], set(due[granted:])
        self._forget()
        failures: dict[Series, Failed] = {}
        for place, some in grouped(asked, lambda each: each.place).items():
            for batch in chunks(some, QUERIES):
                failures |= self._ask(place, batch, every, clock)
        return {each: self._reading(each, each in capped, failures.get(each)) for each in series}

    def _forget(self) -> None:
        """Machines come and go: what nobody asked for since hours is not kept."""
        old = real_now() - FORGOTTEN_AFTER
        for series, kept in list(self._kept.items()):  # other threads read and write it, too
            if kept.asked_at < old:
                self._kept.pop(series, None)

    def _interval(self, series: Series, every: float, speed: float) -> float:
        """Real seconds between two questions; a point comes once a period of estate time."""
        least = FLEET_EVERY / speed if self.tier(series) is Tier.FLEET else 0.0
        return max(every, series.period / speed, least)

    def _due(self, series: Sequence[Series], every: float, clock: Clock) -> list[Series]:
        def is_due(each: Series) -> bool:
            kept = self._kept.get(each)
            pause = timedelta(seconds=self._interval(each, every, clock.speed) - SLACK)
            return kept is None or real_now() - kept.asked_at >= pause

        due = [each for each in series if self.tier(each) and is_due(each)]
        return sorted(due, key=self.tier, reverse=True)

    def _reading(self, series: Series, capped: bool, failure: Failed | None) -> Reading:
        kept = self._kept.get(series)
        why = str(failure) if failure else ""
        if capped:
            why = f"metrics cap of {self._policy.max_per_hour} an hour reached"
        if kept and kept.holds() and (not why or kept.reading.value is not None):
            stays = replace(kept.reading, why=why, failed=failure, kept=kept.asked_at)
            return stays if why else kept.reading
        if why:
            return Reading(why=why, failed=failure, spark=kept.reading.spark if kept else ())
        return Reading(why="not asked: not on the screen and no trouble here", asked=False)

    def _ask(
        self, place: Place, batch: Sequence[Series], every: float, clock: Clock
    ) -> dict[Series, Failed]:
        """Read a batch into what is kept; the series that failed, with the reason."""
        now = clock.now()
        try:
            results = self._data(place, batch, now)
        except AuthExpired:
            raise
        except Failed as error:
            return dict.fromkeys(batch, error)
        failures: dict[Series, Failed] = {}
        for number, series in enumerate(batch):
            points, status = results.get(f"q{number}", ((), "InternalError"))
            if status in REFUSED:
                named = f"{series.namespace} {series.name}"
                failures[series] = Failed(f"{REFUSED[status]}: {named}")
                continue
            interval = self._interval(series, every, clock.speed)
            reading = reading_of(series, points, now, whole=status == "Complete")
            self._kept[series] = _Kept(reading, real_now(), interval)
        return failures

    def _data(
        self, place: Place, batch: Sequence[Series], now: datetime
    ) -> dict[str, tuple[Points, str]]:
        """GetMetricData of up to 500 series, all pages joined: query id → points and status."""
        over = max(POINTS_OVER, *(max(s.metric.trend_over, 3 * s.period + 300) for s in batch))
        end = now.timestamp() // 60 * 60 + 60
        start = (end - min(over, AT_MOST_OVER)) // 300 * 300
        pages = self._aws.collect(
            place.account,
            place.region,
            "cloudwatch",
            "get_metric_data",
            "MetricDataResults",
            {
                "MetricDataQueries": [_query(number, each) for number, each in enumerate(batch)],
                "StartTime": datetime.fromtimestamp(start, UTC),
                "EndTime": datetime.fromtimestamp(end, UTC),
            },
        )
        found: dict[str, tuple[Points, str]] = {}
        for result in pages:
            times, values = result.get("Timestamps") or (), result.get("Values") or ()
            before, _ = found.get(result["Id"], ((), ""))
            points = before + tuple(zip(times, values, strict=True))
            found[result["Id"]] = points, result.get("StatusCode", "Complete")
        return found

    def _spread(self, wanted: Iterable[Series]) -> list[Series]:
        found: list[Series] = []
        for series in wanted:
            if ANY not in dict(series.dimensions).values() or not self.tier(series):
                found.append(series)
                continue
            known = [each for each in self._known(series) if _matches(series, each)]
            found += [
                replace(series, dimensions=tuple(sorted(each.items()))) for each in known
            ] or [series]
        return found

    def _known(self, series: Series) -> list[dict[str, str]]:
        key = series.place, series.namespace, series.name
        at, known = self._catalogue.get(key, (None, []))
        has = any(_matches(series, each) for each in known)
        if at is not None and real_now() - at < (CATALOGUE_FOR if has else MISSED_FOR):
            return known
        place, names = series.place, {"Namespace": series.namespace, "MetricName": series.name}
        try:
            answer = self._aws.collect(
                place.account, place.region, "cloudwatch", "list_metrics", "Metrics", names
            )
        except AuthExpired:
            raise
        except Failed:
            return known  # the question goes out with its `*` and says "no metric"
        known = [{each["Name"]: each["Value"] for each in m["Dimensions"]} for m in answer]
        self._catalogue[key] = real_now(), known
        return known


def _matches(series: Series, dimensions: dict[str, str]) -> bool:
    wanted = dict(series.dimensions)
    return (
        wanted.keys() == dimensions.keys()
        and all(value in (ANY, dimensions[name]) for name, value in wanted.items())
        and dimensions.get("fstype") not in NOT_DISKS
    )


def _query(number: int, series: Series) -> dict[str, Any]:
    metric = series.metric
    return {
        "Id": f"q{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": n, "Value": v} for n, v in series.dimensions],
            },
            "Period": int(series.period),
            "Stat": metric.stat,
        },
    }
