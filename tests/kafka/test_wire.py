"""Answers are decoded in slices, so that no answer holds the event loop for longer than a frame."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import pytest
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol.admin import ListGroupsResponse_v1
from aiokafka.protocol.commit import OffsetFetchResponse_v3
from aiokafka.protocol.metadata import MetadataResponse_v5
from aiokafka.protocol.offset import OffsetResponse_v3

from console.kafka import wire
from console.kafka.values import Metadata

TOPICS, PARTITIONS = 60, 100  # 6,000 partitions
NEWEST = {3: (0, 12), 9: (0, 9), 2: (0, 9), 10: (0, 6), 15: (0, 5), 16: (0, 5)}
METADATA = MetadataResponse_v5(
    0,
    [(1, "b-1", 9092, None)],
    "cluster",
    1,
    [
        (0, f"t{t}", False, [(0, p, 1, [1, 2, 3], [1, 2, 3], []) for p in range(PARTITIONS)])
        for t in range(TOPICS)
    ],
)
OFFSETS = OffsetResponse_v3(
    0, [(f"t{t}", [(p, 0, -1, 7) for p in range(PARTITIONS)]) for t in range(TOPICS)]
)
COMMITTED = OffsetFetchResponse_v3(
    0, [(f"t{t}", [(p, 7, "", 0) for p in range(PARTITIONS)]) for t in range(TOPICS)], 0
)


async def read(question: wire.Question[Any], answer: bytes) -> tuple[Any, int]:
    """The answer's value, and how often others had the event loop meanwhile."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    watching = asyncio.create_task(others())
    struct = question.prepare(NEWEST)
    value = await question.value(await struct.RESPONSE_TYPE.decode(BytesIO(answer)).fields())
    watching.cancel()
    return value, turns


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (wire.all_metadata(), METADATA),
        (wire.list_offsets([("t0", 0)], wire.LATEST), OFFSETS),
        (wire.committed("g"), COMMITTED),
    ],
    ids=["metadata", "ends", "committed"],
)
async def test_six_thousand_partitions_are_read_in_slices(
    question: wire.Question[Any], answer: Any
) -> None:
    value, turns = await read(question, answer.encode())
    assert turns >= TOPICS * PARTITIONS // 2000
    if isinstance(value, Metadata):
        assert sum(map(len, value.topics.values())) == TOPICS * PARTITIONS
        assert value.leader(("t59", 99)) == 1
        assert value.leader(("t59", 100)) is None
    else:
        assert len(value.offsets) == TOPICS * PARTITIONS
        assert set(value.offsets.values()) == {7}


async def test_a_groups_error_stands_at_the_top_of_the_answer() -> None:
    value, _ = await read(wire.committed("g"), OffsetFetchResponse_v3(0, None, 16).encode())
    assert (value.error, value.offsets) == (16, {})


async def test_an_older_broker_is_asked_for_groups_without_their_state() -> None:
    question = wire.list_groups()
    struct = question.prepare({16: (0, 2)})
    answer = ListGroupsResponse_v1(0, 0, [("datajs", "consumer")]).encode()
    value = await question.value(await struct.RESPONSE_TYPE.decode(BytesIO(answer)).fields())
    assert value.groups == {"datajs": ""}


async def test_what_a_broker_does_not_offer_is_not_sent() -> None:
    with pytest.raises(IncompatibleBrokerVersion):
        wire.all_metadata().prepare({3: (0, 4)})
    assert wire.lacking({**NEWEST, 3: (0, 4)}) == ["MetadataRequest v5"]
    assert wire.lacking(NEWEST) == []


async def test_an_answer_that_is_cut_off_is_nonsense_and_not_half_the_truth() -> None:
    with pytest.raises(ValueError, match=r"underrun|convert"):
        await read(wire.all_metadata(), METADATA.encode()[:-3])


def test_a_partition_is_never_asked_twice_in_one_request() -> None:
    (struct,) = wire.list_offsets([("a", 0), ("a", 1), ("b", 0)], wire.LATEST).structs
    assert struct.topics == [("a", [(0, -1), (1, -1)]), ("b", [(0, -1)])]


@pytest.mark.parametrize("kafka", ["3.6", "4.0"])
def test_what_acts_on_a_topic_is_offered_by_every_kafka_that_msk_runs(kafka: str) -> None:
    # kafka-clients' ApiKeys: 4.0 took the oldest versions away (KIP-896)
    of_3_6 = {0: (0, 9), 1: (0, 15), 8: (0, 8), 21: (0, 2), 22: (0, 4), 32: (0, 4), 35: (0, 4)}
    of_4_0 = {0: (0, 12), 1: (4, 17), 8: (2, 9), 21: (0, 2), 22: (0, 5), 32: (1, 4), 35: (1, 4)}
    offered = of_3_6 if kafka == "3.6" else of_4_0
    assert wire.lacking_to_act(offered) == []
    assert wire.lacking_to_act({**offered, 0: (8, 12)}) == ["ProduceRequest v7"]
