"""The questions before and during an act: configurations, sizes, times, records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka.protocol import admin, fetch, offset

from console.kafka.codes import DESCRIBE_CONFIGS, Fault, say
from console.kafka.pace import paced
from console.kafka.values import Fetched, Stamped, Stamps, Tp
from console.kafka.wire.connection import Question
from console.kafka.wire.structs import DescribeLogDirsRequest_v2, ListOffsetsRequest_v7

NEWEST = -3
"""In place of a time: the record with the greatest time (KIP-734)."""
TOPIC = 2  # a resource's type
MB = 1 << 20
NO_SESSION = (0, -1)  # a fetch that stands alone (KIP-227)

Configs = Mapping[str, Mapping[str, str] | Fault]
"""Topic → its whole configuration, defaults included, or why it is not told."""


def describe_configs(topics: Sequence[str]) -> Question[Configs]:
    """The topics' configurations, defaults included; a value that is secret is left out."""
    asked = [(TOPIC, topic, None) for topic in topics]
    return Question((admin.DescribeConfigsRequest_v2(asked, False),), _configs)


async def _configs(answer: dict[str, Any]) -> Configs:
    found: dict[str, Mapping[str, str] | Fault] = {}
    for error, _message, _kind, topic, entries in answer["resources"]:
        if error:
            found[topic] = say(error, f"topic {topic}", DESCRIBE_CONFIGS)
        else:
            found[topic] = {name: value for name, value, *_ in entries if value is not None}
    return found


def log_dirs(partitions: Iterable[Tp]) -> Question[Mapping[Tp, int]]:
    """Bytes on the asked broker's disks; a partition that is not there is left out.

    Needs the right to describe the cluster: without it the answer is empty.
    """
    asked: list[Any] = [
        (topic, indexes, {}) for topic, indexes in by_topic((tp, tp[1]) for tp in partitions)
    ]
    return Question((DescribeLogDirsRequest_v2(asked, {}),), _sizes)


async def _sizes(answer: dict[str, Any]) -> Mapping[Tp, int]:
    found: dict[Tp, int] = {}
    for error, _directory, topics, _tags in answer["results"]:
        for topic, partitions, _ in () if error else topics:
            for index, size, _lag, future, _ in partitions:
                if not future:  # a copy under way to another disk
                    found[topic, index] = size
    return found


def list_times(partitions: Iterable[Tp], when: int = NEWEST) -> Question[Stamps]:
    """The first record at or after a time (ms since 1970), or the NEWEST, with its own time.

    A broker before 3.0 knows no NEWEST: IncompatibleBrokerVersion, as for all it lacks.
    """
    named = by_topic((tp, (tp[1], when)) for tp in partitions)
    flexible: list[Any] = [(t, [(p, -1, at, {}) for p, at in found], {}) for t, found in named]
    newer = ListOffsetsRequest_v7(-1, 0, flexible, {})
    older = () if when == NEWEST else (offset.OffsetRequest_v3(-1, 0, named),)
    return Question((newer, *older), _stamps)


async def _stamps(answer: dict[str, Any]) -> Stamps:
    found: dict[Tp, Stamped] = {}
    errors: dict[Tp, int] = {}
    for topic, partitions, *_ in answer["topics"]:
        for index, error, at, where, *_ in partitions:
            if error:
                errors[topic, index] = error
            elif where >= 0:  # -1 = no such record
                found[topic, index] = Stamped(where, at)
    return Stamps(found, errors)


def fetch_records(
    offsets: Mapping[Tp, int], each: int = MB, whole: int = 4 * MB, wait_ms: int = 500
) -> Question[Mapping[Tp, Fetched]]:
    """Records as the leader keeps them, from these offsets on, uncommitted ones included.

    At most `each` bytes of a partition and `whole` of all; the first batch comes whole (KIP-74).
    """
    asked = by_topic((tp, (tp[1], -1, at, -1, each)) for tp, at in offsets.items())
    struct = fetch.FetchRequest_v11(-1, wait_ms, 1, whole, 0, *NO_SESSION, asked, [], "")
    return Question((struct,), _fetched)


async def _fetched(answer: dict[str, Any]) -> Mapping[Tp, Fetched]:
    if error := answer["error_code"]:
        raise ValueError(f"a fetch without a session is answered with error {error}")
    found = {}
    async for topic, partitions in paced(answer["topics"]):
        for index, error, high, _stable, start, _aborted, _replica, records in partitions:
            found[topic, index] = Fetched(error, high, start, records or b"")
    return found


def by_topic(entries: Iterable[tuple[Tp, Any]]) -> list[tuple[str, list[Any]]]:
    """What is asked of each partition, gathered under its topic as Kafka wants it."""
    found: dict[str, list[Any]] = {}
    for (topic, _), entry in entries:
        found.setdefault(topic, []).append(entry)
    return list(found.items())
