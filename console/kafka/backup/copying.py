"""Copying a topic's frozen span to a file: all of it, or no file and a reason."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.kafka import wire
from console.kafka.backup.manifest import Manifest, keep
from console.kafka.backup.process import Scribe
from console.kafka.codes import MOVED, OUT_OF_RANGE, READ, say
from console.kafka.ends import ask_offsets
from console.kafka.frozen import Frozen
from console.kafka.pace import paced
from console.kafka.values import Fetched, Tp
from console.kafka.wire.batches import UNREADABLE, batches
from console.poll import AuthExpired, Failed, in_thread

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool

WHOLE, LEAST = 1 << 20, 1 << 16  # bytes of one answer; less and less where they come slowly
PATIENCE = 30.0  # seconds in which no partition moves on, and then it is given up
PAUSE = 0.5  # seconds before a leader that has moved is asked again

Progress = Callable[[int, int], None]
"""Told of offsets copied and offsets in all, from time to time."""


async def back_up(
    pool: BrokerPool,
    frozen: Frozen,
    configs: Mapping[str, str],
    path: Path,
    now: Callable[[], datetime],
    progress: Progress | None = None,
) -> Manifest:
    """Copy every record of the span to `path` (NAME.jsonl.gz) and write its manifest beside it.

    Raises Failed, and leaves no finished file, when a single partition cannot be read to its end.
    Uncommitted records are copied too: the deletion takes them as well.
    """
    began = now()
    header = {
        "cluster": pool.cluster,
        "topic": frozen.topic,
        "frozen": frozen.told(),
        "configs": dict(configs),
    }
    order = {"path": str(path), "header": header}
    async with pool.apart() as own, Scribe(order) as scribe:
        copying = _Copying(own, frozen, scribe, progress)
        await copying.run()
        result = await scribe.finish()
    counts = {int(index): count for index, count in result["counts"].items()}
    manifest = Manifest(
        *(path, pool.cluster, frozen, configs, counts, result["sha256"], result["bytes"]),
        *(began, now(), result["transactional"], result["longest"]),
    )
    try:
        await in_thread(keep, manifest)
    except Failed:
        await in_thread(path.unlink, True)  # nobody would be told of it
        raise
    return manifest


class _Copying:
    """How far each partition has been read, and the way there."""

    def __init__(
        self, pool: BrokerPool, frozen: Frozen, scribe: Scribe, progress: Progress | None
    ) -> None:
        self._pool, self._frozen, self._scribe = pool, frozen, scribe
        self._progress = progress
        self._whole = WHOLE
        self._ends = frozen.ends()
        self._at: dict[Tp, int] = {
            (frozen.topic, index): span.start for index, span in frozen.spans.items()
        }
        self._why: dict[Tp, str] = {}
        self._moved_at = time.monotonic()

    def _left(self) -> dict[Tp, int]:
        return {tp: at for tp, at in self._at.items() if at < self._ends[tp]}

    async def run(self) -> None:
        """Round after round, all leaders at once; raises Failed when nothing moves any more."""
        leaders: dict[int, dict[Tp, int]] = {}
        while left := self._left():
            if not leaders:
                leaders = await self._leaders(left)
            asked = [
                (leader, here)
                for leader, tps in leaders.items()
                if (here := {tp: left[tp] for tp in tps if tp in left})
            ]
            answers = await asyncio.gather(*(self._ask(*each) for each in asked))
            before = self._done()
            fine = all([await self._take(answer) for answer in answers])
            self._tell(before)
            if not fine or not asked:
                leaders = {}
                await asyncio.sleep(PAUSE)

    def _done(self) -> int:
        return self._frozen.most - sum(self._ends[tp] - at for tp, at in self._left().items())

    def _tell(self, before: int) -> None:
        done = self._done()
        if done > before:
            self._moved_at = time.monotonic()
            if self._progress is not None:
                self._progress(done, self._frozen.most)
        elif time.monotonic() - self._moved_at > PATIENCE:
            topic, index = tp = next(iter(self._left()))
            why = self._why.get(tp, "its leader gives no more")
            raise Failed(
                f"no backup: {topic}-{index} was read to {self._at[tp]} of {self._ends[tp]}: {why}"
            )

    async def _leaders(self, left: Mapping[Tp, int]) -> dict[int, dict[Tp, int]]:
        found: dict[int, dict[Tp, int]] = {}
        try:
            metadata = await self._pool.metadata([self._frozen.topic])
        except AuthExpired:
            raise
        except Failed as failure:
            self._why |= dict.fromkeys(left, str(failure))
            return {}
        for tp, at in left.items():
            leader = metadata.leader(tp)
            if leader is None or leader < 0:
                self._why[tp] = "it has no leader"
            else:
                found.setdefault(leader, {})[tp] = at
        return found

    async def _ask(self, leader: int, offsets: Mapping[Tp, int]) -> Mapping[Tp, Fetched]:
        try:
            question = wire.fetch_records(offsets, self._whole // 2, self._whole)
            answer = await self._pool.ask(leader, question)
        except AuthExpired:
            raise
        except Failed as failure:
            self._whole = max(self._whole // 2, LEAST)  # a narrow tunnel: it took too long
            self._why |= dict.fromkeys(offsets, str(failure))
            return {}
        self._whole = min(self._whole + LEAST, WHOLE)
        return answer

    async def _take(self, answer: Mapping[Tp, Fetched]) -> bool:
        """Hand the records on; False when a leader must be looked for again."""
        fine = bool(answer)
        for tp, (error, _high, _start, data) in answer.items():
            if error:
                await self._hear(tp, error)
                fine = False
            elif data:
                at = await self._after(tp, data)
                await self._scribe.add(tp[1], data)
                self._at[tp] = at
        return fine

    async def _hear(self, tp: Tp, error: int) -> None:
        """Keep why a partition waits; raises Failed for what no waiting cures."""
        if error == OUT_OF_RANGE:  # the answer does not say where it begins now
            metadata = await self._pool.metadata([tp[0]])
            starts, _ = await ask_offsets(self._pool, [tp], metadata, wire.EARLIEST)
            if starts.get(tp, 0) > self._at[tp]:
                raise Failed(
                    f"no backup: {tp[0]}-{tp[1]} begins at {starts[tp]} by now, and was to be "
                    f"read from {self._at[tp]} on (its retention?)"
                )
        fault = say(error, f"{tp[0]}-{tp[1]}", READ)
        if error not in MOVED and error != OUT_OF_RANGE:
            raise Failed(f"no backup: {fault.message}")
        self._why[tp] = fault.message

    async def _after(self, tp: Tp, data: bytes) -> int:
        """Where to read on. Thousands of small batches may be in one answer."""
        position = self._at[tp]
        try:
            async for batch in paced(batches(data), 500):
                position = max(position, batch.next_offset)
        except UNREADABLE as error:
            raise Failed(f"no backup: {tp[0]}-{tp[1]} from {position} on: {error}") from None
        return position
