"""A small flow and the rows its probes look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from console.config.flows import Flow, Probe
from console.flow import Aim, Look, Rows, sight
from console.model import Board, Now, Ref, Row, Severity, Snapshot
from console.sources.alarms import Alarm
from console.sources.kafka_lag import GroupLag
from console.sources.metrics import Metric
from console.sources.workloads import Workload

AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
NOW = Now(AT, AT)


def lag(group: str, topic: str, **facts: Any) -> GroupLag:
    """A group's topic in `msk`, read on unless said otherwise."""
    ref = Ref("lag", "msk", f"{group}/{topic}")
    usual = {"verdict": "ok", "in_per_s": 2.0, "out_per_s": 2.0, "severity": Severity.OK}
    given = {**usual, **facts}
    return GroupLag(ref=ref, at=AT, cluster="msk", group=group, topic=topic, **given)


def workload(name: str, ready: int | None = 2, **facts: Any) -> Workload:
    """A Deployment of two Pods in `eks`."""
    ref = Ref("deployment", "eks", f"platform/{name}")
    names = {"cluster": "eks", "namespace": "platform", "deployment": name}
    given: dict[str, Any] = {"severity": Severity.OK, "desired": 2, **names, **facts}
    return Workload(ref=ref, at=AT, ready=ready, **given)


def alarm(name: str, state: str = "ok", **facts: Any) -> Alarm:
    """A CloudWatch alarm."""
    return Alarm(ref=Ref("alarm", "eks", name), at=AT, name=name, state=state, **facts)  # type: ignore[arg-type]


def metric(id: str, value: float | None, ago: float = 0.0, **facts: Any) -> Metric:
    """A metric of its own, whose newest point is `ago` seconds old."""
    ages = {"value": AT - timedelta(seconds=ago)}
    return Metric(ref=Ref("metric", "eks", id), at=AT, id=id, value=value, ages=ages, **facts)


SOURCES = {GroupLag: "kafka_lag", Workload: "workloads", Alarm: "alarms", Metric: "metrics"}


def board(*rows: Row, old: float = 2.0, more: Mapping[str, Snapshot] | None = None) -> Board:
    """A board on which each source has one part, so many seconds old."""
    taken = AT - timedelta(seconds=old)
    parts: dict[str, tuple[Row, ...]] = {}
    for row in rows:
        source = SOURCES[type(row)]
        parts[source] = (*parts.get(source, ()), row)
    made = {name: Snapshot(name, "one", 5.0, taken, some) for name, some in parts.items()}
    return Board().with_(*(made | dict(more or {})).values())


def probe(**facts: Any) -> Probe:
    """A probe as flows.yaml has it."""
    return Probe.model_validate(facts)


def seen(on: Board, *probes: Probe) -> Look:
    """What one stage's probes see."""
    aimed = [(one, Aim.at(one.source, one.where)) for one in probes]
    return sight(aimed, Rows(on, AT), AT)


def flow(**facts: Any) -> Flow:
    """A flow as flows.yaml has it."""
    usual = {"title": "F", "kafka": "msk", "kubernetes": "eks"}
    return Flow.model_validate({**usual, **facts})
