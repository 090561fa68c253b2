"""Records written back: to the partition they came from, with their times, each one once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.kafka import wire
from console.kafka.backup.lines import Record
from console.kafka.codes import (
    DUPLICATE,
    LEFT_OPEN,
    NONE,
    TOO_FEW_AFTER,
    TOO_FEW_IN_SYNC,
    WRITE,
    WRITE_ONCE,
    say,
)
from console.kafka.patience import AGAIN, PATIENCE, PAUSE, REPLICAS_MS
from console.kafka.values import Produced
from console.kafka.wire.batches import Numbers, Packed, pack
from console.poll import AuthExpired, Failed, in_thread

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool

MOST = 900_000  # bytes of a batch
_ANY = 1 << 30
TAKES = 1_048_588  # what Kafka's brokers take where nobody tells
CURABLE = AGAIN | {TOO_FEW_IN_SYNC, TOO_FEW_AFTER}

Report = Callable[[Mapping[int, int]], Awaitable[None]]
"""Told how many records of each partition have been acknowledged so far."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What is known to be in the topic again."""

    counts: Mapping[int, int]
    """Acknowledged records per partition."""
    unsure: Mapping[int, int]
    """Records that were sent and whose answer was lost: there, or not."""
    why: str = ""
    """Why it stopped before the end; "" = all is written."""


def cautions(configs: Mapping[str, str], oldest_ms: int | None, now_ms: int) -> list[str]:
    """What a topic will do to records that are written back to it."""
    said = []
    if configs.get("message.timestamp.type") == "LogAppendTime":
        said.append("the topic stamps every record anew (message.timestamp.type=LogAppendTime)")
        return said
    keeps = int(configs.get("retention.ms", -1))
    if oldest_ms is not None and 0 <= keeps < now_ms - oldest_ms:
        said.append(
            f"the topic keeps records for {keeps / 3_600_000:.3g} h and the oldest are older: "
            "it will delete them again"
        )
    return said


def takes(configs: Mapping[str, str]) -> int:
    """Bytes of the greatest batch that a topic takes, as it is sent."""
    return int(configs.get("max.message.bytes", TAKES))


def too_large(records: Iterable[Record], configs: Mapping[str, str]) -> Iterator[str]:
    """Why some of these could not be written back, packed as tightly as it is done here."""
    room = takes(configs)
    # brokers that unpack what is compressed weigh it again
    unpacks = configs.get("compression.type") == "uncompressed"
    for record in records:
        (packed,) = pack([record], Numbers(0, 0), room if not unpacks else _ANY)
        if (size := len(packed.data)) > room:
            yield (
                f"partition {record.partition}: the record of offset {record.offset:,} needs "
                f"{size:,} bytes, and the topic takes {room:,} (max.message.bytes)"
            )


async def restore(
    pool: BrokerPool,
    topic: str,
    records: Iterable[Record],
    report: Report | None = None,
    room: int = TAKES,
) -> Restored:
    """Write the records, one batch after the other; it stops at the first that is not taken.

    `room`: bytes of the greatest batch that the topic takes.

    A batch whose answer is lost is sent again and kept once: it bears a producer's number (KIP-98).
    Raises Failed only before anything is written.
    """
    async with pool.apart() as own:
        numbers = await numbers_of(own)
        made: Iterator[Packed] = pack(records, numbers, min(MOST, room))
        counts: Counter[int] = Counter()
        while True:
            try:
                batch = await in_thread(next, made, None)
            except Failed as failure:  # the records' own file
                return Restored(counts, {}, str(failure))
            if batch is None:
                return Restored(counts, {})
            why, sent = await _put(own, topic, batch)
            if why:
                return Restored(counts, {batch.partition: batch.records} if sent else {}, why)
            counts[batch.partition] += batch.records
            if report is not None:
                await report(counts)


async def numbers_of(pool: BrokerPool) -> Numbers:
    """A producer of this restore's own; the first broker asked may have none at hand at first."""
    ends = time.monotonic() + PATIENCE
    while True:
        given = await pool.anyone(wire.new_producer())
        if not given.error:
            return Numbers(given.number, given.epoch)
        if given.error not in CURABLE or time.monotonic() > ends:
            raise Failed(say(given.error, "the cluster", WRITE_ONCE).message)
        await asyncio.sleep(PAUSE)


async def _put(pool: BrokerPool, topic: str, batch: Packed) -> tuple[str, bool]:
    """Why a batch is not in the topic ("" = it is), and whether it may be there all the same."""
    ends, lost = time.monotonic() + PATIENCE, False
    tp = (topic, batch.partition)
    while True:
        try:
            seen = await pool.metadata([topic])
            leader = seen.leader(tp)
            if leader is None and topic in seen.topics:
                return f"{topic} has no partition {batch.partition}", lost
            why = f"{topic}-{batch.partition}: has no leader"
            if leader is None:  # a broker that was not told yet of a topic just made
                why = f"{topic}: not known to the broker that was asked"
            elif leader >= 0:
                question = wire.produce_batches({tp: batch.data}, REPLICAS_MS)
                before, lost = lost, True
                answer: Produced = (await pool.ask(leader, question))[tp]
                if answer.error in (NONE, DUPLICATE):
                    return "", False
                lost = before or answer.error in LEFT_OPEN  # a no does not unsay an earlier try
                why = say(answer.error, f"{topic}-{batch.partition}", WRITE).message
                if answer.error not in CURABLE:
                    return why, lost
        except AuthExpired as expired:
            return str(expired), lost
        except Failed as failure:
            why = str(failure)
        if time.monotonic() > ends:
            return why, lost
        await asyncio.sleep(PAUSE)
