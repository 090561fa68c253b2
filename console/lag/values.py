"""What the judgement of lag is made of: samples, groups, the policy and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.model import Severity

REBALANCING = frozenset({"PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling"})
FEWEST = 3  # samples before anything bad is said
BEATS = 3  # heartbeats due before a topic is silent
MISSED = 3  # looks missed before a history is broken
MARKER = 1  # record: the marker that ends a transaction is never read, and takes an offset
PATIENCE = 5  # stall windows: the allowance forgives members that leave records unread so long
HABIT = 1.5  # of the usual time between two commits: a batch may be late by so much
HABIT_MOST = 10  # stall windows: no habit excuses more

WORSE = (
    *("idle", "ok", "unknown", "catching_up"),
    *("slow", "rewound", "ahead", "silent", "lost", "stuck"),
)
"""Verdicts, best first: a topic's is its worst partition's."""
BAD = frozenset(WORSE[WORSE.index("slow") :])
"""Verdicts that need a history."""
CRITICAL = frozenset({"silent", "lost", "stuck"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One partition as one look saw it, or as equal looks from `since` to `at` did."""

    at: datetime
    """Estate time of the (last) look."""
    committed: int | None
    """None or below 0 (kafkajs commits -1 and -2) = nothing committed."""
    end: int | None
    """High watermark; None = this look brought no answer."""
    start: int | None = None
    since: datetime | None = None
    """Estate time of the first equal look; None = `at`."""
    looks: int = 1
    error: str = ""
    """Why `end` is None, for people, e.g. "no leader"."""

    @property
    def first(self) -> datetime:
        """When these offsets were first seen."""
        return self.since or self.at

    @property
    def reads_next(self) -> int | None:
        """The offset that is read next: retention may have passed the committed one."""
        if self.committed is None or self.committed < 0:
            return None
        return max(self.committed, self.start or 0)

    @property
    def lag(self) -> int | None:
        """Records left to read; what retention took is not among them. Never negative."""
        end, committed, start = self.end, self.committed, self.start or 0
        if end is None or committed is None or not 0 <= committed <= end:
            return None
        if start <= committed:
            return end - committed
        return end - start if start <= end else None


Point = tuple[float, int]
"""(seconds since the epoch, end offset), for the time lag."""


@dataclass(frozen=True, slots=True)
class History:
    """What is remembered of one partition of one group, oldest first."""

    samples: Sequence[Sample] = ()
    ends: Sequence[Point] = ()
    """A longer, thinner curve of the end offset: hours, not minutes."""
    habit_s: float = 0.0
    """How long it usually leaves records unread before the commit that catches up; 0 = unknown."""


@dataclass(frozen=True, slots=True)
class GroupState:
    """A consumer group as its coordinator describes it, with how long it has been so."""

    state: str | None = None
    members: int | None = None
    error: str = ""
    """Why the coordinator gave no answer, for people."""
    since: datetime | None = None
    """Since when `state` or `error` was seen to be what it is; None = not seen to change."""
    unsettled_since: datetime | None = None
    """Begin of the current spell of rebalances and changing members; None = settled."""
    young_since: datetime | None = None
    """Begin of the last such spell, also when it is over: grace counts from here."""
    changed_at: datetime | None = None
    """Last time a rebalance was under way, or a member came or went."""
    member_ids: frozenset[str] | None = None

    @property
    def gone(self) -> bool:
        """Nobody reads; a group whose members are not told is taken to have some."""
        return self.state == "Empty" or self.members == 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What is normal. Seconds are of the estate's clock."""

    window_s: float = 60.0
    stall_s: float = 60.0
    allowed: int = 1
    """Records of lag that mean nothing: a transaction's marker takes an offset."""
    heartbeat_every: float | None = None
    """A record is due this often on the whole topic."""
    grace_s: float = 120.0
    """After members changed: session 30 s + rebalance 60 s + start."""
    rebalance_s: float = 90.0
    """A rebalance that takes longer is a loop."""
    pace_s: float = 15.0
    """So little behind while committing is keeping pace: auto-commit is every 5 s."""
    refresh_s: float = 5.0
    """Between two looks (× the speed of the lab's clock)."""
    looks_on: bool = False
    """More looks will follow: a heartbeat may be waited for. A single look cannot."""

    @property
    def gap_s(self) -> float:
        """Looks farther apart do not belong to one history: the console was off or cut off."""
        return MISSED * self.refresh_s

    @property
    def pace(self) -> float:
        """Seconds behind that are no trouble: two looks at least, as a fast lab clock needs."""
        return max(self.pace_s, 2 * self.refresh_s)

    @property
    def span_s(self) -> float:
        """How much unbroken history a bad verdict looks at: three looks at least."""
        return max(self.window_s, self.stall_s, FEWEST * self.refresh_s)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a partition or topic is found to be, why, and its figures (None = unknown)."""

    verdict: str
    why: str
    lag: int | None = None
    in_per_s: float | None = None
    out_per_s: float | None = None
    behind_s: float | None = None
    behind_at_least: bool = False
    eta_s: float | None = None
    eta_never: bool = False
    lost: int | None = None
    """Records that retention or a purge took before they were read."""
    quiet_s: float | None = None
    """How long the end offset was seen not to move."""
    moved_s: float | None = None
    """Seconds since the end offset was seen to move; None = not yet seen."""
    holes: str = ""
    """Of a topic whose sums leave partitions out: they are lower bounds, for people."""
    awaits: str = ""
    """What may still change a good verdict, for people; empty = it has its evidence."""
    at: datetime | None = None
    """When it was judged: before the figures, where a rebalance holds the verdict."""
    held: bool = False


def severity(verdict: str) -> Severity:
    """How bad a verdict is."""
    if verdict in CRITICAL:
        return Severity.CRITICAL
    if verdict in ("idle", "ok"):
        return Severity.OK
    return Severity.UNKNOWN if verdict == "unknown" else Severity.WARNING
