"""What the read-only document prints of a machine, checked: a machine can print anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from console.model.words import printed
from console.poll import Failed

ID = re.compile(r"[0-9a-f-]{32,40}")
VERSIONS = (None, 2, 3)
"""As each version of what the document prints names itself; 2 took a time-out for an empty set."""
PARTLY = "does not tell all of its jobs, or has more than 50 queues"
NUMBERS = ("uptime_s", "used_mb", "retry", "schedule")
LONGEST, MOST = 120, 60  # characters of a name, entries of a list
KEPT = 24_000  # characters of its output that SSM hands on
HUGE = 1e15  # an integer may be longer than any float


@dataclass(frozen=True, slots=True)
class Disk:
    """One file system of a machine."""

    mount: str
    used_pct: float | None
    free_mb: float | None
    inodes_pct: float | None


@dataclass(frozen=True, slots=True)
class Service:
    """One systemd unit: `active`, `inactive`, `failed` …, and how often it was restarted."""

    name: str
    state: str
    restarts: int | None


@dataclass(frozen=True, slots=True)
class Queue:
    """One of Sidekiq's queues; `oldest_at`: when its oldest job was put in (epoch, s)."""

    name: str
    waiting: int
    oldest_at: float | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """One Sidekiq process: the application's directory, its queues, how many jobs it has."""

    tag: str
    queues: tuple[str, ...]
    busy: int | None


class Reached:
    """Whatever an application reaches under a host name."""

    __slots__ = ()
    host: str

    def is_of(self, *names: str) -> bool:
        """Whether its host name is that of a cluster or a replication group."""
        return bool((set(names) - {""}) & set(self.host.split(".")))


@dataclass(frozen=True, slots=True)
class Redis(Reached):
    """One Redis as an application's machine sees it."""

    host: str
    run_id: str
    uptime_s: int
    used_mb: int
    retry: int
    schedule: int
    processes: int
    """Sidekiq processes that are connected."""
    each: tuple[Queue, ...] = ()
    workers: tuple[Worker, ...] = ()
    app: str = ""
    """The application's name, where the machine says it."""
    db: int = 0
    dead: int | None = None
    """Jobs that were given up."""

    @property
    def is_bare(self) -> bool:
        """Whether nothing of Sidekiq's is in it: a cache, or emptied."""
        return not (self.each or self.processes or self.jobs or self.dead)

    @property
    def queues(self) -> int:
        """Queues with jobs in them."""
        return len([one for one in self.each if one.waiting])

    @property
    def waiting(self) -> int:
        """Jobs in Sidekiq's queues."""
        return sum(one.waiting for one in self.each)

    @property
    def jobs(self) -> int:
        """Jobs that go when this Redis is emptied."""
        return self.waiting + self.retry + self.schedule


@dataclass(frozen=True, slots=True)
class Silent(Reached):
    """A Redis that an application uses and that did not tell its machine all of its jobs."""

    host: str
    app: str = ""
    db: int = 0
    why: str = "does not answer"


