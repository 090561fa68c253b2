"""The requests that change something in Kafka. Only remedies send them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.protocol import admin, commit, produce, transaction

from console.kafka.values import Deleted, Produced, Producer, Tp
from console.kafka.wire.connection import Question
from console.kafka.wire.reading import by_topic

ALL_IN_SYNC = -1  # acks
NOT_A_MEMBER = (-1, "")  # generation and member id of who commits for an Empty group
AS_CONFIGURED = -1  # how long the broker keeps a committed offset
NO_TRANSACTION = (None, 60_000)


def delete_records(offsets: Mapping[Tp, int], timeout_ms: int) -> Question[Mapping[Tp, Deleted]]:
    """Delete what lies before these offsets, asked of the leader; -1 is refused.

    -1 would mean "all there is by then", and so records that nobody has seen.
    """
    if any(at < 0 for at in offsets.values()):
        raise ValueError(f"records are deleted up to an offset that was seen, not to {offsets}")
    named = by_topic((tp, (tp[1], at)) for tp, at in offsets.items())
    flexible: list[Any] = [(topic, [(*each, {}) for each in found], {}) for topic, found in named]
    newer = admin.DeleteRecordsRequest_v2(flexible, timeout_ms, {})
    return Question((newer, admin.DeleteRecordsRequest_v1(named, timeout_ms)), _deleted)


async def _deleted(answer: dict[str, Any]) -> Mapping[Tp, Deleted]:
    found = {}
    for topic, partitions, *_ in answer["topics"]:
        for index, low, error, *_ in partitions:
            found[topic, index] = Deleted(error, low)
    return found


def commit_offsets(group: str, offsets: Mapping[Tp, int]) -> Question[Mapping[Tp, int]]:
    """Set the offsets of an Empty group, asked of its coordinator: Kafka's code per partition.

    A group with members answers 25 (UNKNOWN_MEMBER_ID).
    """
    named = by_topic((tp, (tp[1], at, "")) for tp, at in offsets.items())
    struct = commit.OffsetCommitRequest_v3(group, *NOT_A_MEMBER, AS_CONFIGURED, named)
    return Question((struct,), _codes, repeats=False)


async def _codes(answer: dict[str, Any]) -> Mapping[Tp, int]:
    return {(topic, p): error for topic, found in answer["topics"] for p, error in found}


def new_producer() -> Question[Producer]:
    """A number by which brokers know a batch that is sent twice (KIP-98); any broker gives one."""
    return Question((transaction.InitProducerIdRequest_v0(*NO_TRANSACTION),), _producer)


async def _producer(answer: dict[str, Any]) -> Producer:
    return Producer(answer["error_code"], answer["producer_id"], answer["producer_epoch"])


def produce_batches(
    batches: Mapping[Tp, bytes], timeout_ms: int
) -> Question[Mapping[Tp, Produced]]:
    """One batch to each partition, asked of its leader; answered when all in sync have it.

    Who asks again after a lost answer: a batch that bears a producer's number is kept once.
    """
    named = by_topic((tp, (tp[1], batch)) for tp, batch in batches.items())
    struct = produce.ProduceRequest_v7(None, ALL_IN_SYNC, timeout_ms, named)
    return Question((struct,), _produced, repeats=False)


async def _produced(answer: dict[str, Any]) -> Mapping[Tp, Produced]:
    found = {}
    for topic, partitions in answer["topics"]:
        for index, error, base, _at, _start in partitions:
            found[topic, index] = Produced(error, base)
    return found
