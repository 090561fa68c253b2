"""Each site and environment at a glance; derived from the other sources."""

from __future__ import annotations

from dataclasses import dataclass

from console.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHealth(Row):
    """Each site and environment at a glance; derived from the other sources."""

    site: str
    env: str
    title: str = ""
    instances_ok: int = 0
    instances_total: int = 0
    load1: float | None = None
    vcpus: int | None = None
    load1_trend: str | None = None
    mem_pct: float | None = None
    disk_pct: float | None = None
    disk_mount: str | None = None
    cache_status: str | None = None
    cache_memory_pct: float | None = None
    evictions: float | None = None
    connections: float | None = None
    http_5xx: float | None = None
    alarms: int | None = None
    known_issues: int | None = None