def redis_name(one: Redis | Silent) -> str:
    """A Redis by its host's first word, and its database."""
    first = one.host.partition(".")[0]
    name = one.host if first.isdecimal() else first
    return f"{name}/{one.db}" if one.db else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A machine from the inside (since version 2 of it); None is what it could not read."""

    load: tuple[float | None, ...]
    cpus: int | None
    mem_mb: float | None
    available_mb: float | None
    swap_mb: float | None
    swap_free_mb: float | None
    disks: tuple[Disk, ...]
    deleted_mb: float | None
    """Held by files that are deleted and still open."""
    units: tuple[Service, ...] | None
    oom: int | None
    """Times the kernel killed something for memory, last two hours."""
    oom_last: str
    killed: int | None
    """Workers that puma_worker_killer ended for memory, last hour."""
    killer_ram_mb: float | None
    """Its `ram`; 512 where it is used and none is given."""
    killer_limit_mb: float | None
    """What its own line says it may take."""
    puma_mb: float | None
    sidekiq_mb: float | None
    cron: str
    """Hash of every crontab."""
    rotated_s: float | None
    """Since logrotate last wrote its state."""
    largest: tuple[tuple[str, float], ...]
    """Directories of a full disk, in MB, the largest first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the read-only document prints of a machine."""

    boot_id: str
    uptime_s: int
    redis: tuple[Redis, ...]
    inside: Inside | None = None
    """None: the machine has version 1."""
    silent: tuple[Silent, ...] = ()
    version: int = 1
    """Of what the document prints."""


def parsed(text: str) -> Reading:
    """The document's one line of JSON. Raises Failed for anything else."""
    if len(text) >= KEPT:
        raise Failed(f"it printed more than the {KEPT:,} characters that SSM keeps")
    try:
        said = json.loads(text)
        version = VERSIONS.index(said.get("v")) + 1
        told = [
            _redis(one) if version == 1 or _whole_of(one) else _silent(one)
            for one in said["redis"][:MOST]
        ]
        return Reading(
            _id(said["boot_id"]),
            int(said["uptime_s"]),
            tuple(one for one in told if isinstance(one, Redis)),
            _inside(said) if version > 1 else None,
            tuple(one for one in told if isinstance(one, Silent)),
            version,
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise Failed("the read-only document printed something else") from None


def _id(value: Any) -> str:
    if not isinstance(value, str) or ID.fullmatch(value) is None:
        raise ValueError(value)
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return printed(value)[:LONGEST]


def _number(value: Any) -> float | None:
    """A number that is not negative, or None for null. Raises TypeError for anything else."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    if not 0 <= value < HUGE or not isfinite(value):
        raise ValueError(value)
    return float(value)


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _whole_of(one: Mapping[str, Any]) -> bool:
    """Whether this Redis answered all that was asked: half of its jobs is no number of jobs."""
    if None in (one["queues"], one["workers"], *(one[name] for name in NUMBERS)):
        return False
    return bool(one["run_id"]) and None not in [queue["waiting"] for queue in one["queues"]]


def _silent(one: Mapping[str, Any]) -> Silent:
    named = _word(one["host"]), _word(one["app"]), int(one["db"])
    return Silent(*named, PARTLY) if one["run_id"] else Silent(*named)


def _redis(one: Mapping[str, Any]) -> Redis:
    number: dict[str, Any] = {name: int(one[name]) for name in NUMBERS}
    number["dead"] = _whole(one.get("dead"))
    host, run = _word(one["host"]), _id(one["run_id"])
    if isinstance(one["queues"], Mapping):  # version 1 counts them without their names
        old = tuple(Queue(str(name), int(many)) for name, many in one["queues"].items())
        return Redis(host=host, run_id=run, each=old, processes=int(one["processes"]), **number)
    each = tuple(_queue(queue) for queue in one["queues"][:MOST])
    workers = tuple(_worker(worker) for worker in one["workers"][:MOST])
    named: dict[str, Any] = {"app": _word(one["app"]), "db": int(one["db"])}
    told: dict[str, Any] = {"each": each, "workers": workers, "processes": len(workers)}
    return Redis(host=host, run_id=run, **number, **told, **named)


def _queue(one: Mapping[str, Any]) -> Queue:
    return Queue(_word(one["name"]), int(one["waiting"]), _number(one["oldest_at"]))


def _worker(one: Mapping[str, Any]) -> Worker:
    queues = tuple(dict.fromkeys(_word(name) for name in one["queues"][:MOST] if name))
    return Worker(_word(one["tag"]), queues, _whole(one["busy"]))


def _inside(said: Mapping[str, Any]) -> Inside:
    killer = said["killer"]
    load = tuple(_number(value) for value in said["load"])
    if len(load) != 3:
        raise ValueError(load)
    return Inside(
        load=load,
        cpus=_whole(said["cpus"]),
        **{name: _number(said[name]) for name in ("mem_mb", "available_mb", "swap_mb")},
        **{name: _number(said[name]) for name in ("swap_free_mb", "deleted_mb")},
        **{name: _number(said[name]) for name in ("puma_mb", "sidekiq_mb", "rotated_s")},
        disks=tuple(_disks(said)),
        units=None if said["units"] is None else tuple(_units(said)),
        oom=_whole(said["oom"]),
        oom_last=_word(said["oom_last"]),
        killed=_whole(killer["lines"]),
        killer_ram_mb=_number(killer["ram_mb"]),
        killer_limit_mb=_number(killer["limit_mb"]),
        cron=_word(said["cron"] or ""),
        largest=tuple((_word(o["path"]), _number(o["mb"]) or 0.0) for o in said["largest"][:10]),
    )


def _disks(said: Mapping[str, Any]) -> Iterator[Disk]:
    for one in said["disks"][:MOST]:
        figures = (_number(one[name]) for name in ("used_pct", "free_mb", "inodes_pct"))
        yield Disk(_word(one["mount"]), *figures)


def _units(said: Mapping[str, Any]) -> Iterator[Service]:
    for one in said["units"][:MOST]:
        yield Service(_word(one["name"]), _word(one["state"]), _whole(one["restarts"]))
