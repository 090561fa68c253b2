"""Any CloudWatch metric that the configuration names."""

from __future__ import annotations

from dataclasses import dataclass

from console.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Row):
    """Any CloudWatch metric that the configuration names."""

    id: str
    site: str | None = None
    env: str | None = None
    value: float | None = None
    unit: str = ""
    trend: str | None = None
    """rising, flat or falling."""
