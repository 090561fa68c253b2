"""Kafka for the lab: real brokers where Java is, a stand-in everywhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from console.clock import Clock
    from console.lab.kafka.cluster import Faults

# Brokers come and go here on purpose: what aiokafka warns of is for a log, not for the terminal.
logging.getLogger("aiokafka").addHandler(logging.NullHandler())


BROKERS = (1, 2, 3)
POISON = b"poison"
"""The value of a record that no consumer of the lab gets past."""


class Written(NamedTuple):
    """A record that the lab itself wrote."""

    timestamp: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


Heard = Callable[[str, bytes | None], object]
"""Told of the records that a group reads: the group, the value."""


class Traffic(Protocol):
    """Producers and consumers; rates are records a second of estate time."""

    heard: Heard

    def produce(self, topic: str, per_s: float) -> None: ...
    def consume(
        self, group: str, topics: Sequence[str], members: int = 1, per_s: float = 500.0
    ) -> None: ...
    async def joined(self) -> None: ...
    async def poison(self, topic: str) -> None: ...
    async def put(self, topic: str, value: bytes) -> None: ...
    def stick(self, group: str) -> None: ...
    def unstick(self, group: str) -> None: ...
    def stuck(self, group: str) -> bool: ...
    def cure(self) -> None: ...
    async def close(self) -> None: ...


class Kafka(Protocol):
    """Brokers 1, 2 and 3 on this machine, and what may be done to them."""

    bootstrap: str

    @property
    def kind(self) -> str: ...
    @property
    def faults(self) -> Faults | None: ...  # on demand; None where the brokers are real
    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def create_topics(
        self, topics: Mapping[str, tuple[int, int]], configs: Mapping[str, str] | None = None
    ) -> None: ...
    async def stop_broker(self, broker: int) -> None: ...
    async def kill_broker(self, broker: int) -> None: ...
    async def start_broker(self, broker: int) -> None: ...
    async def until_in_sync(self) -> None: ...
    def black_hole(self, broker: int, on: bool) -> None: ...
    def traffic(self, clock: Clock, speed: float = 1.0) -> Traffic: ...


def choose(which: str, directory: Path) -> Kafka:
    """`apache`, `stand-in`, or `auto`: Apache Kafka where it can be started now."""
    from console.lab.kafka import jars

    if which == "apache" or (which == "auto" and jars.available() is None):
        from console.lab.kafka.apache import ApacheKafka

        return ApacheKafka(directory)
    from console.lab.kafka.standin import StandIn

    return StandIn()
