"""Kubernetes Deployments and the health of their Pods."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.kubernetes.pods import (
    Key,
    by_deployment,
    crash_loop,
    disk_pressure,
    evicted,
    memory_pct,
    oom_killed_at,
    short_of_disk,
    unschedulable,
    usage_by_pod,
)
from console.kubernetes.raw import Json, count, moment, table, text
from console.kubernetes.refusal import Refused
from console.kubernetes.restarts import RECENT, Restarts
from console.kubernetes.rollout import RESTARTED_AT, State, rollout
from console.model import OPTIONAL, Ref, Row, Severity
from console.poll import AuthExpired, Context, Failed, Part, in_thread

if TYPE_CHECKING:
    from console.config.schema import KubernetesCluster
    from console.kubernetes import KubernetesApi

INTERVAL = 15.0
KEPT = 60  # values of a series
METRICS = "/apis/metrics.k8s.io/v1beta1"
TEMPLATE = ("spec", "template", "metadata")
NO_STATUS = "the cluster has not looked at it yet"
ABSENT = "ready", "desired", "rollout", "oom_killed_at", "restarted_at"
"""What cannot be told of a Deployment that is not there."""
NO_SERVER = "the cluster has no metrics server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload(Row):
    """Kubernetes Deployments and the health of their Pods."""

    cluster: str
    namespace: str
    """Empty when a configured Deployment was found in none."""
    deployment: str
    ready: int | None = None
    desired: int | None = None
    rollout: State | None = None
    """As `kubectl rollout status` judges it."""
    restarts_recent: int | None = None
    """Container restarts in the last hour, as far as this console saw."""
    oom_killed_at: datetime | None = field(default=None, metadata=OPTIONAL)
    """Null: no container was, as far as the Pods that are there tell."""
    crash_loop: str | None = None
    """The waiting reason, e.g. CrashLoopBackOff."""
    mem_pct: float | None = None
    """Of the limit; the worst container."""
    disk_pressure: bool | None = None
    evicted_recent: int | None = None
    """Pods evicted in the last hour."""
    restarted_at: datetime | None = field(default=None, metadata=OPTIONAL)
    why: str = ""
    """What stands behind the severity, in a sentence."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One poll's raw answers, or why an optional one is absent."""

    at: datetime
    deployments: list[Json]
    pods: dict[Key, list[Json]]
    usage: Mapping[Key, Json]
    no_usage: str
    nodes: Mapping[str, bool | None]
    no_nodes: str


class Workloads:
    """Asks each cluster for its Deployments, Pods, their memory and their nodes."""

    name = "workloads"
    row = Workload

    def parts(self, context: Context) -> Sequence[Part]:
        """One part a cluster."""
        return [
            context.part(self.name, name, Cluster(name, cluster, context).fetch, INTERVAL)
            for name, cluster in context.estate.kubernetes.items()
        ]


