"""Kubernetes Deployments and the health of their Pods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload(Row):
    """Kubernetes Deployments and the health of their Pods."""

    cluster: str
    namespace: str
    deployment: str
    ready: int | None = None
    desired: int | None = None
    rollout: str | None = None
    """done, waiting or failed, as `kubectl rollout status` judges it."""
    restarts_recent: int | None = None
    """Container restarts in the last hour, as far as this console saw."""
    oom_killed_at: datetime | None = None
    crash_loop: str | None = None
    """The waiting reason, e.g. CrashLoopBackOff."""
    mem_pct: float | None = None
    """Of the limit; the worst container."""
    disk_pressure: bool | None = None
    evicted_recent: int | None = None
    restarted_at: datetime | None = None
