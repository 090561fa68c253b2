"""What we may do with topics, as the brokers' authorizer says, and whether they are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Array,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    String,
    TaggedFields,
)

from console.kafka import codes
from console.kafka.pace import paced
from console.kafka.wire.connection import Question

BITS = {3: codes.READ, 4: codes.WRITE, 6: codes.DELETE, 10: codes.DESCRIBE_CONFIGS}
"""Kafka's AclOperation → the right as IAM calls it."""
NOT_TOLD = -(1 << 31)
_TEXT = String("utf-8")


class MetadataResponse_v8(Response):  # type: ignore[misc]
    """Metadata with what the asking client may do (KIP-430)."""

    API_KEY, API_VERSION = 3, 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT))),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline", Array(Int32)),
                    ),
                ),
                ("operations", Int32),
            ),
        ),
        ("operations", Int32),
    )


class MetadataRequest_v8(RequestStruct):  # type: ignore[misc]
    """aiokafka ends at v5, which tells no rights."""

    API_KEY, API_VERSION = 3, 8
    RESPONSE_TYPE = MetadataResponse_v8
    SCHEMA = Schema(
        ("topics", Array(_TEXT)),
        ("allow_auto_topic_creation", Boolean),
        ("of_the_cluster", Boolean),
        ("of_topics", Boolean),
    )


def topic_rights(topics: Sequence[str]) -> Question[Mapping[str, frozenset[str]]]:
    """Topic → the rights among `BITS`; a topic of which nobody told them is left out."""
    return Question((MetadataRequest_v8(list(topics), False, False, True),), _rights)


async def _rights(answer: dict[str, Any]) -> Mapping[str, frozenset[str]]:
    found = {}
    async for error, topic, _internal, _partitions, told in paced(answer["topics"]):
        if not error and told != NOT_TOLD:
            found[topic] = frozenset(name for bit, name in BITS.items() if told >> bit & 1)
    return found


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]
    """Sixteen bytes; aiokafka has no such type."""

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(16)


NO_ID = bytes(16)
_SHORT, _TAGS, _NUMBERS = CompactString("utf-8"), ("tags", TaggedFields), CompactArray(Int32)
_BROKER = (("id", Int32), ("host", _SHORT), ("port", Int32), ("rack", _SHORT), _TAGS)
_PARTITION = (
    *(("error_code", Int16), ("partition", Int32), ("leader", Int32), ("leader_epoch", Int32)),
    *(("replicas", _NUMBERS), ("isr", _NUMBERS), ("offline", _NUMBERS), _TAGS),
)
_TOPIC = (
    *(("error_code", Int16), ("topic", _SHORT), ("topic_id", _Uuid), ("is_internal", Boolean)),
    *(("partitions", CompactArray(*_PARTITION)), ("operations", Int32), _TAGS),
)


class MetadataResponse_v10(Response):  # type: ignore[misc]
    """Metadata with the ids of topics (KIP-516)."""

    API_KEY, API_VERSION = 3, 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(*_BROKER)),
        ("cluster_id", _SHORT),
        ("controller_id", Int32),
        ("topics", CompactArray(*_TOPIC)),
        ("operations", Int32),
        _TAGS,
    )


class MetadataRequest_v10(RequestStruct):  # type: ignore[misc]
    """The first that tells ids."""

    API_KEY, API_VERSION, FLEXIBLE_VERSION = 3, 10, True
    RESPONSE_TYPE = MetadataResponse_v10
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("topic", _SHORT), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("of_the_cluster", Boolean),
        ("of_topics", Boolean),
        _TAGS,
    )


def topic_ids(topics: Sequence[str]) -> Question[Mapping[str, str]]:
    """Topic → its id, which another of the same name does not have; left out where untold."""
    asked: list[tuple[Any, ...]] = [(NO_ID, topic, {}) for topic in topics]
    return Question((MetadataRequest_v10(asked, False, False, False, {}),), _ids)


async def _ids(answer: dict[str, Any]) -> Mapping[str, str]:
    found = {}
    async for error, topic, id, *_rest in paced(answer["topics"]):
        if not error and id != NO_ID:
            found[topic] = id.hex()
    return found
