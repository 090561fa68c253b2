"""The row types symptoms may speak of, and the words their facts may say (CONTRACT)."""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from console.model import BASE_FIELDS, Row, Severity, fact_names
from console.sources.alarms import Alarm
from console.sources.caches import Cache
from console.sources.canaries import Canary
from console.sources.instances import Instance
from console.sources.kafka_brokers import Broker
from console.sources.kafka_lag import GroupLag
from console.sources.maintenance import Maintenance
from console.sources.metrics import Metric
from console.sources.msk import MskCluster
from console.sources.sites import SiteHealth
from console.sources.workloads import Workload

FactKind = Literal["number", "text", "flag", "time", "other"]
# Not the registry of sources: this is read before any source is, and knows `maintenance` already.
ROWS: dict[str, type[Row]] = {
    "instances": Instance,
    "caches": Cache,
    "alarms": Alarm,
    "canaries": Canary,
    "metrics": Metric,
    "kafka_brokers": Broker,
    "kafka_lag": GroupLag,
    "msk": MskCluster,
    "workloads": Workload,
    "sites": SiteHealth,
    "maintenance": Maintenance,
}
COMMON: dict[str, FactKind] = {"severity": "text", "owner": "text", "scope": "text"}
"""What may be said of every row."""
TREND = ("rising", "flat", "falling")
CHECK = ("ok", "impaired", "insufficient-data", "not-applicable", "initializing")
VERDICTS = ("unknown", "idle", "ok", "catching_up", "slow", "stuck", "rewound", "lost", "ahead")
PHASES = ("quiet", "expected", "started", "broker_down", "catching_up", "between", "settling")
WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("instances", "system_check"): CHECK,
    ("instances", "instance_check"): CHECK,
    ("instances", "ebs_check"): CHECK,
    ("instances", "load1_trend"): TREND,
    ("sites", "load1_trend"): TREND,
    ("metrics", "trend"): TREND,
    ("alarms", "state"): ("ok", "alarm", "insufficient_data"),
    ("canaries", "state"): ("passed", "failed", "canary_error", "running"),
    ("caches", "cluster_mode"): ("disabled", "enabled", "compatible"),
    ("caches", "role"): ("primary", "replica"),
    ("workloads", "rollout"): ("done", "waiting", "failed"),
    ("kafka_lag", "verdict"): (*VERDICTS, "silent"),
    ("maintenance", "phase"): (*PHASES, "over", "probably_over"),
}


def words(source: str, fact: str) -> tuple[str, ...]:
    """The words a fact may say, or none where any will do."""
    if fact == "severity":
        return tuple(severity.name.lower() for severity in Severity)
    return WORDS.get((source, fact), ())


def kinds(row: type[Row]) -> dict[str, FactKind]:
    """A row type's facts and what each is: number, text, flag or time."""
    hints = get_type_hints(row)
    own = {name: _kind(hints[name]) for name in fact_names(row) if name not in BASE_FIELDS}
    return {**own, **COMMON}


def _kind(annotation: Any) -> FactKind:
    if get_origin(annotation) in {Union, types.UnionType}:
        inner = [a for a in get_args(annotation) if a is not type(None)]
        annotation = inner[0] if len(inner) == 1 else None
    plain: dict[Any, FactKind] = {
        int: "number",
        float: "number",
        str: "text",
        bool: "flag",
        datetime: "time",
    }
    return plain.get(annotation, "other")
