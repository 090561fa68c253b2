"""Machines from the inside: what they say of themselves through SSM, where that is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from console.aws.places import Place, Unit, grouped, tags_of, units
from console.model import HIDDEN, Ref, Row, Severity
from console.poll import Context, Part

if TYPE_CHECKING:
    from console.aws.ec2 import Fleet, Served
    from console.aws.reading import Reading
    from console.aws.series import Sign

EVERY, TIMEOUT = 1800.0, 60.0  # seconds
NOT_FOUND = "not found"
NO_UNITS = "systemctl does not answer"
OLD = {1: "reads less", 2: "takes a Redis that is slow for an empty one"}
Killer = Literal["fits", "too_big", "too_small"]


def _use() -> Any:
    from console.aws.reading import Redis, Silent

    return tuple[Redis | Silent, ...]


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
    units: tuple[str, ...] | None = None
    crashing: tuple[str, ...] = ()
    """Units that systemd starts again and again."""
    largest: tuple[str, ...] = ()
    """Directories of a full disk, the largest first."""
    uses: tuple[Any, ...] = field(default=(), metadata={**HIDDEN, "type": _use})
    """Every Redis of its applications: a Redis, or a Silent, of console.aws.reading."""


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
        from console.aws.ec2 import Fleet  # not before the first frame
        from console.aws.inside import read_all

        aws = self.context.clients.aws
        self.fleet = fleet = self.fleet or Fleet(aws, self.place, self.units)
        statuses = await fleet.statuses()
        states = {name: s["InstanceState"]["Name"] for name, s in statuses.items()}
        served = fleet.served()
        running = [name for name in served if states.get(name) == "running"]
        at = self.context.clock.now()  # the slowest machine makes none of them younger
        told = await read_all(self.context, self.place, running) if running else {}
        return tuple(
            self._row(fleet, name, of, at, told.get(name, f"it is {states.get(name, NOT_FOUND)}"))
            for name, of in served.items()
        )

    def _row(
        self, fleet: Fleet, name: str, served: Served, at: datetime, told: Reading | str
    ) -> Host:
        from console.aws.series import because, worst

        unit, title = served[0]
        facts: dict[str, Any] = {}
        if isinstance(told, str):
            missing, found = {"boot_id": told}, [(Severity.UNKNOWN, told)]
        else:
            facts, found = self._facts(name, told, at)
            missing = _gaps(facts) if told.inside is not None else {}
        return Host(
            ref=Ref("host", unit.scope, name),
            at=at,
            owner=unit.owner,
            severity=worst(found),
            because=because(found),
            missing=missing,
            serves=tuple(each.scope for each, _ in served[1:]),
            site=unit.site,
            env=unit.env,
            instance_id=name,
            document=self.context.estate.ssm_document,
            name=title or tags_of(fleet.described.get(name, {})).get("Name") or name,
            **facts,
        )

    def _facts(self, name: str, told: Reading, at: datetime) -> tuple[dict[str, Any], list[Sign]]:
        from console.aws.inside_facts import inside, signs

        facts = {"boot_id": told.boot_id, "booted_at": at - timedelta(seconds=told.uptime_s)}
        facts["uses"] = (*told.redis, *told.silent)
        found = list(_read(told))
        if told.inside is not None:
            facts |= inside(told.inside)
            found += signs(facts)
            facts["cron_changed_at"] = self._changed(name, told.inside.cron, at)
        return facts, found

    def _changed(self, name: str, cron: str, now: datetime) -> datetime | None:
        """When the crontabs were first seen otherwise; the first reading proves no change."""
        before, at = self.cron.get(name, (cron, None))
        if cron and cron != before:
            at = now
        self.cron[name] = cron or before, at
        return at


def _read(told: Reading) -> Iterator[Sign]:
    from console.aws.reading import redis_name

    if told.version in OLD:
        yield (
            Severity.UNKNOWN,
            f"its read-only document is of version {told.version}, which {OLD[told.version]}",
        )
    for one in told.silent:
        yield Severity.WARNING, f"{redis_name(one)} {one.why}"


def _gaps(facts: dict[str, Any]) -> dict[str, str]:
    """Why the machine does not know a thing of itself."""
    said = {
        "rotated_s": "logrotate's state file is not there",
        "killer_ram_mb": "no puma with a puma_worker_killer is found",
        "worker_killer": "its ram is not known",
        "killed_recent": "the journal cannot be read",
        "oom_recent": "the journal cannot be read",
        "disk_pct": "df does not answer",
        "units": NO_UNITS,
        **{kind: _unit_gap(kind, facts) for kind in ("cron", "puma", "sidekiq", "nginx")},
    }
    return {fact: why for fact, why in said.items() if facts[fact] is None}


def _unit_gap(kind: str, facts: dict[str, Any]) -> str:
    return NO_UNITS if facts["units"] is None else f"there is no unit {kind}"


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
