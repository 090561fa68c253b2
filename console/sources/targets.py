"""What is behind load balancers: healthy targets per target group, and whose host names they are.

DescribeTargetHealth takes one target group, so that a poll asks only so many: those in trouble
first, then those that were read longest ago. The others keep their values, and their age is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from math import ceil
from typing import TYPE_CHECKING, Any

from console.clock import real_now
from console.model import Ref, Row, Severity
from console.poll import Context, Failed, Part, optional

if TYPE_CHECKING:
    from console.aws.balancers import Group
    from console.aws.behind import Member
    from console.aws.hostnames import Hosts
    from console.aws.places import Place, Unit
    from console.config.amazon import Behind

EVERY, TIMEOUT = 300.0, 30.0  # seconds
A_POLL = 25  # target groups: five calls a minute at the most
SELDOM = timedelta(minutes=30)  # host names and names of machines change by hand
HEALTH = ("healthy", "unhealthy", "draining", "unsure", "total", "targets")
NOT_YET = "not asked yet: so many target groups are asked in turns"
Sign = tuple[Severity, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup(Row):
    """Load balancers' target groups: how many targets are healthy, and for which host names."""

    site: str
    env: str
    group: str
    balancer: str | None = None
    """None where none uses it."""
    healthy: int | None = None
    total: int | None = None
    unhealthy: int | None = None
    draining: int | None = None
    """Being taken out: they answer what they were asked, nothing new."""
    unsure: int | None = None
    """Whose health the load balancer does not tell: not checked yet, or not at all."""
    hosts: tuple[str, ...] | None = None
    """Host names whose requests come here; `*` is any."""
    targets: tuple[str, ...] | None = None
    """Each target with its state and reason."""


def signs(members: Sequence[Member], used: bool) -> list[Sign]:
    """What the targets of a group say of it; `used`: a load balancer sends to it."""
    if not used:
        return [(Severity.UNKNOWN, "no load balancer uses it")]
    if not members:
        return [(Severity.CRITICAL, "no target is registered in it")]
    healthy = [one for one in members if one.state == "healthy"]
    bad = [one for one in members if one.state.startswith("unhealthy")]
    dark = [one for one in members if one.state not in KNOWN]
    found: list[Sign] = []
    told = "; ".join(map(str, bad[:3]))
    if not healthy and not dark:
        found.append((Severity.CRITICAL, f"no target is healthy: {told or 'none takes requests'}"))
    elif len(healthy) == 1 and len(members) > 1:
        found.append((Severity.WARNING, f"one healthy target is left of {len(members)}: {told}"))
    elif bad:
        found.append((Severity.WARNING, f"{len(bad)} of {len(members)} unhealthy: {told}"))
    if dark:
        found.append((Severity.UNKNOWN, f"health not known: {'; '.join(map(str, dark[:3]))}"))
    return found


KNOWN = ("healthy", "unhealthy", "unhealthy.draining", "draining", "unused")


@dataclass(slots=True)
class _Read:
    """What was last read of one target group."""

    at: datetime
    """By the estate's clock."""
    read: datetime
    """Real time."""
    members: tuple[Member, ...]
    why: str = ""
    """Why a later read failed."""


