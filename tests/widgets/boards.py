"""Literal boards: what the console might see one night, at a frozen instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from console.model import Board, Duty, Now, Ref, Row, Severity, Snapshot, Trouble
from console.sources.alarms import Alarm
from console.sources.canaries import Canary
from console.sources.instances import Instance
from console.sources.kafka_brokers import Broker
from console.sources.kafka_lag import GroupLag, PartitionLag
from console.sources.metrics import Metric
from console.sources.sites import SiteHealth
from console.sources.workloads import Workload

AT = datetime(2026, 11, 24, 20, 32, tzinfo=UTC)
NOW = Now(AT, AT)
DUTY = Duty(estate="réseau+製油所", zone="Europe/Paris", calls_per_min=8.6, usd_per_month=11)
OK, UNKNOWN, WARN, CRIT = Severity.OK, Severity.UNKNOWN, Severity.WARNING, Severity.CRITICAL


def ago(seconds: float) -> datetime:
    """That many seconds before the night's instant."""
    return AT - timedelta(seconds=seconds)


def site(name: str, title: str, severity: Severity, **facts: object) -> SiteHealth:
    """A site in production with unremarkable facts, save those given."""
    env = str(facts.pop("env", "prod"))
    usual: dict[str, object] = {
        "instances_ok": 2,
        "instances_total": 2,
        "load1": 1.2,
        "vcpus": 4,
        "mem_pct": 61.0,
        "disk_pct": 72.0,
        "disk_mount": "/",
        "cache_status": "available",
        "cache_memory_pct": 43.0,
        "evictions": 0,
        "connections": 211,
        "http_5xx": 0.0,
        "alarms": 0,
    }
    ref = Ref("site", f"{name}/{env}", name)
    given = usual | facts
    return SiteHealth(ref=ref, at=AT, severity=severity, site=name, env=env, title=title, **given)  # type: ignore[arg-type]


SITES = (
    site("mizushima", "水島 Mizushima", OK),
    site("kashima", "鹿島 Kashima", OK, load1=0.9, mem_pct=58.0),
    site(
        "sakai",
        "堺 Sakai",
        CRIT,
        load1=13.2,
        load1_trend="rising",
        mem_pct=83.0,
        disk_pct=91.0,
        disk_mount="/var",
        cache_memory_pct=71.0,
        connections=412,
        http_5xx=12.0,
        alarms=2,
        because=("sakai-prod-web-1: load1 13.2 ≥ 10 critical", "sakai-prod-load: ALARM"),
        series={"load1": (3.0, 4.0, 6.5, 6.4, 8.0, 11.0, 13.0, 13.2)},
    ),
    site(
        "kawasaki",
        "川崎 Kawasaki",
        WARN,
        load1=4.1,
        mem_pct=74.0,
        disk_pct=88.0,
        known_issues=1,
        because=("kawasaki-prod-web-1: disk_pct 88 ≥ 85 warning",),
    ),
    site(
        "negishi",
        "根岸 Negishi",
        UNKNOWN,
        instances_ok=1,
        load1=None,
        mem_pct=None,
        disk_pct=None,
        http_5xx=None,
        alarms=None,
        missing={"load1": "i-0b2 is stopped"},
    ),
    site("marifu", "麻里布 Marifu", OK, env="stg"),
    site("sitv1", "V1", OK),
)


def lag(group: str, topic: str, severity: Severity, **facts: object) -> GroupLag:
    """A consumer group on one topic."""
    ref = Ref("kafka_lag", "msk-prod", f"{group}/{topic}")
    return GroupLag(
        ref=ref,
        at=AT,
        severity=severity,
        cluster="msk-prod",
        group=group,
        topic=topic,
        **facts,  # type: ignore[arg-type]
    )


LAGS = (
    lag(
        "datajs",
        "teamusages.dataEnrichementCrow.heartbeat.save",
        CRIT,
        lag=12403,
        in_per_s=40.1,
        out_per_s=0.0,
        behind_s=310.0,
        eta_never=True,
        members=2,
        group_state="Stable",
        verdict="stuck",
        why="committed offset has not moved for 4 min",
        partitions=tuple(
            PartitionLag(
                *(n, n % 3 + 1, 0, 41000 + n, 36866 + n, 4134, "stuck", f"datajs-{n}"),
                severity=CRIT,
            )
            for n in range(3)
        ),
        series={"lag": (100.0, 2400.0, 4800.0, 7200.0, 9600.0, 12403.0)},
    ),
    lag(
        "dataenricher",
        "crow.alarm",
        WARN,
        lag=812,
        in_per_s=9.8,
        out_per_s=31.0,
        behind_s=62.0,
        eta_s=38.0,
        verdict="catching_up",
        why="lag fell in 3 samples",
    ),
    lag(
        "datajs",
        "teamusages.dataEnrichement.heartbeatSercomm.send",
        OK,
        lag=14,
        in_per_s=22.0,
        out_per_s=22.1,
        behind_s=1.0,
        verdict="ok",
    ),
    lag("thingsboard-transport", "output", UNKNOWN, verdict="unknown", why="1 sample so far"),
)
BROKERS = tuple(
    Broker(
        ref=Ref("broker", "msk-prod", str(number)),
        at=AT,
        severity=OK if number != 2 else CRIT,
        cluster="msk-prod",
        broker_id=number,
        up=number != 2,
        leaders=20,
        under_replicated=41 if number == 2 else 0,
        leaderless=0,
        cluster_under_replicated=41,
    )
    for number in (1, 2, 3)
)


