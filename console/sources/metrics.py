"""Any CloudWatch metric that the configuration names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from console.aws.places import Place, grouped, part
from console.aws.series import Reading, Series, because, facts_of, series_of
from console.model import Ref, Row, Severity
from console.poll import Context, Part
from console.trend import Direction
from console.windows import tightened

if TYPE_CHECKING:
    from console.config import Estate
    from console.config.schema import Metric as Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Row):
    """Any CloudWatch metric that the configuration names."""

    id: str
    site: str | None = None
    env: str | None = None
    value: float | None = None
    unit: str = ""
    trend: Direction | None = None


def _where(metric: Named, estate: Estate) -> tuple[Place, str, str]:
    """Where a metric is read, the scope it belongs to, and its owner."""
    if metric.site:
        site = estate.sites[metric.site]
        environment = site.environments[metric.env]
        place = Place(environment.account, environment.region)
        return place, f"{metric.site}/{metric.env}", site.owner
    return Place(metric.account, metric.region), metric.scope or metric.account, metric.owner


@dataclass(slots=True)
class _Look:
    """One place's metrics that stand for themselves."""

    context: Context
    series: list[tuple[Series, str]]

    async def rows(self) -> tuple[Row, ...]:
        """One row a configured metric, also while it is not asked.

        Raises Failed where every question of this look failed: these rows are nothing else.
        """
        aws = self.context.clients.aws
        every = self.context.every("metrics", 60.0)
        readings = await aws.metrics.read([s for s, _ in self.series], every, self.context.clock)
        failures = [each.failed for each in readings.values() if each.failed]
        if failures and len(failures) == sum(each.asked for each in readings.values()):
            raise failures[0]
        now = self.context.clock.now()
        return tuple(_row(series, owner, readings, now) for series, owner in self.series)


def _row(series: Series, owner: str, readings: Mapping[Series, Reading], now: datetime) -> Metric:
    facts, metric = facts_of([series], readings), series.metric
    said = because(facts.signs) or tuple(f"{metric.id}: {why}" for why in facts.missing.values())
    return Metric(
        ref=Ref("metric", series.thing, metric.id),
        at=facts.ages.get("value", now),
        owner=owner,
        severity=facts.severity if facts.values else Severity.UNKNOWN,
        missing=facts.missing,
        ages=facts.ages,
        kept=facts.kept,
        because=said,
        series=facts.series,
        id=metric.id,
        site=metric.site or None,
        env=metric.env or None,
        value=facts.values.get("value"),
        unit=metric.unit,
        trend=facts.trends.get("value"),
    )


class Metrics:
    """The metrics that the configuration names one by one."""

    name = "metrics"
    row: type[Row] = Metric

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region."""
        found: list[tuple[Series, str]] = []
        for metric in context.estate.metrics:
            if metric.of == "metrics":
                place, scope, owner = _where(metric, context.estate)
                metric = tightened(metric, (scope,), context.open)
                found.append((series_of(metric, place, scope, (scope,), {}), owner))
        return [
            part(context, self.name, place, _Look(context, list(some)).rows)
            for place, some in grouped(found, lambda one: one[0].place).items()
        ]
