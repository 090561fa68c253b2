"""Emptying a topic up to frozen ends, leader by leader; each partition has a result of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from console.kafka import wire
from console.kafka.codes import DELETE, OUT_OF_RANGE, UNKNOWN_TOPIC, Fault, say
from console.kafka.ends import ask_offsets
from console.kafka.frozen import Frozen, Span
from console.kafka.patience import AGAIN, PATIENCE, PAUSE, REPLICAS_MS
from console.kafka.values import Metadata, Tp
from console.poll import Failed

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool

AGREEMENT = 3.0  # seconds for all brokers to hear who leads
# A leader that is new may not know yet how far its followers are: it learns it in a moment.
CURABLE = AGAIN | {OUT_OF_RANGE}


@dataclass(frozen=True, slots=True)
class Cut:
    """What became of one partition."""

    result: Literal["done", "already", "failed"]
    start: int | None = None
    """Where it begins, as last seen; None = nobody could tell."""
    why: str = ""


Leave = Callable[[], str]
"""Why nothing more may be asked for, before each request; nothing while it may."""


def _always() -> str:
    return ""


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


async def _offsets(
    pool: BrokerPool, partitions: Iterable[Tp], which: int
) -> tuple[dict[Tp, int], dict[Tp, str]]:
    """Where partitions begin or end now, and why it is not known of the others."""
    partitions = list(partitions)
    try:
        metadata = await pool.metadata(sorted({topic for topic, _ in partitions}))
    except Failed as failure:
        return {}, dict.fromkeys(partitions, str(failure))
    found, faults = await ask_offsets(pool, partitions, metadata, which)
    return found, {tp: fault.message for tp, fault in faults.items()}


async def delete(pool: BrokerPool, frozen: Frozen, leave: Leave = _always) -> dict[int, Cut]:
    """Delete each partition's records up to its frozen end; whoever runs it again harms nothing.

    Nothing is deleted of a topic that begins before its span: that is in no copy. Raises no Failed:
    what a partition's leader said, or that it said nothing, is in its result.
    """
    async with pool.apart() as own:
        run = _Deletion(own, frozen)
        await run.look("already")
        why, ends = "", time.monotonic() + PATIENCE
        while run.left and time.monotonic() < ends and not (why := leave()):
            await run.ask()
            await run.look("done")
            if run.left:
                await asyncio.sleep(PAUSE)
    run.give_up(why)
    return dict(sorted(run.cuts.items()))


class _Deletion:
    """One run: what is left to delete, and what was last heard of it."""

    def __init__(self, pool: BrokerPool, frozen: Frozen) -> None:
        self.left = frozen.ends()
        self.cuts: dict[int, Cut] = {}
        self._pool, self._topic, self._spans = pool, frozen.topic, frozen.spans
        self._why: dict[int, str] = {}
        self._starts: dict[int, int] = {}

    async def look(self, result: Literal["done", "already"]) -> None:
        """What begins at its end or later is emptied, whatever was answered (or was not)."""
        if not self.left:
            return
        starts, faults = await _offsets(self._pool, self.left, wire.EARLIEST)
        self._starts |= {tp[1]: at for tp, at in starts.items()}
        for tp, why in faults.items():
            self._why.setdefault(tp[1], why)
        for tp, end in list(self.left.items()):
            if starts.get(tp, -1) >= end:
                self._settle(tp, Cut(result, starts[tp]))

    async def _another(self) -> str:
        """Why this is not the log that was copied: one partition of it speaks for all.

        A leader that is new may say so for a moment, so that it is asked again.
        """
        starts, _ = await _offsets(self._pool, self.left, wire.EARLIEST)
        latest, _ = await _offsets(self._pool, self.left, wire.LATEST)
        for (topic, index), at in starts.items():
            if at < (copied := self._spans[index].start):
                return f"{topic}-{index} begins at {at}, its copy at {copied}: it was made anew"
        for (topic, index), at in latest.items():
            if at < (end := self._spans[index].end):
                return f"{topic}-{index} ends at {at}, its copy at {end}: it was made anew"
        return ""

    async def ask(self) -> None:
        """Ask every leader at once for what is left."""
        if another := await self._another():
            self._why |= {index: another for _, index in self.left}
            return
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
            elif error in CURABLE:
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

    def give_up(self, why: str) -> None:
        """What is still left has failed, with what was last heard of it."""
        for tp in list(self.left):
            said = why or self._why.get(tp[1], f"{tp[0]}-{tp[1]}: nobody answered")
            self._settle(tp, Cut("failed", self._starts.get(tp[1]), said))
