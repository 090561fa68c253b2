"""Feeds the process that writes backups, without a broker and without the process."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from console.kafka.backup.lines import Record
from console.kafka.backup.scribe import END, FRAME, write

TOPIC, PLAIN = "crow.save", 0
AT = 1_700_000_000_000
ATTRIBUTES, CRC, CRC_FROM = 21, 17, 21  # where they stand in a batch of magic 2
CONTROL = 0x20


def batch(base: int, records: Iterable[Record], codec: int = PLAIN) -> bytes:
    """A batch as a leader keeps it; `base` is the offset of its first record."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 24)
    for record in records:
        builder.append(
            record.offset - base, record.at, record.key, record.value, list(record.headers)
        )
    return at_offset(builder.build(), base)


def at_offset(packed: bytes | bytearray, base: int) -> bytes:
    data = bytearray(packed)
    struct.pack_into(">q", data, 0, base)  # the base offset is outside the checksum
    return bytes(data)


def marked(packed: bytes, attributes: int) -> bytes:
    """The same batch with other attributes (codec, control, time) and the right checksum."""
    data = bytearray(packed)
    struct.pack_into(">h", data, ATTRIBUTES, attributes)
    struct.pack_into(">I", data, CRC, calc_crc32c(bytes(data[CRC_FROM:])))
    return bytes(data)


def plain(offset: int, partition: int = 0, size: int = 10) -> Record:
    return Record(partition, offset, AT + offset, 0, None, b"%d-" % offset + b"x" * size)


def order(path: Path, spans: Mapping[int, tuple[int, int]]) -> dict[str, Any]:
    frozen = {str(index): list(span) for index, span in spans.items()}
    header = {"cluster": "prod", "topic": TOPIC, "frozen": frozen, "configs": {}}
    return {"path": str(path), "header": header}


def frames(*given: tuple[int, bytes], end: bool = True) -> io.BytesIO:
    told = b"".join(FRAME.pack(index, len(data)) + data for index, data in given)
    return io.BytesIO(told + (FRAME.pack(END, 0) if end else b""))


def written(
    path: Path, spans: Mapping[int, tuple[int, int]], *given: tuple[int, bytes], end: bool = True
) -> dict[str, Any]:
    """What the scribe makes of these batches; raises as it does."""
    return write(order(path, spans), frames(*given, end=end))


def names(directory: Path) -> list[str]:
    """What lies there."""
    return sorted(path.name for path in directory.iterdir())
