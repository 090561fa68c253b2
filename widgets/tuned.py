"""Columns chosen by hand for the sources people look at most, the telling ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.model import Board, Row
from widgets.columns import Column, fact, name
from widgets.look import Cell, Look, in_words
from widgets.symbols import TONES
from widgets.words import clean, number, sparkline

if TYPE_CHECKING:
    from console.sources.alarms import Alarm
    from console.sources.canaries import Canary
    from console.sources.instances import Instance
    from console.sources.kafka_brokers import Broker
    from console.sources.kafka_lag import GroupLag
    from console.sources.sites import SiteHealth
    from console.sources.workloads import Workload


def word(row: Row, text: str, look: Look) -> Cell:
    """A state in the source's own word, in the colour of the row's severity."""
    return Cell(clean(text, look.symbols), TONES[row.severity])


# Sites


def _site(row: SiteHealth, look: Look) -> Cell:
    return Cell(clean(row.title or row.site, look.symbols))


def _instances(row: SiteHealth, look: Look) -> Cell:
    tone = "" if row.instances_ok == row.instances_total else TONES[row.severity]
    ok, total = (
        look.symbols.none if n is None else n for n in (row.instances_ok, row.instances_total)
    )
    return Cell(f"{ok}/{total}", tone)


def _load(row: SiteHealth | Instance, look: Look) -> Cell:
    none = look.symbols.none
    load = none if row.load1 is None else f"{row.load1:.1f}"
    arrow = look.symbols.trend(row.load1_trend)
    return Cell(f"{load} / {row.vcpus or none}{arrow and ' ' + arrow}")


def _load_series(row: SiteHealth, look: Look) -> Cell:
    return Cell(sparkline(row.series.get("load1", ()), look.symbols))


def _disk(row: SiteHealth, look: Look) -> Cell:
    known = row.disk_pct is not None and row.disk_mount
    mount = f" {clean(str(row.disk_mount), look.symbols)}" if known else ""
    return Cell(in_words("disk_pct", row.disk_pct, look) + mount)


def _redis(row: SiteHealth, look: Look) -> Cell:
    fine = row.cache_status in (None, "available")
    text = in_words("cache_status", row.cache_status, look)
    return Cell(text) if fine else word(row, text, look)


def _alarms(row: SiteHealth, look: Look) -> Cell:
    parts = [f"{row.alarms} ALARM"] if row.alarms else []
    parts += [f"{row.known_issues} known"] if row.known_issues else []
    tone = TONES[row.severity] if row.alarms else ""
    return Cell(" ".join(parts), tone) if row.alarms is not None else Cell(look.symbols.none, "dim")


SITES = (
    Column("site", _site, widest=24, least=15),
    fact("env", right=False),
    Column("ec2", _instances, right=True),
    Column("load/vCPU", _load, right=True),
    Column("trend", _load_series, drop=4, widest=8, least=8),
    fact("mem_pct", "mem", drop=1),
    Column("disk", _disk, drop=2, widest=16, least=6),
    Column("redis", _redis, widest=24, least=9),
    fact("cache_memory_pct", "mem", drop=3),
    fact("evictions", "evict", drop=6),
    fact("connections", "conn", drop=7),
    fact("http_5xx", "5xx/min", drop=3),
    Column("alarms", _alarms, drop=2, widest=18, least=8),
)


# Kafka


def _verdict(row: GroupLag, look: Look) -> Cell:
    return word(row, row.verdict.replace("_", " ").upper(), look)


def _behind(row: GroupLag, look: Look) -> Cell:
    more = "> " if row.behind_at_least and row.behind_s is not None else ""
    return Cell(more + in_words("behind_s", row.behind_s, look))


def _eta(row: GroupLag, look: Look) -> Cell:
    if row.eta_never:
        return Cell("never", TONES[row.severity])
    return Cell(in_words("eta_s", row.eta_s, look))


def _why(row: GroupLag, look: Look) -> Cell:
    return Cell(clean(row.why, look.symbols))


KAFKA = (
    Column("verdict", _verdict, widest=11, least=11),
    name("group", widest=24, least=12),
    name("topic", widest=50, least=24),
    fact("lag"),
    fact("in_per_s", "in/s", drop=3),
    fact("out_per_s", "out/s", drop=2),
    Column("behind", _behind, right=True),
    Column("ETA", _eta, right=True, drop=1),
    Column("why", _why, drop=4, widest=60, least=16),
)


def kafka_about(board: Board, look: Look) -> str:
    """Brokers up of those known, and partitions without all their replicas."""
    brokers: tuple[Broker, ...] = board.rows("kafka_brokers")  # type: ignore[assignment]
    if not brokers:
        return ""
    clusters = ", ".join(dict.fromkeys(clean(b.cluster, look.symbols) for b in brokers))
    up = sum(b.up is True for b in brokers)
    holes = [b.under_replicated for b in brokers]
    known = sum(hole for hole in holes if hole is not None)
    under = look.symbols.none if all(hole is None for hole in holes) else number(known)
    dot = look.symbols.dot
    return f"{clusters} {dot} brokers {up}/{len(brokers)} {dot} under-replicated {under}"


# Workloads


def _ready(row: Workload, look: Look) -> Cell:
    none = look.symbols.none
    ready = none if row.ready is None else row.ready
    desired = none if row.desired is None else row.desired
    short = row.ready is not None and row.desired is not None and row.ready < row.desired
    return Cell(f"{ready}/{desired}", TONES[row.severity] if short else "")


def _restarts(row: Workload, look: Look) -> Cell:
    if row.restarts_recent is None:
        return Cell(look.symbols.none, "dim")
    return Cell(str(row.restarts_recent))


def _trouble(row: Workload, look: Look) -> Cell:
    told = []
    if row.rollout not in (None, "done"):
        told.append(f"rollout {clean(str(row.rollout), look.symbols)}")
    if row.crash_loop:
        told.append(clean(row.crash_loop, look.symbols))
    if row.oom_killed_at:
        told.append(f"OOMKilled {in_words('', row.oom_killed_at, look)}")
    if row.evicted_recent:
        told.append(f"{row.evicted_recent} evicted")
    if row.disk_pressure:
        told.append("disk pressure")
    return Cell(", ".join(told), TONES[row.severity])


WORKLOADS = (
    name("deployment", widest=32, least=14),
    name("namespace", drop=5, widest=16, least=8),
    Column("ready", _ready, right=True),
    fact("mem_pct", "mem"),
    Column("restarts/h", _restarts, right=True, drop=2),
    Column("trouble", _trouble, drop=1, widest=40, least=12),
)


# Alarms and canaries


def _alarm_name(row: Alarm | Canary, look: Look) -> Cell:
    canary = row.ref.kind in ("canary", "canaries")
    return Cell(clean(row.name, look.symbols) + (" canary" if canary else ""))


def _alarm_state(row: Alarm | Canary, look: Look) -> Cell:
    if getattr(row, "muted", False):
        return Cell(f"{clean(str(row.state), look.symbols)} muted", "dim")
    text = str(row.state or look.symbols.none).replace("_", " ").upper()
    return word(row, text, look)


def _alarm_why(row: Any, look: Look) -> Cell:
    return Cell(clean(getattr(row, "reason", ""), look.symbols))


ALARMS = (
    Column("name", _alarm_name, widest=44, least=16, middle=True),
    Column("state", _alarm_state, widest=18, least=8),
    fact("since"),
    Column("scope", lambda row, look: Cell(clean(row.ref.scope, look.symbols)), drop=4, least=14),
    Column("reason", _alarm_why, drop=3, widest=60, least=16),
)

# Instances and caches: what is wrong before what it is called


def _checks(row: Instance, look: Look) -> Cell:
    checks = (row.system_check, row.instance_check, row.ebs_check)
    bad = [clean(str(c), look.symbols) for c in checks if c not in (None, "ok", "not-applicable")]
    if bad:
        return word(row, ", ".join(dict.fromkeys(bad)), look)
    known = [check for check in checks if check is not None]
    return Cell("ok") if known else Cell(look.symbols.none, "dim")


INSTANCES = (
    name("name", widest=32, least=16),
    Column("scope", lambda row, look: Cell(clean(row.ref.scope, look.symbols)), drop=3),
    fact("state", right=False),
    Column("checks", _checks, widest=18, least=6),
    Column("load/vCPU", _load, right=True),
    fact("cpu_pct", drop=2),
    fact("mem_pct", "mem"),
    fact("disk_pct"),
    fact("disk_mount", "mount", drop=2, right=False),
    fact("ram_mb", drop=5),
    fact("instance_id", drop=4, right=False),
    fact("events", drop=1, right=False),
    fact("launched_at", drop=6),
)
CACHES = (
    name("cluster_id", widest=32, least=16),
    Column("scope", lambda row, look: Cell(clean(row.ref.scope, look.symbols)), drop=3),
    Column("status", lambda row, look: word(row, row.status or look.symbols.none, look), least=9),
    fact("role", drop=4, right=False),
    fact("memory_pct"),
    fact("engine_cpu_pct", "cpu", drop=1),
    fact("evictions", drop=1),
    fact("connections", "conn", drop=1),
    fact("replication_lag_s", drop=5),
    fact("pending", drop=2, right=False),
    fact("engine_version", "version", drop=5, right=False),
    fact("window", drop=6, right=False),
)