class Cluster:
    """The Deployments of one cluster, and what earlier polls saw of them."""

    def __init__(self, name: str, cluster: KubernetesCluster, context: Context) -> None:
        self.name, self.cluster, self.context = name, cluster, context
        state = context.state
        self._restarts = Restarts(state / f"workloads-{name}.json" if state else None)
        self._memory: dict[Key, deque[float | None]] = {}

    async def fetch(self) -> tuple[Row, ...]:
        """One poll. The judging is done off the loop: a thousand Pods take longer than a frame."""
        api = self.context.clients.kubernetes(self.name)
        seen = await self._look(api)
        return await in_thread(self._judge, seen)

    async def _look(self, api: KubernetesApi) -> Seen:
        spaces = self.cluster.namespaces
        nodes, deployments, pods, usage = await asyncio.gather(
            _optional(api, "/api/v1/nodes"),
            _all(api, [f"/apis/apps/v1/namespaces/{space}/deployments" for space in spaces]),
            _all(api, [f"/api/v1/namespaces/{space}/pods" for space in spaces]),
            asyncio.gather(*(_optional(api, f"{METRICS}/namespaces/{s}/pods") for s in spaces)),
        )
        return Seen(
            self.context.clock.now(),
            [item for item in deployments if self._watched(item)],
            by_deployment(pods),
            usage_by_pod(item for items, _ in usage for item in items),
            next((reason for _, reason in usage if reason), ""),
            short_of_disk(nodes[0]),
            nodes[1],
        )

    def _watched(self, item: Json) -> bool:
        namespace, name = text(item, "metadata", "namespace"), text(item, "metadata", "name")
        wanted = self.cluster.deployments
        return not wanted or name in wanted or f"{namespace}/{name}" in wanted

    def _judge(self, seen: Seen) -> tuple[Row, ...]:
        self._restarts.observe(seen.pods, seen.at)
        rows = [self._row(item, seen) for item in seen.deployments]
        there = {(row.namespace, row.deployment) for row in rows}
        self._memory = {key: kept for key, kept in self._memory.items() if key in there}
        found = {name for row in rows for name in (row.deployment, row.ref.name)}
        absent = [name for name in self.cluster.deployments if name not in found]
        return (*rows, *(self._absent(name, seen.at) for name in absent))

    def _absent(self, named: str, at: datetime) -> Workload:
        namespace, _, name = named.rpartition("/")
        spaces = self.cluster.namespaces
        if not namespace and len(spaces) == 1:
            namespace = spaces[0]
        return Workload(
            ref=Ref("deployment", self.name, f"{namespace}/{name}" if namespace else name),
            at=at,
            owner=self._owner(name),
            severity=Severity.CRITICAL,
            cluster=self.name,
            namespace=namespace,
            deployment=name,
            missing=dict.fromkeys(ABSENT, "not found"),
            why=f"not found in {' or '.join([namespace] if namespace else spaces)}",
        )

    def _owner(self, name: str) -> str:
        return self.cluster.owners.get(name, self.cluster.owner)

    def _row(self, item: Json, seen: Seen) -> Workload:
        key = text(item, "metadata", "namespace"), text(item, "metadata", "name")
        pods = seen.pods.get(key, [])
        memory, no_memory = memory_pct(pods, seen.usage, seen.at)
        pressure, no_pressure = disk_pressure(pods, seen.nodes)
        known = bool(table(item, "status"))
        row = Workload(
            ref=Ref("deployment", self.name, "/".join(key)),
            at=seen.at,
            owner=self._owner(key[1]),
            cluster=self.name,
            namespace=key[0],
            deployment=key[1],
            # The API server leaves out a counter that is zero.
            ready=(count(item, "status", "readyReplicas") or 0) if known else None,
            desired=count(item, "spec", "replicas"),
            rollout=rollout(item).state if known else None,
            restarts_recent=self._restarts.recent(key, seen.at),
            oom_killed_at=oom_killed_at(pods),
            crash_loop=crash_loop(pods),
            mem_pct=memory,
            disk_pressure=pressure,
            evicted_recent=evicted(pods, seen.at - RECENT),
            restarted_at=moment(item, *TEMPLATE, "annotations", RESTARTED_AT),
        )
        missing = {
            "mem_pct": "" if memory is not None else seen.no_usage or no_memory,
            "disk_pressure": "" if pressure is not None else seen.no_nodes or no_pressure,
            "restarts_recent": self._restarts.unsure(key),
            "ready": "" if known else NO_STATUS,
            "rollout": "" if known else NO_STATUS,
        }
        return self._judged(row, key, unschedulable(pods), missing)

    def _judged(
        self, row: Workload, key: Key, unschedulable: str, missing: Mapping[str, str]
    ) -> Workload:
        limits = self.cluster.mem_warn_pct, self.cluster.mem_crit_pct
        severity, why = judge(row, *limits, unschedulable)
        series = self._memory.setdefault(key, deque(maxlen=KEPT))
        series.append(row.mem_pct)
        return replace(
            row,
            severity=severity,
            why=why,
            missing={name: said for name, said in missing.items() if said},
            series={"mem_pct": tuple(series)},
        )


def judge(
    row: Workload, warn_pct: float, crit_pct: float, unschedulable: str = ""
) -> tuple[Severity, str]:
    """How bad it is and why: trouble is critical where fewer Pods are ready than wanted."""
    if row.ready is None or row.desired is None:
        return Severity.UNKNOWN, "its status is not known"
    short, signs = row.ready < row.desired, list[tuple[Severity, str]]()
    bad = Severity.CRITICAL if short else Severity.WARNING
    if short:
        none = row.ready == 0
        said = "no Pod is ready" if none else f"{row.ready} of {row.desired} Pods are ready"
        signs.append((Severity.CRITICAL if none else Severity.WARNING, said))
    if row.crash_loop:
        signs.append((bad, row.crash_loop))
    if row.rollout == "failed":
        signs.append((bad, "the rollout exceeded its progress deadline"))
    if unschedulable and short:
        signs.append((bad, f"a Pod finds no node: {unschedulable}"))
    if row.mem_pct is not None and row.mem_pct >= warn_pct:
        level = Severity.CRITICAL if row.mem_pct >= crit_pct else Severity.WARNING
        signs.append((level, f"memory at {row.mem_pct:g} % of the limit"))
    if row.oom_killed_at and row.at - row.oom_killed_at <= RECENT:
        signs.append((Severity.WARNING, "a container was killed for want of memory"))
    if row.restarts_recent:
        signs.append((Severity.WARNING, f"{row.restarts_recent} restarts in the last hour"))
    if row.evicted_recent:
        signs.append((Severity.WARNING, f"{row.evicted_recent} Pods evicted in the last hour"))
    if row.disk_pressure:
        signs.append((Severity.WARNING, "one of its nodes is short of disk"))
    if not signs:
        return Severity.OK, "scaled to 0" if row.desired == 0 else ""
    signs.sort(key=lambda sign: -sign[0])
    return signs[0][0], "; ".join(said for _, said in signs)


async def _all(api: KubernetesApi, paths: Sequence[str]) -> list[Json]:
    lists = await asyncio.gather(*(api.items(path) for path in paths))
    return [item for items in lists for item in items]


async def _optional(api: KubernetesApi, path: str) -> tuple[list[Json], str]:
    """A list the rows can do without, or none and why."""
    try:
        return await api.items(path), ""
    except AuthExpired:
        raise
    except Refused as refused:
        absent = path.startswith(METRICS) and refused.status in (404, 503)
        return [], NO_SERVER if absent else str(refused)
    except Failed as failed:
        return [], str(failed)
