"""A mark is looked for batch by batch: what cannot be read hides no other, and proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.record.util import calc_crc32c

from console.kafka.backup import Record
from console.kafka.pool import BrokerPool
from console.kafka.wire.batches import Numbers, pack
from console.topics.tracing import TopicTrace

MARK = b"oncall-mark"
UNREAD = ["codec", "damaged"]
CODEC, CRC, BODY = 22, slice(17, 21), 21  # where they stand in a batch


def batch(value: bytes, offset: int, codec: int = 0) -> bytes:
    """One record at an offset; a codec of 7 is one that there is not."""
    record = Record(0, 0, 1_760_000_000_000, 0, None, value, ())
    (packed,) = pack([record], Numbers(1, 0), 900_000)
    data = bytearray(packed.data)
    data[0:8], data[CODEC] = offset.to_bytes(8, "big"), codec
    data[CRC] = calc_crc32c(memoryview(bytes(data[BODY:]))).to_bytes(4, "big")
    return bytes(data)


def damaged(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


class Leader:
    """One partition, whose two batches are answered at once."""

    def __init__(self, *data: bytes) -> None:
        self.data = list(data)

    async def metadata(self, _topics: Any) -> Any:
        return SimpleNamespace(leader=lambda _place: 0)

    async def ask(self, _leader: int, _question: Any) -> Any:
        answers: Iterator[bytes] = iter(self.data)
        self.data = []
        return {("crow", 0): SimpleNamespace(error=0, records=b"".join(answers), high=2, start=0)}


@pytest.mark.parametrize(
    "unread", [batch(b"old", 0, codec=7), damaged(batch(b"old", 0))], ids=UNREAD
)
async def test_our_record_behind_one_that_cannot_be_read_is_found(unread: bytes) -> None:
    trace = TopicTrace("crow", MARK, {0: 0})
    assert await trace.look(cast(BrokerPool, Leader(unread, batch(MARK, 1))))


@pytest.mark.parametrize("unread", [batch(MARK, 0, codec=7), damaged(batch(MARK, 0))], ids=UNREAD)
async def test_what_cannot_be_read_may_be_ours_and_is_never_said_not_to_be_there(
    unread: bytes,
) -> None:
    trace, leader = TopicTrace("crow", MARK, {0: 0}), Leader(unread, batch(b"other", 1))
    for _ in range(3):
        assert not await trace.look(cast(BrokerPool, leader))
        assert not trace.level and "cannot be read" in trace.why
    assert trace.at == {0: 2}


async def test_what_could_be_read_and_is_not_there_is_known() -> None:
    trace = TopicTrace("crow", MARK, {0: 0})
    assert not await trace.look(cast(BrokerPool, Leader(batch(b"a", 0), batch(b"b", 1))))
    assert trace.level and not trace.why
