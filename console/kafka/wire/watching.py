"""The questions behind "how far behind": they change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.protocol import admin, commit, coordination, metadata, offset

from console.kafka.pace import paced
from console.kafka.values import (
    Address,
    Described,
    Listed,
    Member,
    Metadata,
    Offsets,
    Partition,
    Tp,
)
from console.kafka.wire.connection import Question
from console.kafka.wire.structs import ListGroupsRequest_v4

LATEST, EARLIEST = -1, -2


def all_metadata(topics: Sequence[str] | None = None) -> Question[Metadata]:
    """Brokers and topics (None = all). It never creates a topic by looking at it."""
    return Question((metadata.MetadataRequest_v5(topics, False),), _metadata)


async def _metadata(answer: dict[str, Any]) -> Metadata:
    topics, errors = {}, {}
    async for error, topic, _internal, partitions in paced(answer["topics"]):
        if error and not partitions:
            errors[topic] = error
        else:
            topics[topic] = {p[1]: Partition._make(p) for p in partitions}
    brokers = {broker: Address(host, port) for broker, host, port, _rack in answer["brokers"]}
    return Metadata(answer["cluster_id"] or "", brokers, topics, errors)


def coordinator(group: str) -> Question[tuple[int, int]]:
    """Kafka's code and the broker id of a group's coordinator."""
    request = coordination.FindCoordinatorRequest_v1(group, 0)
    return Question((request,), _coordinator)


async def _coordinator(answer: dict[str, Any]) -> tuple[int, int]:
    return answer["error_code"], answer["coordinator_id"]


def committed(group: str) -> Question[Offsets]:
    """Everything a group has committed, asked of its coordinator."""
    return Question((commit.OffsetFetchRequest_v3(group, None),), _committed)


async def _committed(answer: dict[str, Any]) -> Offsets:
    offsets, errors = {}, {}
    for topic, partitions in answer["topics"]:
        for index, committed_offset, _metadata, error in partitions:
            if error:
                errors[topic, index] = error
            else:
                offsets[topic, index] = committed_offset
    return Offsets(offsets, errors, answer["error_code"])


def list_offsets(partitions: Iterable[Tp], which: int) -> Question[Offsets]:
    """LATEST (high watermark) or EARLIEST of partitions that one broker leads.

    Both need two requests: Kafka refuses a partition named twice.
    """
    topics: dict[str, list[tuple[int, int]]] = {}
    for topic, index in partitions:
        topics.setdefault(topic, []).append((index, which))
    return Question((offset.OffsetRequest_v3(-1, 0, list(topics.items())),), _offsets)


async def _offsets(answer: dict[str, Any]) -> Offsets:
    offsets, errors = {}, {}
    for topic, partitions in answer["topics"]:
        for index, error, _timestamp, found in partitions:
            if error:
                errors[topic, index] = error
            else:
                offsets[topic, index] = found
    return Offsets(offsets, errors)


def describe_groups(groups: Sequence[str]) -> Question[Mapping[str, Described]]:
    """States and members of groups, asked of their coordinator.

    aiokafka decodes the answer to v3 as v2: with two groups its connection would break.
    """
    request = admin.DescribeGroupsRequest_v3(list(groups), False)
    return Question((request,), _described, admin.DescribeGroupsResponse_v3.SCHEMA)


async def _described(answer: dict[str, Any]) -> Mapping[str, Described]:
    found = {}
    for error, group, state, kind, _protocol, members, _operations in answer["groups"]:
        found[group] = Described(error, state, tuple(_member(m, kind) for m in members))
    return found


def _member(member: tuple[Any, ...], kind: str) -> Member:
    member_id, client_id, host, _metadata, assignment = member
    assigned: tuple[Tp, ...] = ()
    if kind == "consumer" and assignment:
        topics = ConsumerProtocolMemberAssignment.decode(assignment).assignment or ()
        assigned = tuple((topic, index) for topic, indexes in topics for index in indexes)
    return Member(member_id, client_id, host.lstrip("/"), assigned)


def list_groups() -> Question[Listed]:
    """The groups that the asked broker coordinates."""
    return Question((ListGroupsRequest_v4([], {}), admin.ListGroupsRequest_v1()), _listed)


async def _listed(answer: dict[str, Any]) -> Listed:
    groups = {group[0]: group[2] if len(group) > 2 else "" for group in answer["groups"]}
    return Listed(answer["error_code"], groups)
