"""EC2 instances: state, status checks, load, memory and disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance(Row):
    """EC2 instances: state, status checks, load, memory and disk."""

    site: str
    env: str
    instance_id: str
    name: str
    state: str | None = None
    """pending, running, shutting-down, terminated, stopping, stopped, or `not found`."""
    system_check: str | None = None
    """ok, impaired, insufficient-data, not-applicable, initializing: AWS's host."""
    instance_check: str | None = None
    """The same, of the operating system and network inside."""
    ebs_check: str | None = None
    check_since: datetime | None = None
    events: tuple[str, ...] = ()
    """Scheduled events that are not completed."""
    cpu_pct: float | None = None
    load1: float | None = None
    vcpus: int | None = None
    load1_trend: str | None = None
    """rising, flat or falling."""
    mem_pct: float | None = None
    disk_pct: float | None = None
    disk_mount: str | None = None
    ram_mb: int | None = None
    launched_at: datetime | None = None