@dataclass(slots=True)
class _Look:
    """One place's target groups: what is kept between two polls."""

    context: Context
    place: Place
    units: tuple[Unit, ...]
    reads: dict[str, _Read] = field(default_factory=dict)
    hosts: Hosts | None = None
    hosts_missing: str = ""
    names: dict[str, str] = field(default_factory=dict)
    seldom: datetime | None = None
    many: int = 0
    """Target groups of the last look: as many polls as they need are one round."""

    async def rows(self) -> tuple[Row, ...]:
        """A row a target group that an environment names."""
        from console.aws.balancers import groups_of

        groups = await groups_of(self.context.clients.aws, self.place)
        ours = {one.arn: (one, self._of(one)) for one in groups}
        ours = {arn: (one, of) for arn, (one, of) in ours.items() if of}
        now, self.many = real_now(), len(ours)
        await self._health([one for one, _ in ours.values()])
        if self.seldom is None or now - self.seldom > SELDOM:
            await self._seldom([one for one, _ in ours.values()])
            self.seldom = now
        rows = [self._row(one, of, now) for one, of in ours.values()]
        return (*rows, *self._absent([one for one, _ in ours.values()]))

    def _of(self, group: Group) -> list[Unit]:
        return [
            unit for unit in self.units if any(means(o, group) for o in unit.environment.targets)
        ]

    async def _health(self, groups: Sequence[Group]) -> None:
        """Ask as many as a poll may: those in trouble, then the oldest."""
        from console.aws.balancers import AT_ONCE, health

        doors = asyncio.Semaphore(AT_ONCE)

        async def ask(group: Group) -> None:
            async with doors:
                told, why = await optional(health(self.context.clients.aws, self.place, group))
            if told is not None:
                self.reads[group.arn] = _Read(self.context.clock.now(), real_now(), told)
            elif group.arn in self.reads:
                self.reads[group.arn].why = why
            else:
                failed[group.arn] = why

        failed: dict[str, str] = {}
        asked = self._turn(groups)
        await asyncio.gather(*map(ask, asked))
        if asked and len(failed) == len(asked):
            raise Failed(next(iter(failed.values())))

    def _turn(self, groups: Sequence[Group]) -> list[Group]:
        """Whose turn it is: the oldest, and of those in trouble more than half of a poll."""

        def age(group: Group) -> float:
            old = self.reads.get(group.arn)
            return old.read.timestamp() if old else 0.0

        def troubled(group: Group) -> bool:
            old = self.reads.get(group.arn)
            return old is not None and bool(old.why or signs(old.members, bool(group.balancers)))

        oldest = sorted(groups, key=age)
        first = [one for one in oldest if troubled(one)][: A_POLL * 3 // 5]
        return [*first, *(one for one in oldest if one not in first)][:A_POLL]

    async def _seldom(self, groups: Sequence[Group]) -> None:
        """Host names and names of machines: each costs itself where it may not be read."""
        from console.aws.hostnames import hosts_of

        aws, balancers = self.context.clients.aws, {b for one in groups for b in one.balancers}
        told, self.hosts_missing = await optional(hosts_of(aws, self.place, sorted(balancers)))
        self.hosts = told if told is not None else self.hosts
        ids = sorted({one.id for read in self.reads.values() for one in read.members})
        named, _ = await optional(self._named([id for id in ids if id.startswith("i-")]))
        self.names = named if named is not None else self.names

    async def _named(self, ids: Sequence[str]) -> dict[str, str]:
        from console.aws.ec2 import FILTER_VALUES, PAGE
        from console.aws.places import chunks, tags_of

        found: dict[str, str] = {}
        for some in chunks(ids, FILTER_VALUES):
            answer = await self.context.clients.aws.pages(
                *(self.place.account, self.place.region, "ec2", "describe_instances"),
                "Reservations",
                Filters=[{"Name": "instance-id", "Values": list(some)}],
                MaxResults=PAGE,
            )
            each = [one for reservation in answer for one in reservation["Instances"]]
            found |= {one["InstanceId"]: tags_of(one).get("Name", "") for one in each}
        return {id: name for id, name in found.items() if name}

    def _row(self, group: Group, of: Sequence[Unit], now: datetime) -> TargetGroup:
        from console.aws.balancers import name_of
        from console.aws.series import because, worst

        read = self.reads.get(group.arn)
        facts: dict[str, Any] = {}
        kept: dict[str, datetime] = {}
        told, missing = [(Severity.UNKNOWN, NOT_YET)], dict.fromkeys(HEALTH, NOT_YET)
        if read is not None:
            members = tuple(one.called(self.names.get(one.id, "")) for one in read.members)
            facts, told = counted(members), signs(members, bool(group.balancers))
            told += self._doubts(read, now)
            kept = dict.fromkeys(HEALTH, read.read) if read.read < now else {}
            missing = dict.fromkeys(HEALTH, read.why) if read.why else {}
        hosts = None if self.hosts is None else self.hosts.get(group.arn, ())
        if hosts is None:
            missing |= {"hosts": self.hosts_missing or "not read yet"}
        return TargetGroup(
            ref=Ref("target_group", of[0].scope, group.name),
            at=read.at if read else self.context.clock.now(),
            owner=of[0].owner,
            severity=worst(told),
            because=because(told),
            serves=tuple(unit.scope for unit in of[1:]),
            missing=missing,
            kept=kept,
            site=of[0].site,
            env=of[0].env,
            group=group.name,
            balancer=", ".join(map(name_of, group.balancers)) or None,
            hosts=hosts,
            **facts,
        )

    def _doubts(self, read: _Read, now: datetime) -> Iterable[Sign]:
        """Why what was read does not stand for now: it could not be renewed, or is very old."""
        turns = ceil(self.many / A_POLL)
        rounds = timedelta(seconds=2 * turns * self.context.every(Targets.name, EVERY))
        if read.why:
            yield Severity.UNKNOWN, f"its health could not be read again: {read.why}"
        elif now - read.read > rounds:
            minutes = (now - read.read).total_seconds() / 60
            yield Severity.UNKNOWN, f"its health was last read {minutes:.0f} min ago"

    def _absent(self, groups: Sequence[Group]) -> Iterable[TargetGroup]:
        """What an environment names and AWS does not have."""
        for unit in self.units:
            for one in unit.environment.targets:
                if any(means(one, group) for group in groups):
                    continue
                kind = "load balancer with a target group" if one.load_balancer else "target group"
                yield TargetGroup(
                    ref=Ref("target_group", unit.scope, one.load_balancer or one.group),
                    at=self.context.clock.now(),
                    owner=unit.owner,
                    severity=Severity.CRITICAL,
                    because=(f"AWS has no such {kind}",),
                    site=unit.site,
                    env=unit.env,
                    group=one.group or "not found",
                    balancer=one.load_balancer or None,
                )


def means(one: Behind, group: Group) -> bool:
    """Whether an environment's words mean this target group."""
    from console.aws.balancers import name_of

    if one.load_balancer:
        return one.load_balancer in map(name_of, group.balancers)
    return fnmatchcase(group.name, one.group)


def counted(members: Sequence[Member]) -> dict[str, Any]:
    """The figures of a target group."""
    states = [one.state for one in members]
    worst_first = sorted(members, key=lambda one: (one.state == "healthy", str(one)))
    return {
        "healthy": states.count("healthy"),
        "unhealthy": len([one for one in states if one.startswith("unhealthy")]),
        "draining": states.count("draining"),
        "unsure": len([one for one in states if one not in KNOWN]),
        "total": len(members),
        "targets": tuple(map(str, worst_first)),
    }


class Targets:
    """The target groups that environments name."""

    name = "targets"
    row: type[Row] = TargetGroup

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region."""
        from console.aws.places import grouped, units

        wanted = [unit for unit in units(context.estate) if unit.environment.targets]
        every, timeout = context.every(self.name, EVERY), context.timeout(self.name, TIMEOUT)
        return [
            Part(self.name, str(place), every, _Look(context, place, some).rows, timeout)
            for place, some in grouped(wanted, lambda unit: unit.place).items()
        ]
