"""What a broker's answers say, as values. No vendor imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from console.kafka.codes import short

Tp = tuple[str, int]
"""Topic and partition."""


class Address(NamedTuple):
    """Where a broker says it listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return short(self.host, self.port)


class Partition(NamedTuple):
    """One partition in the cluster metadata (a tuple: thousands are made every few seconds)."""

    error: int
    number: int
    leader: int
    """-1 = none."""
    replicas: list[int]
    isr: list[int]
    offline: list[int]


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who the brokers are and who leads what."""

    cluster_id: str
    brokers: Mapping[int, Address]
    """The live ones only."""
    topics: Mapping[str, Mapping[int, Partition]]
    errors: Mapping[str, int]
    """Topics that could not be described, with Kafka's code."""

    def leader(self, tp: Tp) -> int | None:
        """Broker id, -1 without a leader, None when the partition does not exist."""
        found = self.topics.get(tp[0], {}).get(tp[1])
        return None if found is None else found.leader


@dataclass(frozen=True, slots=True)
class Offsets:
    """One offset per partition, or Kafka's code; a committed one below 0 means none (kafkajs)."""

    offsets: Mapping[Tp, int]
    errors: Mapping[Tp, int]
    error: int = 0
    """The group's own code, with committed offsets."""


@dataclass(frozen=True, slots=True)
class Member:
    """One consumer of a group and what it was given."""

    member_id: str
    client_id: str
    host: str
    assigned: tuple[Tp, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """A group as its coordinator describes it. A group of the new protocol (KIP-848) says Dead."""

    error: int
    state: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """The groups one broker coordinates, with their state where the broker tells it."""

    error: int
    groups: Mapping[str, str]


class Stamped(NamedTuple):
    """A record's offset and its time, ms since 1970."""

    offset: int
    at: int


@dataclass(frozen=True, slots=True)
class Stamps:
    """The record sought in each partition; one that holds none stands in neither."""

    found: Mapping[Tp, Stamped]
    errors: Mapping[Tp, int]


class Fetched(NamedTuple):
    """What a leader gave of one partition."""

    error: int
    high: int
    """The high watermark."""
    start: int
    records: bytes
    """Batches as they lie on the leader's disk; the last one may be cut off."""


class Deleted(NamedTuple):
    """What became of one partition's deletion."""

    error: int
    low: int
    """Where the partition begins now, on all replicas that live."""


class Producer(NamedTuple):
    """Who writes, so that a batch sent twice is kept once."""

    error: int
    number: int
    epoch: int


class Produced(NamedTuple):
    """What became of one batch."""

    error: int
    base: int
    """The offset of its first record."""
