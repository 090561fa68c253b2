"""What the stand-in's brokers agree on: topics, leaders, groups, and the traffic scripted on them.

Nothing ticks: a topic grows and a group reads on at the moment somebody asks about it.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.clock import Clock
from console.kafka.codes import offsets_partition
from console.lab.kafka import BROKERS, Heard, Written

OFFSETS_TOPIC = "__consumer_offsets"
OFFSETS_PARTITIONS = 8
STEP_SECONDS = 0.01
"""Questions closer together than this see the same state, so that a burst of them stays cheap."""


@dataclass(slots=True)
class Log:
    """One partition; offsets are fractions between two records and are cut when told."""

    replicas: list[int]
    isr: list[int]
    leader: int
    start: float = 0.0
    end: float = 0.0
    written: dict[int, Any] = field(default_factory=dict)
    """Offset → the record that a client sent; all others are made up."""
    taken: dict[tuple[int, int, int], int] = field(default_factory=dict)
    """A producer's number, epoch and sequence → where its batch was put, however often sent."""


@dataclass(slots=True)
class Topic:
    """A topic and how many records a second of estate time it is given."""

    logs: list[Log]
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    per_s: float = 0.0
    pace: float = 1.0
    """The last rate above 0, by which a record's time follows from its offset."""
    grown_at: float = field(default_factory=time.monotonic)
    newest: float = 0.0
    """When the last record came, s since 1970 on the estate's clock."""
    configs: dict[str, str] = field(default_factory=lambda: {"cleanup.policy": "delete"})

    def time_of(self, log: Log, offset: float) -> float:
        """When the record at this offset came, s since 1970, as if the rate had never changed."""
        return self.newest - (log.end - 1 - offset) * len(self.logs) / self.pace


@dataclass(slots=True)
class Group:
    """A consumer group: who reads what, and how far it committed."""

    topics: tuple[str, ...] = ()
    members: int = 0
    per_s: float = 0.0
    stuck: bool = False
    halted: set[tuple[str, int]] = field(default_factory=set)
    """Partitions at whose poison the members stopped; new members try again."""
    generation: int = 0
    """How often it got new members."""
    read_at: float = field(default_factory=time.monotonic)
    state: str = ""
    """Told instead of Stable or Empty while set, e.g. PreparingRebalance."""
    committed: dict[tuple[str, int], float] = field(default_factory=dict)


@dataclass(slots=True)
class Faults:
    """What goes wrong on demand; codes are Kafka's error codes (0 or absent: none)."""

    group: dict[str, int] = field(default_factory=dict)
    partition: dict[tuple[str, int], int] = field(default_factory=dict)
    coordinators: set[int] = field(default_factory=set)
    """Partitions of __consumer_offsets whose groups are answered 16 for ever (KAFKA-19862)."""
    undeletable: set[str] = field(default_factory=set)
    """Topics whose records we have no right to delete."""
    deletes: dict[str, str] = field(default_factory=dict)
    """Topic → how deletions there go: `late` (done, but 7 is answered) or `nothing` (a lie)."""
    hangs_up: set[int] = field(default_factory=set)
    unheard: dict[str, Callable[[], object]] = field(default_factory=dict)
    """Request → what follows the next one: it is done, its answer is lost with the connection."""
    slow: dict[int, float] = field(default_factory=dict)
    """Broker → real seconds before each answer."""


