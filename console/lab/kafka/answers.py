"""What the stand-in answers to each request, as plain facts for the schemas of any version.

A fact that a version's schema does not know is left out when the answer is built, so one answer
serves them all: the old fields and the new ones stand side by side.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from functools import cache
from typing import Any, get_args

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from kio.schema.errors import ErrorCode

from console.lab.kafka import POISON
from console.lab.kafka.cluster import OFFSETS_TOPIC, Cluster, Group, Log

Facts = dict[str, Any]
NONE, HOST = 0, "127.0.0.1"
FETCH_RECORDS, EMPTY_FETCH_SECONDS = 500, 0.1
LOADING, NEWEST = 14, -3
READ, WRITE, DELETE, DESCRIBE, DESCRIBE_CONFIGS = 3, 4, 6, 8, 10
"""What may be done with a topic; an answer has a bit for each."""
HEALTHY = {"throttle_time": timedelta(0), "error_code": NONE, "error_message": None}


@dataclass(frozen=True, slots=True)
class Seat:
    """Who is asked: one broker of the cluster, and everybody's ports."""

    cluster: Cluster
    ports: dict[int, int]
    broker: int


def build(schema: Any, facts: Facts) -> Any:
    """A kio message from plain facts; numbers become error codes, lists nested messages."""
    given = {}
    for name, made_of in _shape(schema):
        if name in facts:
            value = facts[name]
            if made_of is ErrorCode:
                value = ErrorCode(value)
            elif isinstance(value, list):
                value = tuple(build(made_of, each) if made_of else each for each in value)
            given[name] = value
    return schema(**given)


@cache
def _shape(schema: Any) -> list[tuple[str, Any]]:
    """Each field of a message, and the nested message (or error) that its value is made of."""
    shape = []
    for known in fields(schema):
        types = [known.type, *get_args(known.type)]
        types += [inner for each in types for inner in get_args(each)]
        made_of = [each for each in types if is_dataclass(each) or each is ErrorCode]
        shape.append((known.name, made_of[0] if made_of else None))
    return shape


def metadata(at: Seat, request: Any) -> Facts:
    """Brokers that are up, and leaders and replicas of the topics asked for (None: all)."""
    up, asked = sorted(at.cluster.up), request.topics
    names = sorted(at.cluster.topics) if asked is None else [topic.name for topic in asked]
    return HEALTHY | {
        "brokers": [{"node_id": b, "host": HOST, "port": at.ports[b]} for b in up],
        "cluster_id": "stand-in",
        "controller_id": up[0],
        "topics": [_topic(at.cluster, name) | _rights(at.cluster, name, request) for name in names],
    }


def _topic(cluster: Cluster, name: str) -> Facts:
    topic = cluster.topics.get(name)
    return {
        "error_code": NONE if topic else 3,
        "name": name,
        "topic_id": topic.id if topic else None,
        "is_internal": name == OFFSETS_TOPIC,
        "partitions": [
            {
                "error_code": NONE if log.leader > 0 else 5,
                "partition_index": index,
                "leader_id": log.leader,
                "replica_nodes": log.replicas,
                "isr_nodes": log.isr,
                "offline_replicas": [b for b in log.replicas if b not in cluster.up],
            }
            for index, log in enumerate(topic.logs if topic else ())
        ],
    }


def _rights(cluster: Cluster, name: str, request: Any) -> Facts:
    """What the asking client may do, where it wants to know."""
    if not getattr(request, "include_topic_authorized_operations", False):
        return {}
    may = {READ, WRITE, DELETE, DESCRIBE, DESCRIBE_CONFIGS}
    may -= {DELETE} if name in cluster.faults.undeletable else set()
    return {"topic_authorized_operations": sum(1 << one for one in may)}


def find_coordinator(at: Seat, request: Any) -> Facts:
    """Who coordinates a group: the leader of the partition its name hashes to."""
    found = []
    for key in getattr(request, "coordinator_keys", None) or (request.key,):
        leader = at.cluster.coordinator(key)[1]
        error = NONE if leader > 0 else 15
        where = {"node_id": leader, "host": HOST, "port": at.ports.get(leader, -1)}
        found.append(where | {"key": key, "error_code": error, "error_message": None})
    return HEALTHY | found[0] | {"coordinators": found}


def group_error(at: Seat, group: str) -> int:
    """Kafka's code where the asked broker cannot speak for a group."""
    partition, leader = at.cluster.coordinator(group)
    if at.cluster.faults.group.get(group):
        return at.cluster.faults.group[group]
    return 16 if leader != at.broker or partition in at.cluster.faults.coordinators else NONE


def offset_fetch(at: Seat, request: Any) -> Facts:
    """Committed offsets, -1 where none; a group's error stands at the top and hides them."""
    groups = []
    for asked in getattr(request, "groups", None) or (request,):
        error = group_error(at, asked.group_id)
        known = asked.group_id in at.cluster.groups
        committed = at.cluster.read_on(asked.group_id).committed if known else {}
        wanted = committed if asked.topics is None else _named(asked.topics, "partition_indexes")
        by_topic: dict[str, list[Facts]] = {}
        for name, partition in wanted if not error else ():
            offset = int(committed.get((name, partition), -1))
            facts = {"partition_index": partition, "committed_offset": offset}
            by_topic.setdefault(name, []).append(facts | {"metadata": "", "error_code": NONE})
        topics = [{"name": name, "partitions": each} for name, each in by_topic.items()]
        groups.append({"group_id": asked.group_id, "topics": topics, "error_code": error})
    return HEALTHY | groups[0] | {"groups": groups}


