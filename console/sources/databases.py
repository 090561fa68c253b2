"""RDS instances: status, resources, locks and the statement that costs most, what is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from console.aws.places import Place, Unit, grouped, named, units
from console.aws.series import (
    Facts,
    Series,
    because,
    by_thing,
    facts_of,
    series_of,
    wanted_of,
    worst,
)
from console.model import HIDDEN, Ref, Row, Severity, fact_names
from console.poll import Context, Part, in_thread
from console.windows import tightened

if TYPE_CHECKING:
    from console.aws.databases import DatabaseFleet
    from console.aws.insights import Insight, InsightDesk

EVERY, TIMEOUT = 300.0, 20.0  # seconds: who looks at it has it read at once
UNREAD = "only its status was read"
METRICS_EVERY = 60.0  # seconds between two questions for one metric, however it comes to be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(Row):
    """RDS instances: status, resources, locks and the statement that costs most."""

    site: str
    env: str
    db_id: str
    status: str | None = None
    """available, backing-up, modifying, storage-full, … ; `not found` when AWS has none."""
    cpu_pct: float | None = None
    load: float | None = None
    """Sessions that are active at a time (average of 5 min); more than `vcpus` queue up."""
    vcpus: int | None = None
    lock_load: float | None = None
    """Of these, how many wait for a lock."""
    connections: float | None = None
    free_memory_mb: float | None = None
    free_storage_mb: float | None = None
    storage_pct: float | None = None
    """Of what is allocated, used."""
    read_ms: float | None = None
    """One read of the disk, as is `write_ms` one write."""
    write_ms: float | None = None
    queue_depth: float | None = None
    """Reads and writes that wait for the disk."""
    replication_lag_s: float | None = None
    top_wait: str | None = None
    """What most active sessions wait for."""
    top_sql: str | None = None
    """The statement with most active sessions, without its literals."""
    top_sql_pct: float | None = None
    """Its share of the active sessions."""
    top_sql_wait: str | None = None
    role: Literal["primary", "replica"] | None = None
    multi_az: bool | None = None
    engine: str | None = None
    engine_version: str | None = None
    db_class: str | None = None
    pending: str | None = None
    """Changes that wait for the maintenance window or a restart."""
    maintenance: str | None = None
    """What AWS plans to do to it."""
    maintenance_at: datetime | None = None
    window: str | None = None
    """Preferred maintenance window, UTC."""
    restorable_at: datetime | None = None
    """Up to when it can be restored to a moment."""
    unread: bool = field(default=False, metadata=HIDDEN)
    """Nobody wanted more of it than its status: its site is judged by the rest."""


@dataclass(slots=True)
class _Look:
    """One place's databases: what is kept between two polls."""

    context: Context
    place: Place
    units: tuple[Unit, ...]
    fleet: DatabaseFleet | None = None
    desk: InsightDesk | None = None
    bad: frozenset[str] = frozenset()
    """Those that were in trouble at the last look."""

    async def rows(self) -> tuple[Row, ...]:
        """The rows of this place, one a database, however many sites it serves."""
        from console.aws.databases import DatabaseFleet
        from console.aws.insights import InsightDesk

        aws = self.context.clients.aws
        self.fleet = fleet = self.fleet or DatabaseFleet(aws, self.place)
        self.desk = self.desk or InsightDesk(aws, self.place)
        await fleet.look()
        served = self._served(fleet)
        aws.served.setdefault(self.place.account, {}).update(
            {name: tuple(unit.scope for unit in of) for name, of in served.items()}
        )
        wanted = await in_thread(self._wanted, fleet, served)
        clock = self.context.clock
        every = min(self.context.every("databases", EVERY), METRICS_EVERY)
        readings = await aws.metrics.read(wanted, every, clock)
        series = by_thing(readings)
        measured = {name: facts_of(series.get(name, ()), readings) for name in served}
        matter = {
            name: (fleet.instances.get(name, {}), self._matters(name, of, measured[name]))
            for name, of in served.items()
        }
        insights = await self.desk.read(matter, clock.now(), clock.speed)
        rows = tuple(
            self._row(fleet, name, of, measured[name], insights[name])
            for name, of in served.items()
        )
        self._told(rows)
        return rows

    def _told(self, rows: Sequence[Database]) -> None:
        """Tell the metric desk where there is trouble, and remember it for the next look."""
        bad = [row for row in rows if row.severity >= Severity.WARNING]
        self.bad = frozenset(row.db_id for row in bad)
        troubled = {scope for row in bad for scope in row.scopes}
        self.context.clients.aws.metrics.troubled(("databases", self.place), troubled)

    def _matters(self, name: str, of: list[Unit], measured: Facts) -> int:
        """How much Performance Insights is wanted now."""
        looked = self.context.clients.aws.metrics.interest(unit.scope for unit in of)
        trouble = name in self.bad or measured.severity >= Severity.WARNING
        return max(looked, 2 if trouble else 0)

    def _served(self, fleet: DatabaseFleet) -> dict[str, list[Unit]]:
        found: dict[str, list[Unit]] = {}
        for unit in self.units:
            for selector in unit.environment.databases:
                for name in fleet.of(selector) or [named(selector)]:
                    found.setdefault(name, []).append(unit)
        return found

    def _wanted(self, fleet: DatabaseFleet, served: Mapping[str, list[Unit]]) -> list[Series]:
        """A primary has no replication lag to ask for."""
        from console.aws.databases import role

        metrics = wanted_of(self.context.estate.metrics, "databases", fact_names(Database))
        return [
            series_of(
                tightened(metric, scopes, self.context.open),
                *(self.place, name, scopes, {"db_id": name}),
            )
            for name, of in served.items()
            if name in fleet.instances
            for scopes in (tuple(unit.scope for unit in of),)
            for metric in metrics
            if metric.fact != "replication_lag_s" or role(fleet.instances[name]) == "replica"
        ]

    def _row(
        self,
        fleet: DatabaseFleet,
        name: str,
        of: list[Unit],
        measured: Facts,
        insight: Insight,
    ) -> Database:
        from console.aws import databases, insights

        told = fleet.instances.get(name, {})
        facts = databases.described(told, fleet.actions, measured.values)
        facts |= {**measured.values, **insight.facts}
        signs = [
            *(databases.sign(facts["status"]), *measured.signs),
            *insights.signs(facts, facts["vcpus"]),
        ]
        unread = worst(signs) is Severity.OK and not (measured.values or insight.facts)
        if unread:
            signs.append((Severity.UNKNOWN, UNREAD))
        return Database(
            ref=Ref("database", of[0].scope, name),
            at=self.context.clock.now(),
            owner=of[0].owner,
            severity=worst(signs),
            serves=tuple(dict.fromkeys(u.scope for u in of if u.scope != of[0].scope)),
            missing={**fleet.lacking(told), **measured.missing, **insight.missing},
            ages={**measured.ages, **insights.ages(insight)},
            kept=measured.kept,
            because=because(signs),
            series=measured.series,
            unread=unread,
            site=of[0].site,
            env=of[0].env,
            db_id=name,
            **facts,
        )


class Databases:
    """The RDS instances that the sites name."""

    name = "databases"
    row: type[Row] = Database

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region."""
        wanted = (unit for unit in units(context.estate) if unit.environment.databases)
        every, timeout = context.every(self.name, EVERY), context.timeout(self.name, TIMEOUT)
        return [
            Part(self.name, str(place), every, _Look(context, place, some).rows, timeout)
            for place, some in grouped(wanted, lambda unit: unit.place).items()
        ]
