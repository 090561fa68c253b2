"""What is said to a broker and heard back: the one room that knows aiokafka's own structs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.protocol import admin, commit, coordination, fetch, metadata, offset, produce
from aiokafka.protocol.transaction import InitProducerIdRequest_v0

from console.kafka.wire.connection import Connection, Question, takes
from console.kafka.wire.reading import (
    NEWEST,
    Configs,
    describe_configs,
    fetch_records,
    list_times,
    log_dirs,
)
from console.kafka.wire.structs import DescribeLogDirsRequest_v2
from console.kafka.wire.watching import (
    EARLIEST,
    LATEST,
    all_metadata,
    committed,
    coordinator,
    describe_groups,
    list_groups,
    list_offsets,
)
from console.kafka.wire.writing import (
    commit_offsets,
    delete_records,
    new_producer,
    produce_batches,
)

__all__ = [
    "EARLIEST",
    "LATEST",
    "NEWEST",
    "Configs",
    "Connection",
    "Question",
    "all_metadata",
    "commit_offsets",
    "committed",
    "coordinator",
    "delete_records",
    "describe_configs",
    "describe_groups",
    "fetch_records",
    "lacking",
    "lacking_to_act",
    "list_groups",
    "list_offsets",
    "list_times",
    "log_dirs",
    "new_producer",
    "produce_batches",
]

NEEDED = (
    *(metadata.MetadataRequest_v5, coordination.FindCoordinatorRequest_v1, offset.OffsetRequest_v3),
    *(commit.OffsetFetchRequest_v3, admin.DescribeGroupsRequest_v3, admin.ListGroupsRequest_v1),
)
NEEDED_TO_ACT = (
    *(admin.DescribeConfigsRequest_v2, fetch.FetchRequest_v11, admin.DeleteRecordsRequest_v1),
    *(commit.OffsetCommitRequest_v3, produce.ProduceRequest_v7, InitProducerIdRequest_v0),
    DescribeLogDirsRequest_v2,
)


def lacking(offered: Mapping[int, tuple[int, int]]) -> list[str]:
    """What this console asks and a broker does not offer, e.g. `MetadataRequest v5`."""
    return _lacks(offered, NEEDED)


def lacking_to_act(offered: Mapping[int, tuple[int, int]]) -> list[str]:
    """What emptying, skipping or restoring asks and a broker does not offer."""
    return _lacks(offered, NEEDED_TO_ACT)


def _lacks(offered: Mapping[int, tuple[int, int]], structs: tuple[Any, ...]) -> list[str]:
    return [s.__name__.replace("_", " ") for s in structs if not takes(offered, s)]
