"""What the stand-in lets be changed, and what is asked before: configuration and sizes."""

from __future__ import annotations

import math
from itertools import count
from typing import Any

from aiokafka.record.memory_records import MemoryRecords

from console.lab.kafka.answers import HEALTHY, NONE, Facts, Seat, group_error, leader_log
from console.lab.kafka.cluster import OFFSETS_TOPIC, Group, Log

TOPIC = 2  # the kind of resource
BEYOND, UNKNOWN_TOPIC, LATE, TOO_LARGE, INTERNAL = 1, 3, 7, 10, 17
ILLEGAL_GENERATION, UNKNOWN_MEMBER, FORBIDDEN, POLICY = 22, 25, 29, 44
HIGH_WATERMARK, PRODUCERS = -1, count(1)
ROOM = 1_048_588  # bytes of a batch, where a topic's own limit is not set
RECORD_BYTES = 100
"""What a record is taken to weigh."""


def describe_configs(at: Seat, request: Any) -> Facts:
    """A topic's configuration, as far as it was set."""

    def one(asked: Any) -> Facts:
        topic = at.cluster.topics.get(asked.resource_name)
        told = {"read_only": False, "config_source": 1, "is_sensitive": False, "synonyms": ()}
        return {
            "error_code": NONE if topic or asked.resource_type != TOPIC else 3,
            "error_message": None,
            "resource_type": asked.resource_type,
            "resource_name": asked.resource_name,
            "configs": [
                told | {"name": name, "value": value, "documentation": None}
                for name, value in (topic.configs if topic else {}).items()
                if not asked.configuration_keys or name in asked.configuration_keys
            ],
        }

    return HEALTHY | {"results": [one(asked) for asked in request.resources]}


def produce(at: Seat, request: Any) -> Facts:
    """Take the batches of a client, each once."""

    def one(topic: str, asked: Any) -> Facts:
        log = leader_log(at, topic, asked.index)
        told = {"index": asked.index, "log_append_time": None}
        if isinstance(log, int):
            return told | {"error_code": log, "base_offset": -1}
        data = bytes(asked.records or b"")
        if len(data) > int(at.cluster.topics[topic].configs.get("max.message.bytes", ROOM)):
            return told | {"error_code": TOO_LARGE, "base_offset": -1}
        base = _taken(log, data)
        return told | {"error_code": NONE, "base_offset": base, "log_start_offset": int(log.start)}

    return HEALTHY | {
        "responses": [
            {"name": t.name, "partition_responses": [one(t.name, p) for p in t.partition_data]}
            for t in request.topic_data
        ]
    }


def _taken(log: Log, data: bytes) -> int:
    """The offset of the first record; they come after all that was made up so far."""
    batches, base = MemoryRecords(data), -1
    while (batch := batches.next_batch()) is not None:
        sent = batch.producer_id, batch.producer_epoch, batch.base_sequence
        if (known := log.taken.get(sent)) is not None and batch.producer_id >= 0:
            base = known
            continue
        base = log.taken[sent] = math.ceil(log.end)
        log.written |= dict(enumerate(batch, base))
        log.end = float(base + batch.next_offset - batch.base_offset)
    return base


def init_producer_id(at: Seat, request: Any) -> Facts:
    """A number that no other producer has."""
    return HEALTHY | {"error_code": NONE, "producer_id": next(PRODUCERS), "producer_epoch": 0}


def delete_records(at: Seat, request: Any) -> Facts:
    """Move the starts of partitions that the asked broker leads."""
    return HEALTHY | {
        "topics": [
            {
                "name": topic.name,
                "partitions": [_deleted(at, topic.name, p) for p in topic.partitions],
            }
            for topic in request.topics
        ]
    }


def _deleted(at: Seat, topic: str, asked: Any) -> Facts:
    index, fault = asked.partition_index, at.cluster.faults.deletes.get(topic, "")
    error, offset = _deletable(at, topic, index, asked.offset)
    if error:
        return {"partition_index": index, "low_watermark": -1, "error_code": error}
    log = at.cluster.log(topic, index)
    if fault != "nothing":
        log.start = max(log.start, float(offset))
    told = max(int(log.start), offset)
    late = LATE if fault == "late" else NONE
    return {"partition_index": index, "low_watermark": told, "error_code": late}


def _deletable(at: Seat, topic: str, index: int, offset: int) -> tuple[int, int]:
    """Kafka's code, and up to which offset the deletion goes."""
    if topic in at.cluster.faults.undeletable:
        return FORBIDDEN, -1
    if topic == OFFSETS_TOPIC:
        return INTERNAL, -1
    log = leader_log(at, topic, index)
    if isinstance(log, int):
        return log, -1
    if "delete" not in at.cluster.topics[topic].configs["cleanup.policy"]:
        return POLICY, -1
    end = int(log.end)
    wanted = end if offset == HIGH_WATERMARK else offset
    return (NONE, wanted) if 0 <= wanted <= end else (BEYOND, -1)


def offset_commit(at: Seat, request: Any) -> Facts:
    """Set the offsets of a group without members; nobody else's: they commit their own."""
    name = request.group_id
    error = group_error(at, name) or _uncommittable(at, request)
    if not error:
        at.cluster.groups.setdefault(name, Group())
        at.cluster.read_on(name, now=True)

    def one(topic: str, asked: Any) -> Facts:
        index, code = asked.partition_index, error
        if not code:
            try:
                at.cluster.log(topic, index)
            except KeyError:
                code = UNKNOWN_TOPIC
            else:
                at.cluster.groups[name].committed[topic, index] = float(asked.committed_offset)
        return {"partition_index": index, "error_code": code}

    return HEALTHY | {
        "topics": [
            {"name": topic.name, "partitions": [one(topic.name, p) for p in topic.partitions]}
            for topic in request.topics
        ]
    }


def _uncommittable(at: Seat, request: Any) -> int:
    """A commit from outside has no generation and no member."""
    group = at.cluster.groups.get(request.group_id)
    if request.generation_id_or_member_epoch >= 0:
        return UNKNOWN_MEMBER if group else ILLEGAL_GENERATION
    return UNKNOWN_MEMBER if group and group.members else NONE


def describe_log_dirs(at: Seat, request: Any) -> Facts:
    """What the replicas on the asked broker weigh, all in one directory."""
    asked = request.topics
    names = sorted(at.cluster.topics) if asked is None else [topic.topic for topic in asked]
    wanted = {} if asked is None else {topic.topic: set(topic.partitions) for topic in asked}
    held = []
    for name in names:
        topic = at.cluster.grow(name) if name in at.cluster.topics else None
        partitions = [
            {
                "partition_index": index,
                "partition_size": (int(log.end) - int(log.start)) * RECORD_BYTES,
                "offset_lag": 0,
                "is_future_key": False,
            }
            for index, log in enumerate(topic.logs if topic else ())
            if at.broker in log.replicas and (asked is None or index in wanted[name])
        ]
        if partitions:
            held.append({"name": name, "partitions": partitions})
    where = {"error_code": NONE, "log_dir": f"/kafka/{at.broker}", "topics": held}
    return HEALTHY | {"results": [where]}
