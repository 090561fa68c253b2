"""What a maintenance is made of: one look at a cluster, and the parts of its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from console.config.schema import MaintenanceBudget

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
RUNNING = frozenset({"started", "broker_down", "catching_up", "between", "settling"})
ENDED = frozenset({"over", "probably_over"})
CALM = frozenset({None, "quiet", "expected"})
"""Nothing goes on; None: nobody can tell yet."""
OPERATIONS = frozenset({"SECURITY_PATCHING", "BROKER_UPDATE"})
"""Amazon's own operations that restart every broker; a person's own ones are no maintenance."""
Basis = Literal["", "amazon", "silent", "kafka"]
"""What tells that it is over: Amazon; Kafka while Amazon never spoke of it; Kafka alone."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One broker through the night."""

    broker: int
    moves: tuple[tuple[datetime, Standing], ...] = ()
    """When it began to stand so, oldest first; the last is how it stands now."""
    led: int | None = None
    """Partitions it led before, leads now."""
    leads: int | None = None
    done: bool = False
    """It was down and is in sync again, in this maintenance."""

    @property
    def standing(self) -> Standing:
        """How it stands now."""
        return self.moves[-1][1] if self.moves else "unknown"

    @property
    def known(self) -> Standing:
        """How it stood when it was last seen."""
        return next((how for _, how in reversed(self.moves) if how != "unknown"), "unknown")

    @property
    def away_since(self) -> datetime | None:
        """Since when it is down; looks that saw nothing in between do not end it."""
        since = None
        for at, how in reversed(self.moves):
            if how == "down":
                since = at
            elif how != "unknown":
                break
        return since


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


@dataclass(frozen=True, slots=True)
class Memory:
    """What the next look needs of the last one and no screen shows."""

    kafka_at: datetime | None = None
    api_at: datetime | None = None
    """When what was judged last was true: a gap between two looks breaks every `unbroken`."""
    noticed: datetime | None = None
    """When this maintenance was first seen; Amazon may date it earlier."""
    calm_since: datetime | None = None
    """Since when Kafka alone looks healthy, unbroken."""
    basis: Basis = ""
    """What `healthy_since` rests on: another basis begins anew."""
    announced: bool = False
    """Amazon has spoken of this maintenance."""
    planned: bool = False
    """It was in a planned window once."""
    joined: bool = False
    """It ran already when the console began to look: brokers may have been through unseen."""
    lowest_pct: float | None = None
    """Lowest share of preferred leaders since it fell."""
    ended: datetime | None = None
    """When the maintenance before this one was over."""
    started_at: datetime | None = None
    """Since when it goes on by Amazon's word: a newer start is another maintenance."""
    still_since: datetime | None = None
    """Since when Amazon says that nothing is under way."""
    unexpected: tuple[str, ...] = ()
    """What Kafka showed last that did not belong to it: it stands until Kafka shows better."""


@dataclass(frozen=True, slots=True)
class Api:
    """What Amazon says of a cluster, as far as it may be trusted."""

    at: datetime
    state: str
    operation: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    brokers_expected: int | None = None
    fresh: bool = True
    """Young enough to say that it is over."""

    @property
    def working(self) -> bool:
        """Whether an operation is under way."""
        return self.operation is not None and self.ended_at is None

    @property
    def busy(self) -> bool:
        """Whether anything but ACTIVE with nothing under way is said."""
        return self.state != "ACTIVE" or self.working

    @property
    def maintains(self) -> bool:
        """Whether this is the maintenance; HEALING, UPDATING and a person's reboot are not."""
        return self.state == "MAINTENANCE" or (self.working and self.operation in OPERATIONS)

    def ended_after(self, at: datetime) -> bool:
        """Whether its newest operation ended then or later."""
        return self.ended_at is not None and self.ended_at >= at


@dataclass(frozen=True, slots=True)
class Node:
    """One broker of one look."""

    broker: int
    up: bool | None
    """None: it is listed and does not answer us."""
    leaders: int | None = None
    behind: int = 0
    """Partitions that it should hold and is not in sync for."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """What Kafka's metadata says of a cluster, as far as it may be trusted."""

    at: datetime
    nodes: tuple[Node, ...]
    expected: int
    """How many brokers there should be."""
    under_replicated: int = 0
    leaderless: int = 0
    leaderless_replicated: int = 0
    """Of these, those that have more than one replica: a single broker cannot explain them."""
    preferred_pct: float | None = None

    @property
    def up(self) -> int:
        """How many answer."""
        return sum(node.up is True for node in self.nodes)

    @property
    def down(self) -> tuple[int, ...]:
        """Who is missing; a broker that was taken away for good is missed by nobody."""
        if self.up >= self.expected:
            return ()
        return tuple(node.broker for node in self.nodes if node.up is False)

    @property
    def healthy(self) -> bool:
        """Whether everybody is there and holds what it should."""
        whole = self.up >= self.expected and all(n.up is not None for n in self.nodes)
        return whole and not self.under_replicated and not self.leaderless


@dataclass(frozen=True, slots=True)
class Look:
    """One cluster at one instant of the estate's clock; None where nothing fresh is known."""

    at: datetime
    budget: MaintenanceBudget
    api: Api | None = None
    api_why: str = ""
    """Why Amazon's word is not known."""
    asks: bool = True
    """Whether there is an Amazon to ask."""
    kafka: Kafka | None = None
    kafka_why: str = ""
    watched: tuple[Watched, ...] = ()
    watched_why: str = ""
    faults: tuple[str, ...] = ()
    """Coordinators that failed, a sentence each."""
    window: tuple[datetime, datetime] | None = None
    """The planned window that is open, else the next one."""
    kafka_gap: timedelta = timedelta(seconds=25)
    api_gap: timedelta = timedelta(seconds=300)
    """Two looks farther apart saw nothing in between."""

    @property
    def seen_at(self) -> datetime:
        """When the newest of what it shows was true."""
        return max((one.at for one in (self.kafka, self.api) if one), default=self.at)

    @property
    def planned(self) -> bool:
        """Whether it is inside a planned window."""
        return self.window is not None and self.window[0] <= self.at < self.window[1]
