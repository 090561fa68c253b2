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
    busy: int


@dataclass(frozen=True, slots=True)
class Redis:
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

    def is_of(self, *names: str) -> bool:
        """Whether its host name is that of a cluster or a replication group."""
        return bool((set(names) - {""}) & set(self.host.split(".")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A machine from the inside (version 2 of the document); None is what it could not read."""

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
    unread: tuple[str, ...] = ()
    """Redis that its applications use and that did not answer it."""


def parsed(instance: str, text: str) -> Reading:
    """The document's one line of JSON. Raises Failed for anything else."""
    if len(text) >= KEPT:
        raise Failed(f"{instance}: it printed more than the {KEPT:,} characters that SSM keeps")
    try:
        said = json.loads(text)
        new = said.get("v") == 2
        whole = [one for one in said["redis"] if not new or _answered(one)]
        unread = [_word(one["host"]) for one in said["redis"] if new and not _answered(one)]
        each = tuple(_redis(one) for one in whole[:MOST])
        inside = _inside(said) if new else None
        up = int(said["uptime_s"])
        return Reading(_id(said["boot_id"]), up, each, inside, tuple(unread[:MOST]))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise Failed(f"{instance}: the read-only document printed something else") from None


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


def _answered(one: Mapping[str, Any]) -> bool:
    """Whether this Redis answered all that was asked: half of its jobs is no number of jobs."""
    waiting = [queue["waiting"] for queue in one["queues"]]
    return bool(one["run_id"]) and None not in (*waiting, *(one[name] for name in NUMBERS))


def _redis(one: Mapping[str, Any]) -> Redis:
    number: dict[str, Any] = {name: int(one[name]) for name in NUMBERS}
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
    return Worker(_word(one["tag"]), queues, int(one["busy"]))


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
