"""What a machine's own figures say: its facts, and what of them speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from console.aws.series import Sign
from console.model import Severity
from console.model.words import lasting

if TYPE_CHECKING:
    from console.aws.reading import Disk, Inside, Service
    from console.sources.hosts import Killer

FULL, FILLING = 95.0, 85.0  # percent of a disk or of its inodes
LEAST_FREE_PCT = 8.0  # of the memory
HELD_MB = 1024.0  # by deleted files, from which on it is said
RESERVE_MB = 500.0  # of the memory, for the operating system
DEFAULT_RAM_MB = 512.0  # of puma_worker_killer
PERCENT_USAGE = 0.99  # its own margin
OFTEN = 6  # workers ended in an hour: one each ten minutes, for ever
CRASHES = 3  # restarts of a unit that is starting: one or two are a deploy
UNROTATED_S = 2 * 86400.0
KINDS = ("puma", "sidekiq", "nginx", "cron")
STATES = ("active", "reloading", "activating", "deactivating", "inactive", "failed")
"""Of units, best first."""
Facts = dict[str, Any]


def inside(told: Inside) -> Facts:
    """The facts of a machine's own figures."""
    one, five, fifteen = told.load
    used = None
    if told.mem_mb and told.available_mb is not None:
        used = 100 * (1 - told.available_mb / told.mem_mb)
    swap = None
    if told.swap_mb is not None and told.swap_free_mb is not None:
        swap = told.swap_mb - told.swap_free_mb
    fullest = _fullest(told.disks, "used_pct")
    inodes = _fullest(told.disks, "inodes_pct")
    return {
        "load1": one,
        "load5": five,
        "load15": fifteen,
        "vcpus": told.cpus,
        "mem_pct": used,
        "ram_mb": told.mem_mb,
        "available_mb": told.available_mb,
        "swap_used_mb": swap,
        "puma_mb": told.puma_mb,
        "sidekiq_mb": told.sidekiq_mb,
        "disk_pct": fullest and fullest.used_pct,
        "disk_mount": fullest and fullest.mount,
        "inodes_pct": inodes and inodes.inodes_pct,
        "inodes_mount": inodes and inodes.mount,
        "deleted_mb": told.deleted_mb,
        "rotated_s": told.rotated_s,
        **{kind: _state(told, kind) for kind in KINDS},
        "crashing": tuple(_crashing(told)),
        "oom_recent": told.oom,
        "oom_last": told.oom_last or None,
        **_killer(told),
        "cron_hash": told.cron or None,
        "disks": tuple(_disk(each) for each in told.disks),
        "units": None if told.units is None else tuple(map(_unit, told.units)),
        "largest": tuple(f"{path} {mb:,.0f} MB" for path, mb in told.largest),
    }


def _fullest(disks: Sequence[Disk], figure: str) -> Disk | None:
    known = [each for each in disks if getattr(each, figure) is not None]
    return max(known, key=lambda each: float(getattr(each, figure)), default=None)


def _disk(each: Disk) -> str:
    used = "?" if each.used_pct is None else f"{each.used_pct:.0f} %"
    inodes = "" if each.inodes_pct is None else f", inodes {each.inodes_pct:.0f} %"
    return f"{each.mount} {used}{inodes}"


def _state(told: Inside, kind: str) -> str | None:
    """The worst state of the units of a kind: several applications have several of them."""
    states = [each.state for each in told.units or () if each.name.startswith(kind)]
    return max(states, key=lambda s: STATES.index(s) if s in STATES else 0, default=None)


def _unit(each: Service) -> str:
    return f"{each.name} {each.state}" + (f", {each.restarts} restarts" if each.restarts else "")


def _crashing(told: Inside) -> Iterator[str]:
    """Units that systemd starts again and again: between two lives they are `activating`."""
    for each in told.units or ():
        if each.state == "activating" and (each.restarts or 0) >= CRASHES:
            yield f"{each.name.removesuffix('.service')} ends and is started again and again"


