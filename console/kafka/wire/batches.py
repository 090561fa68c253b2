"""Record batches as they lie on a broker's disk: taken apart, and put together again."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from cramjam import DecompressionError

UNREADABLE = (
    *(CorruptRecordException, UnsupportedCodecError, ValueError, RuntimeError),
    *(DecompressionError, zlib.error, gzip.BadGzipFile, EOFError),
)
"""What taking a batch apart raises: damaged, or compressed in a way that nothing here undoes."""
SEQUENCES = 1 << 31
"""Where a producer's count of records begins anew."""
PLAIN, GZIP = 0, 1
"""Codecs of a batch, as Kafka numbers them."""


class Writable(Protocol):
    """A record to be written."""

    @property
    def partition(self) -> int: ...
    @property
    def at(self) -> int | None: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes | None]]: ...


def batches(data: bytes) -> Iterator[Any]:
    """aiokafka's batches, whole ones only: the last one of an answer may be cut off."""
    read = MemoryRecords(data)
    while (batch := read.next_batch()) is not None:
        yield batch


def records(data: bytes) -> Iterator[Any]:
    """Every record, uncommitted ones too; Kafka's own marks of transactions are none.

    Raises CorruptRecordException, and for a codec that is missing UnsupportedCodecError.
    """
    for batch in batches(data):
        yield from inside(batch)


def inside(batch: Any) -> Iterator[Any]:
    """The records of one batch, as `records` has them."""
    if not batch.validate_crc():
        raise CorruptRecordException("a batch fails its checksum")
    if not batch.is_control_batch:
        yield from batch


def next_offset(data: bytes, position: int) -> int:
    """Where to read on after these batches: gaps and marks are stepped over with their batch."""
    for batch in batches(data):
        position = max(position, batch.next_offset)
    return position


def in_transactions(data: bytes) -> int:
    """How many of these batches were written in transactions: committed, open or aborted."""
    return sum(b.is_transactional and not b.is_control_batch for b in batches(data))


class Packed(NamedTuple):
    """One batch of one partition, as a leader takes it."""

    partition: int
    data: bytes
    records: int


class Numbers(NamedTuple):
    """By which a broker knows a batch that it has already."""

    producer: int
    epoch: int


def pack(records: Iterable[Writable], numbers: Numbers, most: int) -> Iterator[Packed]:
    """Batches of at most `most` bytes, in the records' own order; what is greater goes alone, gzip.

    Partition, time, key, value and headers stay; a record without a time gets the time of now.
    """
    sequences: Counter[int] = Counter()
    builder, partition, count = None, -1, 0
    for record in records:
        if builder is None or record.partition != partition or not _append(builder, count, record):
            if builder is not None:
                yield Packed(partition, bytes(builder.build()), count)
                sequences[partition] = (sequences[partition] + count) % SEQUENCES
            partition, count = record.partition, 0
            builder = _begun(record, (*numbers, sequences[partition], most))
        count += 1
    if builder is not None:
        yield Packed(partition, bytes(builder.build()), count)


def _begun(record: Writable, facts: tuple[int, int, int, int]) -> Any:
    """A batch with its first record, which is taken whatever its size."""
    *_, most = facts
    builder = DefaultRecordBatchBuilder(2, PLAIN, 0, *facts)
    _append(builder, 0, record)
    if builder.size() > most:
        builder = DefaultRecordBatchBuilder(2, GZIP, 0, *facts)
        _append(builder, 0, record)
    return builder


def _append(builder: Any, place: int, record: Writable) -> bool:
    at = builder.append(place, record.at, record.key, record.value, list(record.headers))
    return at is not None
