"""Looks at the lab's brokers through the console's own pool, as the panes do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from console.clock import Clock
from console.config.schema import Estate
from console.kafka.offsets import Look
from console.kafka.pool import BrokerPool
from console.kafka.values import Tp
from console.lab.kafka import Kafka, Traffic

T = TypeVar("T")
PATIENCE = 45.0  # seconds: on two busy cores real brokers take their time


@asynccontextmanager
async def pool_of(kafka: Kafka, *groups: str) -> AsyncIterator[BrokerPool]:
    """The console's pool on these brokers, watching these groups (none named: all)."""
    cluster = {"bootstrap": kafka.bootstrap, "groups": {g: {} for g in groups}}
    if not groups:
        cluster["all_groups"] = True
    estate = Estate.model_validate(
        {"estate": {"name": "demo", "title": "Demo"}, "kafka": {"lab": cluster}}
    )
    pool = BrokerPool("lab", estate)
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def traffic_on(
    kafka: Kafka, clock: Clock | None = None, speed: float = 1.0
) -> AsyncIterator[Traffic]:
    """Producers and consumers that end with the block."""
    traffic = kafka.traffic(clock or Clock(), speed)
    try:
        yield traffic
    finally:
        await traffic.close()


@dataclass(frozen=True, slots=True)
class Reading:
    """One group on one topic, summed over its partitions."""

    committed: int
    end: int
    state: str | None
    members: int
    assigned: frozenset[Tp]

    @property
    def lag(self) -> int:
        return self.end - self.committed


async def look(pool: BrokerPool) -> Look:
    """One refresh of the console's collector, nothing of it shared with an earlier one."""
    return await pool.offsets.look(Clock(), 0.0)


async def read(pool: BrokerPool, group: str) -> Reading:
    """What the console sees of a group now."""
    seen_all = await look(pool)
    seen = seen_all.groups[group]
    members = seen.described.members if seen.described else ()
    return Reading(
        sum(seen.committed.values()),
        sum(seen_all.ends[tp].offset for tp in seen.committed if tp in seen_all.ends),
        seen.state,
        len(members),
        frozenset(tp for member in members for tp in member.assigned),
    )


async def until(
    ask: Callable[[], Awaitable[T]], holds: Callable[[T], object], seconds: float = PATIENCE
) -> T:
    """Ask again and again until the answer holds; fails with the last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = await ask()
        if holds(answer):
            return answer
        assert time.monotonic() < end, f"after {seconds:g} s still {answer}"
        await asyncio.sleep(0.1)