def _killer(told: Inside) -> Facts:
    """Whether `ram` fits: above the room it never acts before the machine swaps, far below it
    ends a worker every few seconds for ever."""
    ram, limit = told.killer_ram_mb, told.killer_limit_mb
    if limit is not None:  # its own line tells what counts
        ram = round(limit / PERCENT_USAGE)
    room = None
    if told.mem_mb is not None and told.sidekiq_mb is not None:
        room = told.mem_mb - told.sidekiq_mb - RESERVE_MB
    verdict: Killer | None = None
    if told.killed is not None and told.killed >= OFTEN:
        verdict = "too_small"
    elif ram is not None and room is not None:
        verdict = "too_big" if ram > room else "fits"
    return {
        "worker_killer": verdict,
        "killed_recent": told.killed,
        "killer_ram_mb": ram,
        "killer_room_mb": room,
    }


def signs(facts: Mapping[str, Any]) -> Iterator[Sign]:
    """What speaks against a machine, by its own figures."""
    for figure, mount, what in (
        ("disk_pct", "disk_mount", "used"),
        ("inodes_pct", "inodes_mount", "of the inodes used"),
    ):
        percent = facts[figure]
        if percent is not None and percent >= FILLING:
            severity = Severity.CRITICAL if percent >= FULL else Severity.WARNING
            yield severity, f"{facts[mount]}: {percent:.0f} % {what}"
    for figure, what in (("disk_pct", "how full its disks are"), ("mem_pct", "its memory")):
        if facts[figure] is None:
            yield Severity.UNKNOWN, f"{what} cannot be read"
    if facts["units"] is None:
        yield Severity.UNKNOWN, "its units cannot be read"
    for said in facts["crashing"]:
        yield Severity.CRITICAL, said
    for kind in KINDS:
        state = facts[kind]
        if state == "activating" and not facts["crashing"]:
            yield Severity.UNKNOWN, f"{kind} is starting"
        if state in ("failed", "inactive"):
            bad = Severity.CRITICAL if state == "failed" else Severity.WARNING
            yield bad, f"{kind} is {'stopped' if state == 'inactive' else state}"
    if facts["mem_pct"] is not None and facts["mem_pct"] > 100 - LEAST_FREE_PCT:
        yield Severity.WARNING, f"{facts['available_mb']:.0f} MB of memory are available"
    if facts["oom_recent"]:
        who = f", last {facts['oom_last']}" if facts["oom_last"] else ""
        yield Severity.WARNING, f"the kernel killed {facts['oom_recent']} for memory in 2 h{who}"
    if (facts["deleted_mb"] or 0) >= HELD_MB:
        held = f"{facts['deleted_mb']:,.0f} MB are held by deleted files that are still open"
        yield Severity.WARNING, f"{held}: truncate, do not delete"
    if (facts["rotated_s"] or 0) > UNROTATED_S:
        yield Severity.WARNING, f"logrotate last ran {lasting(facts['rotated_s'])} ago"
    yield from _tuning(facts)


def _tuning(facts: Mapping[str, Any]) -> Iterator[Sign]:
    ram = facts["killer_ram_mb"]
    said = "puma_worker_killer's ram" + (f" of {ram:.0f} MB" if ram is not None else "")
    if facts["worker_killer"] == "too_small":
        usual = " (its default)" if ram == DEFAULT_RAM_MB else ""
        killed = f"it ended {facts['killed_recent']} workers in an hour"
        yield Severity.WARNING, f"{said}{usual} is too small: {killed}"
    elif facts["worker_killer"] == "too_big":
        room = f"{facts['killer_room_mb']:.0f} MB (memory less Sidekiq less {RESERVE_MB:.0f} MB)"
        yield Severity.WARNING, f"{said} is above {room}: the machine swaps before it acts"
