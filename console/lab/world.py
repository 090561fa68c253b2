"""The lab's world: what exists, in which state, and every metric as a function of estate time."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4
from zlib import crc32

from console.clock import Clock

if TYPE_CHECKING:
    from console.lab.aws.rds import Database


@dataclass(slots=True, kw_only=True)
class Thing:
    """Anything AWS knows: it lives in one account (its id) and Region."""

    account: str
    region: str
    name: str


@dataclass(slots=True, kw_only=True)
class Host(Thing):
    """An EC2 instance."""

    id: str
    launched_at: datetime
    tags: dict[str, str] = field(default_factory=dict)
    type: str = "m6i.large"
    state: str = "running"
    checks: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys(("system", "instance", "ebs"), "ok")
    )
    checks_since: datetime | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    boot_id: str = field(default_factory=lambda: str(uuid4()))
    booted_at: datetime | None = None
    agent: str = "Online"
    """What SSM says of its agent; empty where none is installed."""
    serves: list[str] = field(default_factory=list)
    """`site/env`s whose caches it uses."""
    public_ip: str = ""
    elastic: bool = False
    """The public address is an Elastic IP."""
    protected: bool = False
    """Stop protection."""
    cron: str = "active"
    """State of its cron, as systemd says it."""
    script: str = ""
    """Which version of the backup script its crontab runs."""
    inside: dict[str, Any] = field(default_factory=dict)
    """What the read-only document prints of it that is not as usual."""


@dataclass(slots=True, kw_only=True)
class CacheNode(Thing):
    """An ElastiCache cluster of one node, in a replication group when it has one."""

    group: str = ""
    primary: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    engine: str = "redis"
    version: str = "7.1.0"
    status: str = "available"
    node_status: str = "available"
    sharded: bool = False
    """Cluster mode enabled."""
    failover: bool = True
    """Automatic failover, where it has a replica."""
    run_id: str = field(default_factory=lambda: uuid4().hex)
    started_at: datetime | None = None
    jobs: dict[str, int] = field(default_factory=dict)
    """Sidekiq's queues by name, and `retry`, `schedule`, `dead`."""
    idle_since: datetime | None = None
    """Since when no Sidekiq process works its queues off."""


@dataclass(slots=True, kw_only=True)
class Alarm(Thing):
    """A CloudWatch alarm; composite when it has a rule."""

    since: datetime
    state: str = "OK"
    reason: str = "Threshold not crossed"
    actions: bool = True
    muted: bool = False
    """By a mute rule."""
    metric: str = ""
    namespace: str = ""
    dimensions: dict[str, str] = field(default_factory=dict)
    rule: str = ""
    turns: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    """When it turned, from which state to which, and why."""


@dataclass(slots=True, kw_only=True)
class Canary(Thing):
    """A Synthetics canary; it runs every `every` seconds of estate time."""

    every: float = 300.0
    turns: list[tuple[datetime, str]] = field(default_factory=list)
    """From when on its runs end how: PASSED, CANARY_FAILURE or EXECUTION_FAILURE."""

    def outcome(self, at: datetime) -> str:
        """How the run that began at this moment ended."""
        return next((how for since, how in reversed(self.turns) if since <= at), "PASSED")


@dataclass(slots=True, kw_only=True)
class Bucket(Thing):
    """An S3 bucket with a backup a day below each prefix."""

    prefixes: list[str] = field(default_factory=list)
    stopped_at: datetime | None = None
    """No backup arrived after this."""
    extra: list[tuple[str, datetime, int]] = field(default_factory=list)
    """What somebody copied there by hand: prefix, when, bytes."""
    public: bool = False


@dataclass(slots=True, kw_only=True)
class Msk(Thing):
    """An MSK cluster and its operations, newest last."""

    arn: str
    brokers: int = 3
    state: str = "ACTIVE"
    operations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class TargetGroup(Thing):
    """Targets behind a load balancer, and the host names whose requests go to them."""

    balancer: str = ""
    """Empty: no load balancer uses it."""
    targets: list[str] = field(default_factory=list)
    """Ids of machines, or addresses."""
    kind: str = "instance"
    hosts: list[str] = field(default_factory=list)
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    """State and reason of a target that are not as its machine is."""
    delay_s: float = 300.0
    """How long a target that is taken out may still answer what it was asked."""
    port: int = 80
    """At which its targets are registered."""
    looks: int = 0
    """How often it was asked for their health."""


