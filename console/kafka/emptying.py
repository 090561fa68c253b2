"""Emptying a topic up to frozen ends, leader by leader; each partition has a result of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from console.kafka import wire
from console.kafka.codes import DELETE, MOVED, TIMED_OUT, UNKNOWN_TOPIC, Fault, say
from console.kafka.ends import ask_offsets
from console.kafka.frozen import Frozen, Span
from console.kafka.values import Metadata, Tp
from console.poll import Failed

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool

REPLICAS_MS = 4000  # the broker waits so long for slow followers: less than we wait for the broker
PATIENCE = 20.0  # seconds: a broker that dies is noticed, and its leaders move
PAUSE = 0.5  # seconds between two tries
AGREEMENT = 3.0  # seconds for all brokers to hear who leads
# A leader that is new may not know yet how far its followers are (1): it learns it in a moment.
AGAIN = MOVED | {1, TIMED_OUT}


@dataclass(frozen=True, slots=True)
class Cut:
    """What became of one partition."""

    result: Literal["done", "already", "failed"]
    start: int | None = None
    """Where it begins, as last seen; None = nobody could tell."""
    why: str = ""


Report = Callable[[int, Cut], None]
"""Told of a partition as soon as its result is certain."""


async def freeze(pool: BrokerPool, topic: str) -> Frozen:
    """Where each partition begins and ends, by its leader. Raises Failed: all or nothing."""
    metadata = await _agreed(pool, topic)
    if topic not in metadata.topics:
        code = metadata.errors.get(topic, UNKNOWN_TOPIC)
        raise Failed(say(code, f"topic {topic}").message)
    partitions = [(topic, index) for index in sorted(metadata.topics[topic])]
    starts = await _all_of(pool, partitions, metadata, wire.EARLIEST)
    ends = await _all_of(pool, partitions, metadata, wire.LATEST)
    return Frozen(topic, {tp[1]: Span(starts[tp], max(ends[tp], starts[tp])) for tp in partitions})


async def _agreed(pool: BrokerPool, topic: str) -> Metadata:
    """The metadata, once every broker that answers sees the same leaders of the topic.

    A broker that is cut off from the controller goes on telling what was true before; others differ
    for a moment only.
    """
    ends = time.monotonic() + AGREEMENT
    while True:
        metadata = await pool.metadata([topic])
        others = await asyncio.gather(*(_seen_by(pool, b, topic) for b in metadata.brokers))
        ours = _leaders(metadata, topic)
        if all(seen is None or seen == ours for seen in others):
            return metadata
        if time.monotonic() > ends:
            raise Failed(f"the brokers do not agree on who leads {topic}: metadata is stale")
        await asyncio.sleep(AGREEMENT / 10)


async def _seen_by(pool: BrokerPool, broker: int, topic: str) -> dict[int, int] | None:
    """The leaders as one broker sees them; whether it may be missing is for guards to say."""
    try:
        return _leaders(await pool.ask(broker, wire.all_metadata([topic])), topic)
    except Failed:
        return None


def _leaders(metadata: Metadata, topic: str) -> dict[int, int]:
    return {index: seen.leader for index, seen in metadata.topics.get(topic, {}).items()}


async def _all_of(
    pool: BrokerPool, partitions: Iterable[Tp], metadata: Metadata, which: int
) -> dict[Tp, int]:
    found, faults = await ask_offsets(pool, partitions, metadata, which)
    if faults:
        raise Failed("; ".join(dict.fromkeys(fault.message for fault in faults.values())))
    return found


async def starts(pool: BrokerPool, topic: str) -> tuple[dict[int, int], dict[int, str]]:
    """Where each partition begins now, and why it is not known of the others."""
    metadata = await pool.metadata([topic])
    return await _starts(pool, [(topic, index) for index in metadata.topics.get(topic, {})])


async def _starts(
    pool: BrokerPool, partitions: Iterable[Tp]
) -> tuple[dict[int, int], dict[int, str]]:
    partitions = list(partitions)
    try:
        metadata = await pool.metadata(sorted({topic for topic, _ in partitions}))
    except Failed as failure:
        return {}, {index: str(failure) for _, index in partitions}
    found, faults = await ask_offsets(pool, partitions, metadata, wire.EARLIEST)
    return {tp[1]: at for tp, at in found.items()}, {tp[1]: f.message for tp, f in faults.items()}


async def delete(pool: BrokerPool, frozen: Frozen, report: Report | None = None) -> dict[int, Cut]:
    """Delete each partition's records up to its frozen end; whoever runs it again harms nothing.

    Raises no Failed: what a partition's leader said, or that it said nothing, is in its result.
    """
    async with pool.apart() as own:
        run = _Deletion(own, frozen, report)
        await run.look("already")
        ends = time.monotonic() + PATIENCE
        while run.left and time.monotonic() < ends:
            await run.ask()
            await run.look("done")
            if run.left:
                await asyncio.sleep(PAUSE)
    run.give_up()
    return dict(sorted(run.cuts.items()))


class _Deletion:
    """One run: what is left to delete, and what was last heard of it."""

    def __init__(self, pool: BrokerPool, frozen: Frozen, report: Report | None) -> None:
        self.left = frozen.ends()
        self.cuts: dict[int, Cut] = {}
        self._pool, self._topic, self._report = pool, frozen.topic, report
        self._why: dict[int, str] = {}
        self._starts: dict[int, int] = {}

    async def look(self, result: Literal["done", "already"]) -> None:
        """What begins at its end or later is emptied, whatever was answered (or was not)."""
        if not self.left:
            return
        starts, faults = await _starts(self._pool, self.left)
        self._starts |= starts
        for index, why in faults.items():
            self._why.setdefault(index, why)
        for tp, end in list(self.left.items()):
            if starts.get(tp[1], -1) >= end:
                self._settle(tp, Cut(result, starts[tp[1]]))

    async def ask(self) -> None:
        """Ask every leader at once for what is left."""
        try:
            metadata = await self._pool.metadata([self._topic])
        except Failed as failure:
            self._why |= {index: str(failure) for _, index in self.left}
            return
        by_leader: dict[int, dict[Tp, int]] = {}
        for tp, end in self.left.items():
            leader = metadata.leader(tp)
            if leader is None or leader < 0:
                self._why[tp[1]] = f"{tp[0]}-{tp[1]}: has no leader"
            else:
                by_leader.setdefault(leader, {})[tp] = end
        await asyncio.gather(*(self._ask(leader, some) for leader, some in by_leader.items()))

    async def _ask(self, leader: int, ends: Mapping[Tp, int]) -> None:
        try:
            answer = await self._pool.ask(leader, wire.delete_records(ends, REPLICAS_MS))
        except Failed as failure:
            self._why |= {index: str(failure) for _, index in ends}
            return
        for tp, (error, low) in answer.items():
            if error == 0 and low >= ends[tp]:
                self._settle(tp, Cut("done", low))
            elif error == 0:
                self._why[tp[1]] = f"{tp[0]}-{tp[1]}: its replicas still begin at {low}"
            elif error in AGAIN:
                self._why[tp[1]] = self._say(error, tp).message
            else:
                self._settle(
                    tp, Cut("failed", self._starts.get(tp[1]), self._say(error, tp).message)
                )

    def _say(self, error: int, tp: Tp) -> Fault:
        return say(error, f"{tp[0]}-{tp[1]}", DELETE)

    def _settle(self, tp: Tp, cut: Cut) -> None:
        if self.left.pop(tp, None) is not None:
            self.cuts[tp[1]] = cut
            if self._report is not None:
                self._report(tp[1], cut)

    def give_up(self) -> None:
        """What is still left has failed, with what was last heard of it."""
        for tp in list(self.left):
            why = self._why.get(tp[1], f"{tp[0]}-{tp[1]}: nobody answered")
            self._settle(tp, Cut("failed", self._starts.get(tp[1]), why))