class Cluster:
    """The state behind the stand-in's brokers; also its `Traffic`."""

    def __init__(self) -> None:
        self.clock, self.speed = Clock(), 1.0
        self.up: set[int] = set()
        self.catch_up_s = 1.0
        """How long a returned broker stays out of sync, real seconds."""
        self.topics: dict[str, Topic] = {}
        self.groups: dict[str, Group] = {}
        self.poisons: dict[tuple[str, int], int] = {}
        """Partition → the offset of the record that nobody gets past."""
        self.faults = Faults()
        self.heard: Heard = lambda group, value: None
        """Scripted members read nothing that they could tell of."""
        self._catching: dict[int, float] = {}
        self.create({OFFSETS_TOPIC: (OFFSETS_PARTITIONS, 3)}, {"cleanup.policy": "compact"})

    def create(
        self, topics: Mapping[str, tuple[int, int]], configs: Mapping[str, str] | None = None
    ) -> None:
        """Add topics, `{name: (partitions, replication factor)}`."""
        for name, (partitions, factor) in topics.items():
            self.topics[name] = Topic(
                [
                    Log(order, list(order), order[0])
                    for p in range(partitions)
                    if (order := [BROKERS[(p + r) % 3] for r in range(factor)])
                ]
            )
            self.topics[name].configs |= configs or {}

    def produce(self, topic: str, per_s: float) -> None:
        """Let records come to a topic, so many a second of estate time; 0 stops them."""
        known = self.grow(topic, now=True)
        known.per_s, known.pace = per_s, per_s or known.pace

    def consume(
        self, group: str, topics: Sequence[str], members: int = 1, per_s: float = 500.0
    ) -> None:
        """Let a group read topics, at most so fast; again: with other members; 0: nobody."""
        self.groups.setdefault(group, Group())
        known = self.read_on(group, now=True)
        known.topics, known.members, known.per_s, known.stuck = tuple(topics), members, per_s, False
        known.generation += 1
        known.halted.clear()
        for key in self.partitions(known):
            known.committed.setdefault(key, self.log(*key).start)

    async def joined(self) -> None:
        """Scripted members have their partitions at once."""

    def stick(self, group: str) -> None:
        """Let a group's members stay and beat, and fetch and commit nothing."""
        self.read_on(group, now=True).stuck = True

    def unstick(self, group: str) -> None:
        """Let a stuck group go on from where it was."""
        self.read_on(group, now=True).stuck = False

    def stuck(self, group: str) -> bool:
        """Whether a group's members fetch nothing."""
        return self.read_on(group, now=True).stuck

    async def poison(self, topic: str) -> None:
        """Put a record that nobody gets past at the end of a topic's first partition."""
        self.poisons[topic, 0] = math.ceil(self.grow(topic, now=True).logs[0].end)

    async def put(self, topic: str, value: bytes) -> None:
        """Write one record to a topic's first partition."""
        log = self.grow(topic, now=True).logs[0]
        at = math.ceil(log.end)
        log.written[at] = Written(round(self.clock.now().timestamp() * 1000), value)
        log.end = float(at + 1)

    def cure(self) -> None:
        """Let everybody read on: nothing is stuck or poisoned any more."""
        self._advance()
        self.poisons.clear()
        for group in self.groups.values():
            group.stuck = False
            group.halted.clear()

    async def close(self) -> None:
        """Stop all traffic."""
        for topic in self.topics:
            self.produce(topic, 0)
        for group in self.groups.values():
            group.members = 0

    def log(self, topic: str, partition: int) -> Log:
        """One partition; KeyError where there is none."""
        if topic in self.topics and 0 <= partition < len(self.topics[topic].logs):
            return self.topics[topic].logs[partition]
        raise KeyError(f"{topic}-{partition}")

    def partitions(self, group: Group) -> list[tuple[str, int]]:
        """What a group's members are assigned."""
        return [(name, p) for name in group.topics for p in range(len(self.topics[name].logs))]

    def coordinator(self, group: str) -> tuple[int, int]:
        """The partition of __consumer_offsets a group hashes to, and the broker that leads it."""
        partition = offsets_partition(group, OFFSETS_PARTITIONS)
        return partition, self.log(OFFSETS_TOPIC, partition).leader

    def lose(self, broker: int) -> None:
        """Take a broker out: it leaves every ISR and its leaders move, where somebody is left."""
        self._advance()
        self.up.discard(broker)
        self._catching.pop(broker, None)
        self.fall_behind(broker)

    def join(self, broker: int) -> None:
        """Bring a broker back; it is in sync, and leads again, after `catch_up_s`."""
        self.up.add(broker)
        self._catching[broker] = time.monotonic() + self.catch_up_s

    def fall_behind(self, broker: int) -> None:
        """Make every partition of a broker under-replicated; its leaders move."""
        for log in self._logs():
            if log.leader == broker:
                log.leader = next((b for b in log.isr if b != broker), -1)
            if broker in log.isr and len(log.isr) > 1:  # the last one stays, as in Kafka
                log.isr.remove(broker)

    def catch_up(self, broker: int) -> None:
        """Put a broker back in sync everywhere, and let it lead what it should."""
        self._catching.pop(broker, None)
        for log in self._logs():
            if broker in log.replicas:
                log.isr = [b for b in log.replicas if b in log.isr or b == broker]
                if broker == log.replicas[0] or log.leader < 0:
                    log.leader = broker

    def grow(self, name: str, now: bool = False) -> Topic:
        """A topic with the records that came since it was last asked for."""
        topic, at = self.topics[name], time.monotonic()
        elapsed = at - topic.grown_at
        if elapsed < STEP_SECONDS and not now:
            return topic
        topic.grown_at = at
        for log in topic.logs if topic.per_s else ():
            if log.leader > 0 and len(log.isr) >= min(2, len(log.replicas)):  # acks=all
                log.end += topic.per_s * elapsed * self.speed / len(topic.logs)
                topic.newest = self.clock.now().timestamp()
        return topic

    def read_on(self, name: str, now: bool = False) -> Group:
        """A group with what it read and committed since it was last asked for."""
        group, at = self.groups[name], time.monotonic()
        elapsed = at - group.read_at
        if elapsed < STEP_SECONDS and not now:
            return group
        group.read_at = at
        partition, leader = self.coordinator(name)
        faulty = leader < 0 or partition in self.faults.coordinators or self.faults.group.get(name)
        if group.stuck or faulty or not group.members:
            return group
        for topic in group.topics:
            self.grow(topic)
        read = [key for key in self.partitions(group) if key not in group.halted]
        for key in read:  # what was deleted before it was read is skipped: reset to the earliest
            group.committed[key] = max(group.committed[key], self.log(*key).start)
        behind = {key: max(0.0, self.log(*key).end - group.committed[key]) for key in read}
        total = sum(behind.values())
        share = min(1.0, group.per_s * elapsed * self.speed / total) if total > 0 else 0.0
        for key, lag in behind.items():
            if self.log(*key).leader > 0:
                self._read(group, key, lag * share)
        return group

    def _read(self, group: Group, key: tuple[str, int], count: float) -> None:
        """Commit so many records more of one partition, or as far as its poison."""
        at = group.committed[key]
        poison = self.poisons.get(key, -1)
        if at <= poison < at + count:
            group.halted.add(key)
            count = poison - at
        group.committed[key] = at + count

    def settle(self) -> None:
        """Put back in sync the brokers whose time to catch up is over."""
        for broker in [b for b, due in self._catching.items() if due <= time.monotonic()]:
            self.catch_up(broker)

    def in_sync(self) -> bool:
        """Whether every broker is up and no replica is behind."""
        self.settle()
        every = all(len(log.isr) == len(log.replicas) for log in self._logs())
        return every and self.up == set(BROKERS)

    def _advance(self) -> None:
        for topic in self.topics:
            self.grow(topic, now=True)
        for group in self.groups:
            self.read_on(group, now=True)

    def _logs(self) -> list[Log]:
        return [log for topic in self.topics.values() for log in topic.logs]
