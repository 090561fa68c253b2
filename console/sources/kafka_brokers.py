"""Kafka brokers as the cluster metadata shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker(Row):
    """Kafka brokers as the cluster metadata shows them."""

    cluster: str
    broker_id: int
    up: bool | None = None
    since: datetime | None = None
    """When `up` last changed, as far as this console saw."""
    leaders: int | None = None
    under_replicated: int | None = None
    """Partitions this broker should hold and is not in sync for."""
    leaderless: int | None = None
    """Partitions with a replica here and no leader."""
