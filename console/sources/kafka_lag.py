"""Consumer groups and how far behind they are, per topic."""

from __future__ import annotations

from dataclasses import dataclass

from console.model import Row


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition of a group's topic; None where Kafka gave no answer."""

    partition: int
    leader: int | None = None
    start: int | None = None
    end: int | None = None
    """High watermark."""
    committed: int | None = None
    lag: int | None = None
    verdict: str = "unknown"
    member: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLag(Row):
    """Consumer groups and how far behind they are, per topic."""

    cluster: str
    group: str
    topic: str
    lag: int | None = None
    """Records: high watermark − committed offset, summed over the partitions that have both."""
    in_per_s: float | None = None
    out_per_s: float | None = None
    behind_s: float | None = None
    behind_at_least: bool = False
    """`behind_s` is a lower bound: the committed offset is older than the history."""
    eta_s: float | None = None
    eta_never: bool = False
    members: int | None = None
    group_state: str | None = None
    verdict: str = "unknown"
    """unknown idle ok catching_up slow stuck rewound lost ahead silent."""
    why: str = ""
    partitions: tuple[PartitionLag, ...] = ()
