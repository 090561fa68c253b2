"""A maintenance of a Kafka cluster and how far it is; derived from msk, brokers and lag."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.model import Row

Phase = Literal[
    "quiet",
    "expected",
    "started",
    "broker_down",
    "catching_up",
    "between",
    "settling",
    "over",
    "probably_over",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance(Row):
    """A maintenance of a Kafka cluster and how far it is."""

    cluster: str
    phase: Phase | None = None
    broker: int | None = None
    """The broker that is being worked on."""
    since: datetime | None = None
    """When this phase began."""
    expected: bool | None = None
    """It is in the calendar."""
    unexpected: bool | None = None
    """It runs, and no calendar knew of it."""
    brokers_left: int | None = None