@dataclass(slots=True)
class Course:
    """One metric over estate time: a level with gentle noise, and ramps to other levels."""

    base: float
    noise: float = 0.0
    seed: int = 0
    points: list[tuple[datetime, float]] = field(default_factory=list)

    def level(self, at: datetime) -> float:
        """The value without its noise."""
        after = bisect_right(self.points, at, key=lambda point: point[0])
        if after == 0:
            return self.base
        start, low = self.points[after - 1]
        if after == len(self.points):
            return low
        end, high = self.points[after]
        return low + (high - low) * ((at - start) / (end - start))

    def value(self, at: datetime) -> float:
        """The value at one moment; never negative, the same at every reading."""
        if not self.noise:
            return self.level(at)
        seconds = at.timestamp()
        jitter = crc32(f"{self.seed}:{seconds // 60}".encode()) / 2**32 - 0.5
        wave = math.sin(seconds / 397 + self.seed) + jitter
        return max(0.0, self.level(at) + self.noise * wave)

    def ramp(self, at: datetime, to: float, over: float) -> None:
        """From `at` on move to another level, within `over` seconds of estate time."""
        here = self.level(at)
        self.points = [point for point in self.points if point[0] < at]
        self.points += [(at, here), (at + timedelta(seconds=max(over, 0.001)), to)]


Act = Callable[[], object]
Series = tuple[str, str, str, str, frozenset[tuple[str, str]]]
T = TypeVar("T", bound=Thing)


@dataclass(slots=True)
class World:
    """Everything that exists in the lab's AWS accounts, and what will happen to it."""

    clock: Clock
    hosts: list[Host] = field(default_factory=list)
    caches: list[CacheNode] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    canaries: list[Canary] = field(default_factory=list)
    msk: list[Msk] = field(default_factory=list)
    buckets: list[Bucket] = field(default_factory=list)
    databases: list[Database] = field(default_factory=list)
    groups: list[TargetGroup] = field(default_factory=list)
    cache_events: list[tuple[datetime, CacheNode, str]] = field(default_factory=list)
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What SSM was told to run, by command id."""
    says: dict[str, tuple[int, str]] = field(default_factory=dict)
    """What a command of the allow-list ends with and prints; else 0 and a line."""
    cures: dict[str, Act] = field(default_factory=dict)
    """What a restart of a host or cache puts right, by its name."""
    log_groups: dict[tuple[str, str, str], list[tuple[str, str]]] = field(default_factory=dict)
    """Account, Region and name of a log group → whose lines it has: `alarms` or `canaries`, and
    the beginning of their names."""
    courses: dict[Series, Course] = field(default_factory=dict)
    """By account, Region, namespace, name and dimensions: see `series`."""
    _due: list[tuple[datetime, int, Act, bool]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def after(self, seconds: float, act: Act, story: bool = False) -> None:
        """Do something in `seconds` of estate time: a reboot's end, a step of a `story`."""
        when = self.clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._due, (when, next(self._order), act, story))

    @property
    def pending(self) -> bool:
        """Whether anything is still to happen."""
        return bool(self._due)

    def forget(self) -> None:
        """Drop what the story still had in store; a reboot under way comes to its end."""
        self._due = [due for due in self._due if not due[3]]
        heapq.heapify(self._due)
        self.cures.clear()

    def restarted(self, name: str) -> None:
        """A host or cache came back empty: what the story had it cured of is over."""
        if cure := self.cures.pop(name, None):
            others = dict(self.cures)  # of two that are ill, each is cured by its own restart
            self.forget()
            self.cures |= others
            cure()

    def settle(self) -> None:
        """Let everything happen that is due; called before the world is looked at."""
        while self._due and self._due[0][0] <= self.clock.now():
            heapq.heappop(self._due)[2]()

    def set_alarm(self, name: str, state: str, reason: str) -> None:
        """Move the alarms of one name to OK, ALARM or INSUFFICIENT_DATA."""
        for alarm in self.alarms:
            if alarm.name == name and alarm.state != state:
                now = self.clock.now()
                alarm.turns.append((now, alarm.state, state, reason))
                alarm.state, alarm.reason, alarm.since = state, reason, now


def within(things: Iterable[T], account: str, region: str) -> list[T]:
    """The things of one account × Region: nobody sees more of AWS at once."""
    return [thing for thing in things if (thing.account, thing.region) == (account, region)]


def series(
    account: str, region: str, namespace: str, name: str, dimensions: dict[str, str]
) -> Series:
    """The key of one metric: CloudWatch matches the exact set of dimensions."""
    return (account, region, namespace, name, frozenset(dimensions.items()))
