"""Columns chosen by hand for the sources people look at most, the telling ones first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from console.model import Board, Row
from console.sources.kafka_brokers import Broker
from widgets.columns import STATE, Column, fact, name, why
from widgets.look import Cell, Look, in_words, of_row, reasons
from widgets.symbols import TONES
from widgets.words import age, clean, number, sparkline

if TYPE_CHECKING:
    from console.sources.alarms import Alarm
    from console.sources.canaries import Canary
    from console.sources.instances import Instance
    from console.sources.kafka_lag import GroupLag
    from console.sources.metrics import Metric
    from console.sources.sites import SiteHealth
    from console.sources.workloads import Workload


def word(row: Row, text: str, look: Look) -> Cell:
    """A state in the source's own word, in the colour of the row's severity."""
    return Cell(clean(text, look.symbols), TONES[row.severity])


def _scope(row: Row, look: Look) -> Cell:
    return Cell(clean(row.ref.scope, look.symbols))


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


ERRORS = {"known_only": "known", "happening": "happening", "new": "new"}


def _errors(row: SiteHealth, look: Look) -> Cell:
    """A rate of errors, and what it means by the register of known issues."""
    rate = in_words("http_5xx", row.http_5xx, look)
    read = ERRORS.get(row.errors or "", "")
    tone = "dim" if row.errors == "known_only" or row.http_5xx is None else ""
    return Cell(f"{rate} {read}".rstrip(), tone)


def _alarms(row: SiteHealth, look: Look) -> Cell:
    """What rings, and what is known; what rings for nothing else comes second."""
    parts = [f"{row.alarms} ALARM"] if row.alarms else []
    if row.issues or row.known_issues:
        more = f" +{len(row.issues) - 1}" if len(row.issues) > 1 else ""
        named = [f"known {clean(one, look.symbols)}{more}" for one in row.issues[:1]]
        parts += named or [f"{row.known_issues} known"]
    parts = parts[::-1] if row.errors == "known_only" else parts
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
    Column("5xx/min", _errors, right=True, drop=3, fact="http_5xx"),
    Column("alarms", _alarms, drop=2, widest=22, least=11),
    why(drop=3),
)


# Kafka


def _verdict(row: GroupLag, look: Look) -> Cell:
    return word(row, row.verdict.replace("_", " ").upper(), look)


def _behind(row: GroupLag, look: Look) -> Cell:
    more = row.behind_at_least and row.behind_s is not None
    return Cell(f"{look.symbols.at_least} " * more + in_words("behind_s", row.behind_s, look))


def _eta(row: GroupLag, look: Look) -> Cell:
    if row.eta_never:
        return Cell("never", TONES[row.severity])
    return Cell(in_words("eta_s", row.eta_s, look))


KAFKA = (
    Column("verdict", _verdict, widest=11, least=11),
    name("group", widest=24, least=12),
    name("topic", widest=50, least=24),
    fact("lag"),
    fact("in_per_s", "in/s", drop=5),
    fact("out_per_s", "out/s", drop=4),
    Column("behind", _behind, right=True),
    Column("ETA", _eta, right=True, drop=1),
    why(drop=2, least=32),
)


def kafka_about(board: Board, look: Look) -> str:
    """Brokers up of those known, which are not, and partitions without all their replicas."""
    brokers = board.of("kafka_brokers", Broker)
    if not brokers:
        return ""
    clusters = ", ".join(dict.fromkeys(clean(b.cluster, look.symbols) for b in brokers))
    up = sum(b.up is True for b in brokers)
    holes = {b.cluster: b.cluster_under_replicated for b in brokers}
    known = [hole for hole in holes.values() if hole is not None]
    under = number(sum(known)) if known else look.symbols.none
    told = [clusters, f"brokers {up}/{len(brokers)}", *_absent(brokers, look)]
    return f" {look.symbols.dot} ".join([*told, f"under-replicated {under}"])


def _absent(brokers: Sequence[Broker], look: Look) -> list[str]:
    """Each broker that does not answer, and for how long; one nobody tried yet is neither."""
    told = []
    for broker in brokers:
        if broker.up is True or (broker.up is None and "up" not in broker.missing):
            continue
        state = "down" if broker.up is False else "unreachable"
        past = f" {age(look.now.estate - broker.since)}" if broker.since else ""
        told.append(f"broker {broker.broker_id} {state}{past}")
    return told


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
    """Why the row is not OK, the worst first, then what happened when."""
    told = reasons(row, look.symbols) if row.severity else []
    if row.rollout not in (None, "done"):
        told.append(f"rollout {clean(str(row.rollout), look.symbols)}")
    if row.oom_killed_at:
        told.append(f"OOMKilled {in_words('', row.oom_killed_at, look)}")
    return Cell("; ".join(told), TONES[row.severity])


WORKLOADS = (
    name("deployment", widest=32, least=14),
    name("namespace", drop=5, widest=16, least=8),
    Column("ready", _ready, right=True),
    fact("mem_pct", "mem"),
    Column("restarts/h", _restarts, right=True, drop=2),
    Column("trouble", _trouble, drop=1, widest=40, least=12),
)


# Alarms, canaries and metrics

KIND_WORDS = {"canary": " canary", "canaries": " canary", "metric": " metric"}


def _alarm_name(row: Alarm | Canary | Metric, look: Look) -> Cell:
    name = getattr(row, "name", row.ref.name)
    kind = KIND_WORDS.get(row.ref.kind, "")
    return Cell(clean(name, look.symbols) + kind)


def _alarm_state(row: Alarm | Canary, look: Look) -> Cell:
    if getattr(row, "muted", False):
        return Cell(f"{clean(str(row.state), look.symbols)} muted", "dim")
    text = str(row.state or look.symbols.none).replace("_", " ").upper()
    return word(row, text, look)


def _alarm_since(row: Alarm | Canary | Metric, look: Look) -> Cell:
    since = getattr(row, "since", None)
    return Cell(in_words("since", since, look), "" if since else "dim")


def _value(row: Metric, look: Look) -> Cell:
    """A value with its unit, in the colour of what it means."""
    unit = f" {clean(row.unit, look.symbols)}" if row.unit and row.value is not None else ""
    return word(row, of_row(row, "value", look) + unit, look)


def _state_or_value(row: Any, look: Look) -> Cell:
    return _value(row, look) if row.ref.kind == "metric" else _alarm_state(row, look)


ALARMS = (
    Column("name", _alarm_name, widest=44, least=16, middle=True),
    Column("state", _state_or_value, widest=18, least=8),
    Column("since", _alarm_since, right=True, fact="since"),
    Column("scope", _scope, drop=4, least=14),
    why(drop=3, least=16),
)
METRICS = (
    STATE,
    name("id", widest=32, least=16),
    Column("scope", _scope, widest=24, least=14),
    Column("value", _value, right=True, fact="value"),
    fact("trend", drop=2, right=False),
    why(drop=1),
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
    Column("scope", _scope, drop=3),
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
    Column("scope", _scope, drop=3),
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
