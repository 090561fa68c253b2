"""What a recording is made of: changes, gaps, a title. Times in it are whole µs since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console.model import Finding, Snapshot
from console.model.words import lasting

NOBODY, SET_BACK = "nobody recorded", "the clock was set back"
DELETED, UNSEEN = "the recording was deleted", "nothing was seen"
ALIKE_S = 120.0  # from one instant to the next: longer is a hole, for a recorder says more often
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """µs since 1970; exact, which seconds in a float are not."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(micros: int) -> datetime:
    """The other way round."""
    return EPOCH + timedelta(microseconds=micros)


@dataclass(frozen=True, slots=True)
class Change:
    """What was new at one instant (µs since 1970)."""

    at: int
    """By the real clock."""
    estate: int
    """By the estate's."""
    speed: float = 1.0
    snapshots: tuple[Snapshot, ...] = ()
    findings: tuple[Finding, ...] | None = None
    lines: tuple[bytes, ...] = ()
    """Of the journal, as they stand there."""
    gaps: tuple[Gap, ...] = ()
    """What is missing before it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Real time (µs since 1970) of which nothing, or not all, is recorded; `since` may be later
    than `until` where the clock was set back."""

    since: int
    until: int
    why: str


def missed_words(gap: Gap) -> str:
    """What a recorder says when it begins, of what nobody recorded before it."""
    seconds = (gap.until - gap.since) / 1e6
    if seconds < 0:
        return f"{gap.why} by {lasting(-seconds)}"
    if gap.why == DELETED:
        return f"{gap.why}: what it held of the last {lasting(seconds)} is gone, it begins anew"
    return f"of the {lasting(seconds)} before this start nothing is recorded: {gap.why}"


@dataclass(frozen=True, slots=True)
class Title:
    """Whose recording it is."""

    estate: str
    zone: str
    program: str
