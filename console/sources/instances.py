"""EC2 instances: state, status checks, load, memory and disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from console.aws.places import Place, Unit, grouped, part, tags_of, units
from console.aws.series import (
    Facts,
    Reading,
    Series,
    Sign,
    basic,
    because,
    by_thing,
    facts_of,
    series_of,
    wanted_of,
    worst,
)
from console.model import Ref, Row, Severity, fact_names
from console.poll import Context, Part, in_thread
from console.trend import Direction
from console.windows import tightened

if TYPE_CHECKING:
    from console.aws.ec2 import Fleet, Served
    from console.config.schema import Metric

CHECKS = {
    "system_check": "SystemStatus",
    "instance_check": "InstanceStatus",
    "ebs_check": "AttachedEbsStatus",
}
Check = Literal["ok", "impaired", "insufficient-data", "not-applicable", "initializing"]
NOT_KNOWN = {"initializing", "insufficient-data"}
NOT_FOUND = "not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance(Row):
    """EC2 instances: state, status checks, load, memory and disk."""

    site: str
    env: str
    instance_id: str
    name: str
    state: str | None = None
    """pending, running, shutting-down, terminated, stopping, stopped, or `not found`."""
    system_check: Check | None = None
    """AWS's host."""
    instance_check: Check | None = None
    """The operating system and network inside."""
    ebs_check: Check | None = None
    check_since: datetime | None = None
    events: tuple[str, ...] = ()
    """Scheduled events that are not completed."""
    cpu_pct: float | None = None
    load1: float | None = None
    vcpus: int | None = None
    load1_trend: Direction | None = None
    mem_pct: float | None = None
    disk_pct: float | None = None
    disk_mount: str | None = None
    ram_mb: int | None = None
    launched_at: datetime | None = None


def _checks(status: dict[str, Any]) -> dict[str, Any]:
    """The status checks of one instance, and since when the first of them is impaired."""
    checks = {fact: status.get(key, {}) for fact, key in CHECKS.items()}
    impaired = [
        detail["ImpairedSince"]
        for check in checks.values()
        for detail in check.get("Details") or ()
        if detail.get("ImpairedSince")
    ]
    facts: dict[str, Any] = {fact: check.get("Status") for fact, check in checks.items()}
    return facts | {"check_since": min(impaired, default=None)}


def _events(status: dict[str, Any]) -> tuple[str, ...]:
    """Scheduled events; AWS lists a done one for a week, its description begins `[Completed]`."""
    return tuple(
        f"{event.get('Code', 'event')} {event.get('NotBefore', ''):%Y-%m-%d %H:%MZ}"
        if event.get("NotBefore")
        else str(event.get("Code", "event"))
        for event in status.get("Events") or ()
        if not event.get("Description", "").startswith(("[Completed]", "[Canceled]"))
    )


def signs(state: str, checks: Mapping[str, str | None], events: Sequence[str]) -> list[Sign]:
    """What an instance's state, checks and events say of it; no data is never OK."""
    if state == "pending":
        return [(Severity.UNKNOWN, "it is starting")]
    if state != "running":
        return [(Severity.CRITICAL, f"it is {state}")]
    told = {name.replace("_", " "): check for name, check in checks.items()}
    found = [
        (Severity.CRITICAL, f"{name} impaired") for name, of in told.items() if of == "impaired"
    ]
    found += [(Severity.WARNING, f"scheduled: {event}") for event in events]
    waiting = [(name, check) for name, check in told.items() if check in NOT_KNOWN]
    found += [(Severity.UNKNOWN, f"{name}: {check}") for name, check in waiting]
    if all(check is None for check in told.values()):
        found.append((Severity.UNKNOWN, "no status check has an answer"))
    return found


def _described(fleet: Fleet, instance: dict[str, Any]) -> dict[str, Any]:
    """What DescribeInstances tells: cores, memory, start."""
    cpu = instance.get("CpuOptions") or {}
    memory = fleet.types.get(instance.get("InstanceType", ""), {}).get("MemoryInfo", {})
    cores, threads = cpu.get("CoreCount"), cpu.get("ThreadsPerCore")
    return {
        "vcpus": cores * threads if cores and threads else None,
        "ram_mb": memory.get("SizeInMiB"),
        "launched_at": instance.get("LaunchTime"),
    }


