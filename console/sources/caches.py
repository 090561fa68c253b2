"""ElastiCache nodes: status, memory, evictions, replication."""

from __future__ import annotations

from dataclasses import dataclass

from console.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache(Row):
    """ElastiCache nodes: status, memory, evictions, replication."""

    site: str
    env: str
    cluster_id: str
    engine: str | None = None
    engine_version: str | None = None
    cluster_mode: str | None = None
    """disabled, enabled or compatible."""
    replicas: int | None = None
    role: str | None = None
    """primary or replica."""
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
