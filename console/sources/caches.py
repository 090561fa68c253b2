"""ElastiCache nodes: status, memory, evictions, replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from console.aws.places import Place, Unit, grouped, named, part, units
from console.aws.series import (
    Facts,
    Reading,
    Series,
    Sign,
    because,
    by_thing,
    facts_of,
    series_of,
    wanted_of,
    worst,
)
from console.model import Ref, Row, Severity, fact_names
from console.poll import Context, Part, in_thread
from console.windows import tightened

if TYPE_CHECKING:
    from console.aws.elasticache import CacheFleet

NOT_FOUND = "not found"
GROUP_FACTS = ("role", "cluster_mode", "replicas")
LOST = {"deleted", "deleting", "incompatible-network", "restore-failed", NOT_FOUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache(Row):
    """ElastiCache nodes: status, memory, evictions, replication."""

    site: str
    env: str
    cluster_id: str
    engine: str | None = None
    engine_version: str | None = None
    cluster_mode: Literal["disabled", "enabled", "compatible"] | None = None
    replicas: int | None = None
    role: Literal["primary", "replica"] | None = None
    status: str | None = None
    """available, modifying, rebooting cluster nodes, … ; `not found` when AWS has none."""
    node_status: str | None = None
    engine_cpu_pct: float | None = None
    memory_pct: float | None = None
    evictions: float | None = None
    connections: float | None = None
    swap_mb: float | None = None
    replication_lag_s: float | None = None
    pending: str | None = None
    """Changes that wait for the maintenance window or a reboot."""
    window: str | None = None
    """Preferred maintenance window, UTC."""


def sign(status: str | None, node_status: str | None) -> Sign:
    """What a cache's status says of it; a reboot or a snapshot under way is a warning."""
    if status is None:
        return Severity.UNKNOWN, "its status is not known"
    if status in LOST:
        return Severity.CRITICAL, f"it is {status}"
    if status != "available":
        return Severity.WARNING, f"it is {status}"
    well = node_status in ("available", None)
    return (Severity.OK, "") if well else (Severity.WARNING, f"its node is {node_status}")


def _pending(cluster: dict[str, Any]) -> str | None:
    """Changes that wait: modified values, and parameters that need a reboot."""
    values = cluster.get("PendingModifiedValues") or {}
    waiting = [f"{name} → {value}" for name, value in sorted(values.items()) if value]
    group = cluster.get("CacheParameterGroup") or {}
    if group.get("CacheNodeIdsToReboot"):
        waiting.append("parameters wait for a reboot")
    return ", ".join(waiting) or None


def _grouped_facts(name: str, group: dict[str, Any] | None) -> dict[str, Any]:
    """Mode, replicas and role, from the replication group; a lone node is its own primary."""
    if group is None:
        return dict.fromkeys(GROUP_FACTS)
    members = [m for node in group.get("NodeGroups") or () for m in node["NodeGroupMembers"]]
    shards = len(group.get("NodeGroups") or ())
    roles = {member["CacheClusterId"]: member.get("CurrentRole") for member in members}
    enabled = "enabled" if group.get("ClusterEnabled") else "disabled"
    return {
        "role": roles.get(name),  # AWS tells it with cluster mode disabled only
        "cluster_mode": group.get("ClusterMode") or enabled,
        "replicas": max(len(members) - shards, 0) if members else None,
    }


def _missing(group: dict[str, Any] | None, why: str) -> dict[str, str]:
    """What a cache cannot have, or what its group would tell."""
    if group is None:
        return {}
    none = {fact: why for fact in GROUP_FACTS if why and group[fact] is None}
    primary = group["role"] == "primary"
    return none | ({"replication_lag_s": "a primary has no replication lag"} if primary else {})


