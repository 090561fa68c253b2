"""How much compressed batches hold: found out within a bound, before anything takes them apart."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import unpack_from
from typing import Any, NamedTuple

import cramjam
from cramjam import DecompressionError

MOST = 16 << 20
"""Bytes of one batch; kilobytes on the wire may be gigabytes in memory."""
XERIAL = b"\x82SNAPPY\0"
GZIPPED, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4


class TooGreat(ValueError):
    """A batch that nobody should unpack; says so."""


class _Raw(NamedTuple):
    magic: int
    codec: int
    packed: memoryview


def bounded(data: bytes, most: int = MOST) -> None:
    """Raises TooGreat where a batch unpacks to more. For a thread; damage is for others to say."""
    room = bytearray()
    for raw in _raw(memoryview(data)):
        if not raw.codec:
            continue
        if raw.magic < 2:
            raise TooGreat("it is compressed as it was before Kafka 0.11")
        room = room or bytearray(most)
        try:
            fits = _fits(raw, room)
        except (zlib.error, DecompressionError) as error:
            fits = "buffer" not in str(error)  # else damaged: who takes it apart says how
        if not fits:
            raise TooGreat(f"it unpacks to more than {most >> 20} MB")


def _raw(data: memoryview) -> Iterator[_Raw]:
    at = 0
    while at + 18 <= len(data):
        end = at + 12 + int(unpack_from("!i", data, at + 8)[0])
        magic = data[at + 16]
        if end > len(data) or end < at + 18:
            return  # cut off, as the last one may be
        codec = data[at + (22 if magic >= 2 else 17)] & 7 if end > at + 22 else 0
        yield _Raw(magic, codec, data[min(at + 61, end) : end])
        at = end


def _fits(raw: _Raw, room: bytearray) -> bool:
    if raw.codec == GZIPPED:
        return _gzip(raw.packed.tobytes(), len(room)) <= len(room)
    if raw.codec == SNAPPY:
        return sum(_snappy(raw.packed.tobytes())) <= len(room)
    unpack: Any = {LZ4: cramjam.lz4, ZSTD: cramjam.zstd}.get(raw.codec)
    return unpack is None or unpack.decompress_into(raw.packed.tobytes(), room) <= len(room)


def _gzip(packed: bytes, most: int) -> int:
    """Bytes of all its members, counted a little beyond `most`."""
    size = 0
    while packed and size <= most:
        member = zlib.decompressobj(wbits=31)
        size += len(member.decompress(packed, most + 1))
        packed = member.unused_data
    return size


def _snappy(packed: bytes) -> Iterator[int]:
    """What each block says that it holds; it cannot hold more."""
    if not packed.startswith(XERIAL):
        yield cramjam.snappy.decompress_raw_len(packed)
        return
    at = 16
    while at + 4 <= len(packed):
        end = at + 4 + max(int(unpack_from("!i", packed, at)[0]), 0)
        yield cramjam.snappy.decompress_raw_len(packed[at + 4 : end])
        at = end