@dataclass(slots=True)
class _Look:
    """One place's instances: what is kept between two polls."""

    context: Context
    place: Place
    units: tuple[Unit, ...]
    fleet: Fleet | None = None

    async def rows(self) -> tuple[Row, ...]:
        """The rows of this place, one an instance, however many sites it serves."""
        from console.aws.ec2 import Fleet  # not before the first frame

        aws = self.context.clients.aws
        self.fleet = fleet = self.fleet or Fleet(aws, self.place, self.units)
        statuses = await fleet.statuses()
        served = fleet.served()
        running = {n for n, s in statuses.items() if s["InstanceState"]["Name"] == "running"}
        wanted = await in_thread(
            self._wanted, fleet, {n: of for n, of in served.items() if n in running}
        )
        every = self.context.every("instances", 60.0)
        readings = await aws.metrics.read(wanted, every, self.context.clock)
        rows = await in_thread(self._rows, fleet, served, statuses, readings)
        aws.served.setdefault(self.place.account, {}).update(
            {name: tuple(unit.scope for unit, _ in of) for name, of in served.items()}
        )
        trouble = {
            scope for row in rows if row.severity >= Severity.WARNING for scope in row.scopes
        }
        aws.metrics.troubled(("instances", self.place), trouble)
        return rows

    def _rows(
        self,
        fleet: Fleet,
        served: dict[str, Served],
        statuses: dict[str, dict[str, Any]],
        readings: dict[Series, Reading],
    ) -> tuple[Instance, ...]:
        """Trends and sparklines of a large fleet take longer than the loop may be held."""
        series = by_thing(readings)
        measured = {name: facts_of(series.get(name, ()), readings) for name in served}
        return tuple(
            self._row(fleet, name, of, statuses.get(name), measured[name])
            for name, of in served.items()
        )

    def _wanted(self, fleet: Fleet, served: dict[str, Served]) -> list[Series]:
        metrics = wanted_of(self.context.estate.metrics, "instances", fact_names(Instance))
        return [
            series
            for name, of in served.items()
            for series in self._series(fleet, metrics, name, of)
        ]

    def _series(
        self, fleet: Fleet, metrics: Iterable[Metric], name: str, of: Served
    ) -> list[Series]:
        instance = fleet.described.get(name, {})
        detailed = instance.get("Monitoring", {}).get("State") == "enabled"
        words = {
            "instance_id": name,
            "image_id": instance.get("ImageId", ""),
            "instance_type": instance.get("InstanceType", ""),
        }
        scopes = tuple(unit.scope for unit, _ in of)
        limits = [tightened(metric, scopes, self.context.open) for metric in metrics]
        each = [series_of(metric, self.place, name, scopes, words) for metric in limits]
        return [series if detailed else basic(series) for series in each]

    def _row(
        self,
        fleet: Fleet,
        name: str,
        of: Served,
        status: dict[str, Any] | None,
        measured: Facts,
    ) -> Instance:
        unit, title = of[0]
        instance = fleet.described.get(name, {})
        state = status["InstanceState"]["Name"] if status else NOT_FOUND
        checks = _checks(status or {})
        events = _events(status or {})
        facts = _described(fleet, instance)
        missing = dict(measured.missing)
        told = signs(state, {fact: checks[fact] for fact in CHECKS}, events) + measured.signs
        if facts["ram_mb"] is None and fleet.types_missing:
            missing["ram_mb"] = fleet.types_missing
        return Instance(
            ref=Ref("instance", unit.scope, name),
            at=self.context.clock.now(),
            owner=unit.owner,
            severity=worst(told),
            serves=tuple(dict.fromkeys(u.scope for u, _ in of if u.scope != unit.scope)),
            missing=missing,
            ages=measured.ages,
            kept=measured.kept,
            because=because(told),
            series=measured.series,
            site=unit.site,
            env=unit.env,
            instance_id=name,
            name=title or tags_of(instance).get("Name") or name,
            state=state,
            events=events,
            load1_trend=measured.trends.get("load1"),
            disk_mount=measured.mounts.get("disk_pct") or None,
            **checks,
            **(facts | measured.values),
        )


class Instances:
    """The EC2 instances that the sites name."""

    name = "instances"
    row: type[Row] = Instance

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region."""
        wanted = (unit for unit in units(context.estate) if unit.environment.instances)
        return [
            part(context, self.name, place, _Look(context, place, some).rows)
            for place, some in grouped(wanted, lambda unit: unit.place).items()
        ]
