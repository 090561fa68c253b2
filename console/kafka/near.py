"""Records near an offset, read as anybody may: no group is joined and nothing is committed."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from console.kafka import wire
from console.kafka.codes import READ, UNKNOWN_TOPIC, say
from console.kafka.ends import ask_offsets
from console.kafka.values import Fetched, Tp
from console.kafka.wire.batches import UNREADABLE, next_offset, records
from console.kafka.wire.unpacked import bounded
from console.poll import Failed, in_thread

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool

EACH = 256 << 10  # bytes asked at once; the first batch comes whole, however great (KIP-74)
MOST = 4 << 20  # bytes read for one look
ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """One record as it is shown: all but its value, of which only the size is kept."""

    offset: int
    at: int | None
    """ms since 1970."""
    key: bytes | None
    size: int | None
    """Bytes of the value; None: there is none (a tombstone)."""
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass(slots=True)
class Span:
    """What was read of one partition from an offset on."""

    start: int
    """The oldest offset that is left."""
    high: int = 0
    """High watermark: where the next record will stand."""
    seen: list[Seen] = field(default_factory=list)
    at: int = 0
    """Where reading ended."""
    why: str = ""
    """Why it ended before what was wanted, in a sentence."""


async def span(pool: BrokerPool, tp: Tp, begin: int | None, most: int, back: int = 0) -> Span:
    """Up to `most` records from `begin` on (None: the end), after `back` offsets before it.

    Raises Failed; a batch that nobody can take apart ends it with its reason instead.
    """
    leader, start, high = await _where(pool, tp)
    at = max(min((high if begin is None else begin) - back, high), start)
    found, size = Span(start, high, at=at), 0
    for _ in range(ROUNDS):
        answer = await _fetch(pool, leader, tp, found.at)
        found.high = answer.high
        if not answer.records:
            return found
        size += len(answer.records)
        new, found.at, found.why = await in_thread(
            _taken, answer.records, found.at, most - len(found.seen)
        )
        found.seen += new
        if found.why or len(found.seen) >= most or found.at >= found.high:
            return found
        if size >= MOST:
            break
    found.why = f"more than {MOST >> 20} MB lie here: the rest was not read"
    return found


async def value(pool: BrokerPool, tp: Tp, offset: int) -> bytes | None:
    """The value of one record. Raises Failed; also when it is gone meanwhile."""
    leader, _, _ = await _where(pool, tp)
    answer = await _fetch(pool, leader, tp, offset)
    found, held = await in_thread(_value, answer.records, offset)
    if not found:
        raise Failed(f"offset {offset:,} of {tp[0]}-{tp[1]} is gone")
    return held


async def _where(pool: BrokerPool, tp: Tp) -> tuple[int, int, int]:
    """Leader, oldest offset and end of a partition."""
    metadata = await pool.metadata([tp[0]])
    leader = metadata.leader(tp)
    if leader is None:
        raise Failed(say(UNKNOWN_TOPIC, f"{tp[0]}-{tp[1]}").message)
    if leader < 0:
        raise Failed(f"{tp[0]}-{tp[1]} has no leader: nobody gives its records")
    edges = []
    for which in (wire.EARLIEST, wire.LATEST):
        offsets, faults = await ask_offsets(pool, [tp], metadata, which)
        if tp in faults:
            raise Failed(faults[tp].message)
        edges.append(offsets[tp])
    return leader, edges[0], edges[1]


async def _fetch(pool: BrokerPool, leader: int, tp: Tp, at: int) -> Fetched:
    answer = await pool.ask(leader, wire.fetch_records({tp: at}, EACH, EACH, wait_ms=100))
    fetched = answer.get(tp)
    if fetched is None:
        raise Failed(f"{tp[0]}-{tp[1]}: its leader says nothing of it")
    if fetched.error:
        raise Failed(say(fetched.error, f"{tp[0]}-{tp[1]}", READ).message)
    return fetched


def _taken(data: bytes, at: int, most: int) -> tuple[list[Seen], int, str]:
    """For a thread. A compressed batch is taken apart record by record, and no value is kept."""
    found: list[Seen] = []
    try:
        bounded(data)
        for record in islice((one for one in records(data) if one.offset >= at), most):
            found.append(_seen(record))
    except UNREADABLE as error:
        first = found[-1].offset + 1 if found else at
        return found, first, f"from offset {first:,} on it cannot be taken apart: {error}"
    end = found[-1].offset + 1 if len(found) == most else next_offset(data, at)
    return found, end, "" if end > at else "a batch that is greater than what is read at once"


def _seen(record: Any) -> Seen:
    held = record.value
    size = None if held is None else len(held)
    return Seen(record.offset, record.timestamp, record.key, size, tuple(record.headers))


def _value(data: bytes, offset: int) -> tuple[bool, bytes | None]:
    """For a thread: whether it is there, and what it holds."""
    try:
        bounded(data)
        for record in records(data):
            if record.offset == offset:
                return True, record.value
    except UNREADABLE as error:
        raise Failed(f"offset {offset:,} cannot be taken apart: {error}") from None
    return False, None
