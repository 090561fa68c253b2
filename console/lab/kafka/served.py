"""Which of Kafka's APIs the stand-in serves, in which versions, and who answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.lab.kafka.answers import (
    HEALTHY,
    Facts,
    Seat,
    describe_groups,
    fetch,
    find_coordinator,
    list_groups,
    list_offsets,
    metadata,
    offset_fetch,
)
from console.lab.kafka.writing import (
    delete_records,
    describe_configs,
    describe_log_dirs,
    init_producer_id,
    offset_commit,
    produce,
)


def api_versions(at: Seat, request: Any) -> Facts:
    """The APIs of `SERVED`."""
    served = [
        {"api_key": key, "min_version": oldest, "max_version": newest}
        for key, (oldest, newest, _) in SERVED.items()
    ]
    return HEALTHY | {"api_keys": served}


SERVED: dict[int, tuple[int, int, Callable[[Seat, Any], Facts]]] = {
    0: (3, 8, produce),
    1: (4, 11, fetch),
    2: (1, 7, list_offsets),
    3: (1, 12, metadata),
    8: (2, 8, offset_commit),
    9: (1, 8, offset_fetch),
    10: (1, 4, find_coordinator),
    15: (0, 5, describe_groups),
    16: (0, 4, list_groups),
    18: (0, 4, api_versions),
    21: (0, 2, delete_records),
    22: (0, 4, init_producer_id),
    32: (1, 4, describe_configs),
    35: (1, 4, describe_log_dirs),
}
"""API key → the versions served (aiokafka 0.14 and Kafka's own 3.9 tools both find theirs)."""
