"""Record batches as they lie on a broker's disk: taken apart, and put together again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.memory_records import MemoryRecords

UNREADABLE = (CorruptRecordException, UnsupportedCodecError, ValueError, RuntimeError)
"""What taking a batch apart raises: damaged, or compressed in a way that nothing here undoes."""


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
        if not batch.validate_crc():
            raise CorruptRecordException("a batch fails its checksum")
        if not batch.is_control_batch:
            yield from batch


def next_offset(data: bytes, position: int) -> int:
    """Where to read on after these batches: gaps and marks are stepped over with their batch."""
    for batch in batches(data):
        position = max(position, batch.next_offset)
    return position
