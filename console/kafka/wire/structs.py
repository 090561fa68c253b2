"""The structs that aiokafka lacks, in Kafka's own schemas."""

from __future__ import annotations

from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int8,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

_TEXT, _TAGS = CompactString("utf-8"), ("tags", TaggedFields)
_THROTTLED = ("throttle_time_ms", Int32)
_GROUP = CompactArray(("group", _TEXT), ("protocol_type", _TEXT), ("state", _TEXT), _TAGS)


class ListGroupsResponse_v4(Response):  # type: ignore[misc]
    """Groups with their state (KIP-518)."""

    API_KEY, API_VERSION = 16, 4
    SCHEMA = Schema(_THROTTLED, ("error_code", Int16), ("groups", _GROUP), _TAGS)


class ListGroupsRequest_v4(RequestStruct):  # type: ignore[misc]
    """aiokafka has only v0 to v2, which tell no state."""

    API_KEY, API_VERSION, FLEXIBLE_VERSION = 16, 4, True
    RESPONSE_TYPE = ListGroupsResponse_v4
    SCHEMA = Schema(("states_filter", CompactArray(_TEXT)), _TAGS)


_SIZE = (("partition", Int32), ("size", Int64), ("offset_lag", Int64), ("is_future", Boolean))
_SIZES = CompactArray(("name", _TEXT), ("partitions", CompactArray(*_SIZE, _TAGS)), _TAGS)
_DIRECTORY = (("error_code", Int16), ("log_dir", _TEXT), ("topics", _SIZES), _TAGS)
_INDEXES = CompactArray(("topic", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)


class DescribeLogDirsResponse_v2(Response):  # type: ignore[misc]
    """Bytes on disk, directory by directory."""

    API_KEY, API_VERSION = 35, 2
    SCHEMA = Schema(_THROTTLED, ("results", CompactArray(*_DIRECTORY)), _TAGS)


class DescribeLogDirsRequest_v2(RequestStruct):  # type: ignore[misc]
    """aiokafka has none."""

    API_KEY, API_VERSION, FLEXIBLE_VERSION = 35, 2, True
    RESPONSE_TYPE = DescribeLogDirsResponse_v2
    SCHEMA = Schema(("topics", _INDEXES), _TAGS)


_FOUND = (
    *(("partition", Int32), ("error_code", Int16), ("timestamp", Int64)),
    *(("offset", Int64), ("leader_epoch", Int32), _TAGS),
)
_SOUGHT = (("partition", Int32), ("current_leader_epoch", Int32), ("timestamp", Int64), _TAGS)


class ListOffsetsResponse_v7(Response):  # type: ignore[misc]
    """Offsets with the times of their records."""

    API_KEY, API_VERSION = 2, 7
    SCHEMA = Schema(
        _THROTTLED,
        ("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(*_FOUND)), _TAGS)),
        _TAGS,
    )


class ListOffsetsRequest_v7(RequestStruct):  # type: ignore[misc]
    """aiokafka ends at v3, which knows no newest record (KIP-734)."""

    API_KEY, API_VERSION, FLEXIBLE_VERSION = 2, 7, True
    RESPONSE_TYPE = ListOffsetsResponse_v7
    SCHEMA = Schema(
        ("replica_id", Int32),
        ("isolation_level", Int8),
        ("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(*_SOUGHT)), _TAGS)),
        _TAGS,
    )