def workload(name: str, severity: Severity = OK, **facts: object) -> Workload:
    """A Deployment of two Pods."""
    namespace = str(facts.pop("namespace", "platform"))
    usual: dict[str, object] = {
        "ready": 2,
        "desired": 2,
        "rollout": "done",
        "mem_pct": 41.0,
        "restarts_recent": 0,
    }
    return Workload(
        ref=Ref("deployment", "eks-v2-prod", f"{namespace}/{name}"),
        at=AT,
        severity=severity,
        cluster="eks-v2-prod",
        namespace=namespace,
        deployment=name,
        **(usual | facts),  # type: ignore[arg-type]
    )


WORKLOADS = (
    workload("dataenricher-js"),
    workload(
        "signaling",
        WARN,
        mem_pct=92.0,
        restarts_recent=2,
        oom_killed_at=ago(1500),
        why="memory at 92 % of the limit; 2 restarts in the last hour",
    ),
    workload(
        "mediator-crow",
        CRIT,
        ready=1,
        crash_loop="CrashLoopBackOff",
        rollout="waiting",
        why="1 of 2 Pods are ready; CrashLoopBackOff",
    ),
    workload("loki", namespace="monitoring", mem_pct=None),
)
ALARMS = (
    Alarm(
        ref=Ref("alarm", "sakai/prod", "sakai-prod-load"),
        at=AT,
        severity=CRIT,
        name="sakai-prod-load",
        state="alarm",
        since=ago(1080),
        reason="load1 13.2 > 10 for 3 datapoints",
        because=("ALARM: load1 13.2 > 10 for 3 datapoints",),
        site="sakai",
        env="prod",
    ),
    Alarm(
        ref=Ref("alarm", "rpg", "gprs-old"),
        at=AT,
        severity=OK,
        name="gprs-old",
        state="alarm",
        since=ago(86400),
        muted=True,
    ),
)
CANARIES = (
    Canary(
        ref=Ref("canary", "rpg", "devicemanagement"),
        at=AT,
        severity=CRIT,
        name="devicemanagement",
        state="failed",
        since=ago(420),
        last_run_at=ago(120),
    ),
)
INSTANCES = (
    Instance(
        ref=Ref("instance", "sakai/prod", "i-0aaa1"),
        at=AT,
        severity=CRIT,
        site="sakai",
        env="prod",
        instance_id="i-0aaa1",
        name="sakai-prod-web-1",
        state="running",
        system_check="ok",
        load1=13.2,
        mem_pct=83.0,
        ram_mb=16000,
        launched_at=ago(864000),
    ),
)
METRICS = (
    Metric(
        ref=Ref("metric", "sakai/prod", "sakai-5xx"),
        at=AT,
        severity=WARN,
        id="sakai-5xx",
        site="sakai",
        env="prod",
        value=12.0,
        unit="/min",
        trend="rising",
        because=("sakai-5xx: 12 /min ≥ 10 warning",),
    ),
    Metric(
        ref=Ref("metric", "eks-v2-prod", "pod_disk_pct"),
        at=AT,
        severity=WARN,
        id="pod_disk_pct",
        value=84.8,
        unit="%",
        trend="flat",
        because=("pod_disk_pct: 84.8 % ≥ 80 warning",),
    ),
)


def snapshot(
    source: str,
    rows: Iterable[Row],
    *,
    part: str = "all",
    old: float = 12.0,
    interval: float = 60.0,
    trouble: Trouble | None = None,
) -> Snapshot:
    """What one part saw `old` seconds ago."""
    return Snapshot(source, part, interval, ago(old), tuple(rows), trouble)


def night() -> Board:
    """The night of SCREENS: load at Sakai, a broker down, memory, an alarm; everything fresh."""
    return Board().with_(
        snapshot("instances", INSTANCES),
        snapshot("metrics", METRICS, old=130, part="refinery-prod ap-northeast-1"),
        snapshot("alarms", ALARMS, part="refinery-prod ap-northeast-1"),
        snapshot("canaries", CANARIES, part="rpg-prod eu-west-3"),
        snapshot("kafka_brokers", BROKERS, part="msk-prod", old=2, interval=5),
        snapshot("kafka_lag", LAGS, part="msk-prod", old=2, interval=5),
        snapshot("workloads", WORKLOADS, part="eks-v2-prod", old=5, interval=10),
        snapshot("sites", SITES),
    )


EXPIRED = Trouble(
    "the login of profile rpg-prod ran out", ago(180), True, "aws sso login --profile rpg-prod"
)


def expired() -> Board:
    """The same night, with one account's login run out."""
    return night().with_(
        snapshot("canaries", CANARIES, part="rpg-prod eu-west-3", old=190, trouble=EXPIRED)
    )