@dataclass(slots=True)
class _Look:
    """One place's caches: what is kept between two polls."""

    context: Context
    place: Place
    units: tuple[Unit, ...]
    fleet: CacheFleet | None = None

    async def rows(self) -> tuple[Row, ...]:
        """The rows of this place, one a cache cluster, however many sites it serves."""
        from console.aws.elasticache import CacheFleet  # not before the first frame

        aws = self.context.clients.aws
        self.fleet = fleet = self.fleet or CacheFleet(aws, self.place, self.units)
        await fleet.look()
        served = self._served(fleet)
        groups = {name: self._group(fleet, name) for name in served if name in fleet.clusters}
        wanted = await in_thread(self._wanted, served, groups)
        every = self.context.every("caches", 60.0)
        readings = await aws.metrics.read(wanted, every, self.context.clock)
        rows = await in_thread(self._rows, fleet, served, groups, readings)
        aws.served.setdefault(self.place.account, {}).update(
            {name: tuple(unit.scope for unit in of) for name, of in served.items()}
        )
        trouble = {
            scope for row in rows if row.severity >= Severity.WARNING for scope in row.scopes
        }
        aws.metrics.troubled(("caches", self.place), trouble)
        return rows

    def _rows(
        self,
        fleet: CacheFleet,
        served: dict[str, list[Unit]],
        groups: dict[str, dict[str, Any]],
        readings: dict[Series, Reading],
    ) -> tuple[Cache, ...]:
        series = by_thing(readings)
        measured = {name: facts_of(series.get(name, ()), readings) for name in served}
        return tuple(
            self._row(fleet, name, of, groups.get(name), measured[name])
            for name, of in served.items()
        )

    def _served(self, fleet: CacheFleet) -> dict[str, list[Unit]]:
        found: dict[str, list[Unit]] = {}
        for unit in self.units:
            for selector in unit.environment.caches:
                for name in fleet.of(selector) or [named(selector)]:
                    found.setdefault(name, []).append(unit)
        return found

    def _group(self, fleet: CacheFleet, name: str) -> dict[str, Any]:
        if not fleet.clusters[name].get("ReplicationGroupId"):
            return {"role": "primary", "cluster_mode": "disabled", "replicas": 0}
        return _grouped_facts(name, fleet.group(name))

    def _wanted(
        self, served: dict[str, list[Unit]], groups: dict[str, dict[str, Any]]
    ) -> list[Series]:
        """A primary has no replication lag to ask for."""
        metrics = wanted_of(self.context.estate.metrics, "caches", fact_names(Cache))
        return [
            series_of(
                tightened(metric, scopes, self.context.open),
                *(self.place, name, scopes, {"cluster_id": name}),
            )
            for name, group in groups.items()
            for scopes in (tuple(unit.scope for unit in served[name]),)
            for metric in metrics
            if metric.fact != "replication_lag_s" or group["role"] != "primary"
        ]

    def _row(
        self,
        fleet: CacheFleet,
        name: str,
        of: list[Unit],
        group: dict[str, Any] | None,
        measured: Facts,
    ) -> Cache:
        cluster = fleet.clusters.get(name, {})
        nodes = {node.get("CacheNodeStatus") for node in cluster.get("CacheNodes") or ()}
        node_status = next((s for s in sorted(nodes - {None}) if s != "available"), None)
        node_status = node_status or ("available" if "available" in nodes else None)
        status = cluster.get("CacheClusterStatus") if cluster else NOT_FOUND
        missing = measured.missing | _missing(group, fleet.groups_missing)
        facts: dict[str, Any] = (group or {}) | measured.values
        told = [sign(status, node_status), *measured.signs]
        return Cache(
            ref=Ref("cache", of[0].scope, name),
            at=self.context.clock.now(),
            owner=of[0].owner,
            severity=worst(told),
            serves=tuple(dict.fromkeys(u.scope for u in of if u.scope != of[0].scope)),
            missing=missing,
            ages=measured.ages,
            kept=measured.kept,
            because=because(told),
            series=measured.series,
            site=of[0].site,
            env=of[0].env,
            cluster_id=name,
            engine=cluster.get("Engine"),
            engine_version=cluster.get("EngineVersion"),
            status=status,
            node_status=node_status,
            pending=_pending(cluster),
            window=cluster.get("PreferredMaintenanceWindow"),
            **facts,
        )


class Caches:
    """The ElastiCache clusters that the sites name."""

    name = "caches"
    row: type[Row] = Cache

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region."""
        wanted = (unit for unit in units(context.estate) if unit.environment.caches)
        return [
            part(context, self.name, place, _Look(context, place, some).rows)
            for place, some in grouped(wanted, lambda unit: unit.place).items()
        ]
