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
Standing = Literal["up", "down", "behind", "unknown"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One broker through the night."""

    broker: int
    moves: tuple[tuple[datetime, Standing], ...] = ()
    """When it began to stand so, oldest first; the last is how it stands now."""
    led: int | None = None
    """Partitions it led before, leads now."""
    leads: int | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was seen, with its clock time."""

    at: datetime
    text: str
    expected: bool = True


@dataclass(frozen=True, slots=True)
class Level:
    """Partitions of the cluster at one moment."""

    at: datetime
    under_replicated: int | None
    leaderless: int | None


@dataclass(frozen=True, slots=True)
class Watched:
    """One watched topic as a group reads it; `before` is how it was before the maintenance."""

    group: str
    topic: str
    partitions: int | None = None
    leaders: int | None = None
    """Partitions that have a leader."""
    lag: int | None = None
    in_per_s: float | None = None
    out_per_s: float | None = None
    verdict: str = "unknown"
    why: str = ""
    before: Watched | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance(Row):
    """A maintenance of a Kafka cluster and how far it is."""

    cluster: str
    phase: Phase | None = None
    broker: int | None = None
    """The broker that is being worked on."""
    since: datetime | None = None
    """When this phase began."""
    expected: tuple[str, ...] = ()
    """Symptoms that belong to it and are within their budget, in words."""
    unexpected: tuple[str, ...] = ()
    """Symptoms that do not, in words: these call a person."""
    brokers_left: int | None = None
    """How many have not been down and back yet."""
    state: str | None = None
    """What Amazon says of the cluster."""
    operation: str | None = None
    began: datetime | None = None
    """When this maintenance began."""
    healthy_since: datetime | None = None
    """Since when everything that `over` needs has held, unbroken."""
    under_replicated: int | None = None
    leaderless: int | None = None
    preferred_pct: float | None = None
    """Partitions that are led by the replica that should."""
    lanes: tuple[Lane, ...] = ()
    levels: tuple[Level, ...] = ()
    """About one a minute and one at each change, oldest first."""
    happenings: tuple[Happening, ...] = ()
    """Newest last."""
    watched: tuple[Watched, ...] = ()