def _named(topics: Any, partitions: str) -> list[tuple[str, int]]:
    return [(topic.name, p) for topic in topics for p in getattr(topic, partitions)]


def leader_log(at: Seat, topic: str, partition: int) -> Log | int:
    """A partition that the asked broker leads, else Kafka's error code."""
    if fault := at.cluster.faults.partition.get((topic, partition)):
        return fault
    try:
        log = at.cluster.log(topic, partition)
    except KeyError:
        return 3
    at.cluster.grow(topic)
    return log if log.leader == at.broker else 6


def list_offsets(at: Seat, request: Any) -> Facts:
    """Ends (-1), starts (-2), the newest record (-3), or the first record at or after a time."""

    def one(topic: str, asked: Any) -> Facts:
        index, when = asked.partition_index, int(asked.timestamp)
        log = leader_log(at, topic, index)
        if isinstance(log, int):
            return {"partition_index": index, "error_code": log}
        told, stamp = {-1: int(log.end), -2: int(log.start)}.get(when), -1
        if told is None:
            known, of = range(int(log.start), int(log.end)), at.cluster.topics[topic]
            place = bisect_left(known, when / 1000, key=lambda o: of.time_of(log, o))
            if when == NEWEST:
                place = len(known) - 1 if known else 0
            told = known[place] if place < len(known) else -1
            stamp = int(of.time_of(log, told) * 1000) if told >= 0 else -1
        facts = {"offset": told, "timestamp": stamp}
        return facts | {"partition_index": index, "error_code": NONE}

    return HEALTHY | {
        "topics": [
            {"name": topic.name, "partitions": [one(topic.name, p) for p in topic.partitions]}
            for topic in request.topics
        ]
    }


def list_groups(at: Seat, request: Any) -> Facts:
    """The groups this broker coordinates and could load."""
    states = getattr(request, "states_filter", ())
    listed = [
        {"group_id": name, "protocol_type": "consumer", "group_state": _state(group)}
        for name, group in at.cluster.groups.items()
        if not group_error(at, name) and (not states or _state(group) in states)
    ]
    loading = any(group_error(at, name) == LOADING for name in at.cluster.groups)
    return HEALTHY | {"error_code": LOADING if loading else NONE, "groups": listed}


def _state(group: Group) -> str:
    return group.state or ("Stable" if group.members else "Empty")


def describe_groups(at: Seat, request: Any) -> Facts:
    """State, members and who owns which partition; an unknown group is Dead."""

    def one(name: str) -> Facts:
        error, group = group_error(at, name), at.cluster.groups.get(name)
        known = group if group and not error else Group(state="" if error else "Dead")
        return {
            "error_code": error,
            "group_id": name,
            "group_state": "" if error else _state(known),
            "protocol_type": "consumer" if group else "",
            "protocol_data": "range" if known.members else "",
            "members": [_member(at.cluster, known, index) for index in range(known.members)],
        }

    return HEALTHY | {"groups": [one(name) for name in request.groups]}


def _member(cluster: Cluster, group: Group, index: int) -> Facts:
    owned: dict[str, list[int]] = {}
    if group.state in ("", "Stable"):  # assignments are empty while a group rebalances
        for topic, partition in cluster.partitions(group)[index :: group.members]:
            owned.setdefault(topic, []).append(partition)
    assignment = ConsumerProtocolMemberAssignment(0, list(owned.items()), b"")
    return {
        "member_id": f"member-{group.generation}-{index + 1}",
        "client_id": f"pod-{index + 1}",
        "client_host": f"/10.0.0.{index + 1}",
        "member_metadata": b"",
        "member_assignment": assignment.encode(),
    }


def fetch(at: Seat, request: Any) -> Facts:
    """Records made up from their offsets: the same at every reading, with the estate's times."""

    def one(topic: str, asked: Any) -> Facts:
        log, offset = leader_log(at, topic, asked.partition), asked.fetch_offset
        told = {"partition_index": asked.partition, "aborted_transactions": None}
        if isinstance(log, int):
            return told | {"error_code": log, "high_watermark": -1, "records": b""}
        inside = log.start <= offset <= log.end
        return told | {
            "error_code": NONE if inside else 1,
            "high_watermark": int(log.end),
            "last_stable_offset": int(log.end),
            "log_start_offset": int(log.start),
            "records": _records(at.cluster, topic, asked.partition, offset) if inside else b"",
        }

    topics = [
        {"topic": topic.topic, "partitions": [one(topic.topic, p) for p in topic.partitions]}
        for topic in request.topics
    ]
    some = any(told["records"] for topic in topics for told in topic["partitions"])
    return HEALTHY | {"responses": topics, "hold_s": 0.0 if some else EMPTY_FETCH_SECONDS}


def _records(cluster: Cluster, name: str, partition: int, offset: int) -> bytes:
    topic, log, count = cluster.topics[name], cluster.log(name, partition), 0
    poison = cluster.poisons.get((name, partition))
    batch = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for count, at in enumerate(range(offset, min(int(log.end), offset + FETCH_RECORDS)), 1):
        stamp, key = int(topic.time_of(log, at) * 1000), None
        value: bytes | None = f"{name}-{partition}@{at}".encode() if at != poison else POISON
        headers: list[tuple[str, bytes | None]] = []
        if sent := log.written.get(at):
            stamp, key, value, headers = sent.timestamp, sent.key, sent.value, sent.headers
        batch.append(count - 1, stamp, key, value, list(headers))
    packed = batch.build() if count else bytearray()
    if count:
        struct.pack_into(">q", packed, 0, offset)  # the base offset is outside the checksum
    return bytes(packed)
