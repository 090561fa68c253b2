"""Machines from the inside: what they say of themselves through SSM, where that is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.aws.ec2 import Fleet
from console.aws.inside import read_all
from console.aws.inside_facts import Killer, inside, signs
from console.aws.places import Place, Unit, grouped, named, tags_of, units
from console.aws.reading import Redis
from console.aws.series import Sign, because, worst
from console.model import HIDDEN, Ref, Row, Severity
from console.poll import Context, Part

if TYPE_CHECKING:
    from console.aws.reading import Reading

EVERY, TIMEOUT = 1800.0, 60.0  # seconds
OLD = "it has version 1 of the read-only document, which reads less"
Served = tuple[Unit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host(Row):
    """Machines from the inside: what they say of themselves through SSM."""

    site: str
    env: str
    instance_id: str
    name: str
    load1: float | None = None
    load5: float | None = None
    load15: float | None = None
    vcpus: int | None = None
    mem_pct: float | None = None
    """Not available any more, of all."""
    disk_pct: float | None = None
    """Of the fullest file system."""
    disk_mount: str | None = None
    cron: str | None = None
    """active, inactive, failed …: the worst of the units of this kind."""
    puma: str | None = None
    sidekiq: str | None = None
    nginx: str | None = None
    worker_killer: Killer | None = None
    """How puma_worker_killer's `ram` is in tune with the machine's memory."""
    killed_recent: int | None = None
    """Workers that it ended for memory in the last hour."""
    killer_ram_mb: float | None = None
    killer_room_mb: float | None = None
    """The most that its `ram` may be: memory, less Sidekiq's, less a reserve."""
    oom_recent: int | None = None
    """Times the kernel killed something for memory in the last two hours."""
    oom_last: str | None = None
    ram_mb: float | None = None
    available_mb: float | None = None
    swap_used_mb: float | None = None
    puma_mb: float | None = None
    sidekiq_mb: float | None = None
    inodes_pct: float | None = None
    inodes_mount: str | None = None
    deleted_mb: float | None = None
    """Held by files that are deleted and still open."""
    rotated_s: float | None = None
    """Since logrotate ran."""
    cron_hash: str | None = None
    cron_changed_at: datetime | None = None
    """When a reading first saw other crontabs than the one before."""
    booted_at: datetime | None = None
    boot_id: str | None = None
    document: str | None = None
    """What was run on it to read it, `name:version`."""
    disks: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    largest: tuple[str, ...] = ()
    """Directories of a full disk, the largest first."""
    redis: tuple[Redis, ...] = field(default=(), metadata=HIDDEN)


@dataclass(slots=True)
class _Look:
    """One place's machines, and what their crontabs were at the reading before."""

    context: Context
    place: Place
    units: tuple[Unit, ...]
    fleet: Fleet | None = None
    cron: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)

    async def rows(self) -> tuple[Row, ...]:
        """A row a machine; those that cannot be read say why."""
        aws = self.context.clients.aws
        self.fleet = fleet = self.fleet or Fleet(aws, self.place, self.units)
        statuses = await fleet.statuses()
        states = {name: s["InstanceState"]["Name"] for name, s in statuses.items()}
        served = self._served(fleet)
        running = [name for name in served if states.get(name) == "running"]
        told = await read_all(self.context, self.place, running) if running else {}
        return tuple(
            self._row(fleet, name, of, told.get(name, f"it is {states.get(name, 'not found')}"))
            for name, of in served.items()
        )

    def _served(self, fleet: Fleet) -> dict[str, tuple[Served, str]]:
        """By instance: the units it serves, and its title in the first of them."""
        found: dict[str, dict[str, tuple[Unit, str]]] = {}
        for unit in self.units:
            for selector in unit.environment.instances:
                for name in fleet.of(selector) or [named(selector)]:
                    found.setdefault(name, {}).setdefault(unit.scope, (unit, selector.title))
        return {
            name: (tuple(unit for unit, _ in of.values()), next(iter(of.values()))[1])
            for name, of in found.items()
        }

    def _row(
        self, fleet: Fleet, name: str, served: tuple[Served, str], told: Reading | str
    ) -> Host:
        of, title = served
        unit, now = of[0], self.context.clock.now()
        facts: dict[str, Any] = {}
        if isinstance(told, str):
            missing, found = {"boot_id": told}, [(Severity.UNKNOWN, told)]
        else:
            facts = {"boot_id": told.boot_id, "booted_at": now - timedelta(seconds=told.uptime_s)}
            facts["redis"] = told.redis
            missing, found = {}, list(_read(told))
            if told.inside is not None:
                facts |= inside(told.inside)
                found += signs(facts)
                facts["cron_changed_at"] = self._changed(name, told.inside.cron, now)
                missing = _gaps(facts)
        return Host(
            ref=Ref("host", unit.scope, name),
            at=now,
            owner=unit.owner,
            severity=worst(found),
            because=because(found),
            missing=missing,
            serves=tuple(each.scope for each in of[1:]),
            site=unit.site,
            env=unit.env,
            instance_id=name,
            document=self.context.estate.ssm_document,
            name=title or tags_of(fleet.described.get(name, {})).get("Name") or name,
            **facts,
        )

    def _changed(self, name: str, cron: str, now: datetime) -> datetime | None:
        """When the crontabs were first seen otherwise; the first reading proves no change."""
        before, at = self.cron.get(name, (cron, None))
        if cron and cron != before:
            at = now
        self.cron[name] = cron or before, at
        return at


def _read(told: Reading) -> Iterator[Sign]:
    if told.inside is None:
        yield Severity.UNKNOWN, OLD
    for host in told.unread:
        yield Severity.WARNING, f"{host.partition('.')[0]} does not answer the machine"


def _gaps(facts: dict[str, Any]) -> dict[str, str]:
    """Why the machine does not know a thing of itself."""
    said = {
        "rotated_s": "logrotate's state file is not there",
        "killer_ram_mb": "no puma with a puma_worker_killer is found",
        "worker_killer": "its ram is not known",
        "killed_recent": "the journal cannot be read",
        "oom_recent": "the journal cannot be read",
        "disk_pct": "df does not answer",
        **{kind: f"there is no unit {kind}" for kind in ("cron", "puma", "sidekiq", "nginx")},
    }
    return {fact: why for fact, why in said.items() if facts[fact] is None}


class Hosts:
    """The machines of the sites that allow it (`ssm_reads`), with the estate's document."""

    name = "hosts"
    row: type[Row] = Host

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region; none without the document."""
        wanted = [
            unit
            for unit in units(context.estate)
            if context.estate.ssm_document
            and unit.environment.ssm_reads
            and unit.environment.instances
        ]
        every = context.every(self.name, EVERY)
        timeout = context.timeout(self.name, TIMEOUT)
        return [
            Part(self.name, str(place), every, _Look(context, place, some).rows, timeout)
            for place, some in grouped(wanted, lambda unit: unit.place).items()
        ]
