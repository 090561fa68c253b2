"""Kafka's error codes in words, and which of them a second try can cure. No vendor imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.poll import Failed

UNKNOWN, NONE = -1, 0
OUT_OF_RANGE = 1
UNKNOWN_TOPIC = 3
TIMED_OUT = 7
TOO_LARGE = 10
TOPIC_DENIED = 29
MOVED = frozenset({3, 5, 6, 9, 14, 15, 16, 56, 74, 75, 76, 78})
"""Leader or coordinator moved or is loading: look again, retry once (aiokafka knows only some)."""
COORDINATOR = frozenset({14, 15, 16})
TOO_FEW_IN_SYNC, TOO_FEW_AFTER = 19, 20
DUPLICATE = 46
DISK_FAILED = 56
LEFT_OPEN = frozenset({UNKNOWN, TIMED_OUT, TOO_FEW_AFTER, DISK_FAILED})
"""Said of a batch that may be in the leader's log all the same."""

NAMES = {
    -1: "UNKNOWN_SERVER_ERROR",
    1: "OFFSET_OUT_OF_RANGE",
    2: "CORRUPT_MESSAGE",
    3: "UNKNOWN_TOPIC_OR_PARTITION",
    5: "LEADER_NOT_AVAILABLE",
    6: "NOT_LEADER_OR_FOLLOWER",
    7: "REQUEST_TIMED_OUT",
    9: "REPLICA_NOT_AVAILABLE",
    10: "MESSAGE_TOO_LARGE",
    14: "COORDINATOR_LOAD_IN_PROGRESS",
    15: "COORDINATOR_NOT_AVAILABLE",
    16: "NOT_COORDINATOR",
    17: "INVALID_TOPIC_EXCEPTION",
    19: "NOT_ENOUGH_REPLICAS",
    20: "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
    22: "ILLEGAL_GENERATION",
    25: "UNKNOWN_MEMBER_ID",
    29: "TOPIC_AUTHORIZATION_FAILED",
    30: "GROUP_AUTHORIZATION_FAILED",
    31: "CLUSTER_AUTHORIZATION_FAILED",
    32: "INVALID_TIMESTAMP",
    33: "UNSUPPORTED_SASL_MECHANISM",
    34: "ILLEGAL_SASL_STATE",
    35: "UNSUPPORTED_VERSION",
    42: "INVALID_REQUEST",
    44: "POLICY_VIOLATION",
    45: "OUT_OF_ORDER_SEQUENCE_NUMBER",
    46: "DUPLICATE_SEQUENCE_NUMBER",
    56: "KAFKA_STORAGE_ERROR",
    58: "SASL_AUTHENTICATION_FAILED",
    74: "FENCED_LEADER_EPOCH",
    75: "UNKNOWN_LEADER_EPOCH",
    76: "UNSUPPORTED_COMPRESSION_TYPE",
    78: "OFFSET_NOT_AVAILABLE",
    87: "INVALID_RECORD",
    88: "UNSTABLE_OFFSET_COMMIT",
    103: "UNKNOWN_TOPIC_ID",
}
WORDS = {
    1: "has no such offset",
    3: "is not known to the broker",
    5: "has no leader",
    6: "has just changed its leader",
    7: "its replicas have not all answered in time",
    9: "has no replica on the broker asked",
    10: "takes no batch of this size",
    14: "coordinator is loading",
    15: "coordinator is not available",
    16: "the broker asked says it is not the coordinator",
    17: "is Kafka's own",
    19: "has too few replicas in sync to be written to",
    25: "has members",
    32: "takes no records of this age",
    44: "is not emptied by Kafka: its cleanup.policy keeps the last of each key",
    56: "its disk has failed on the leader",
    74: "is electing a leader",
    75: "is electing a leader",
    78: "has a new leader that does not know its end yet",
}
DESCRIBE_CONFIGS = "DescribeTopicDynamicConfiguration"
READ, DELETE, WRITE, ALTER_GROUP = "ReadData", "DeleteTopic", "WriteData", "AlterGroup"
WRITE_ONCE = "WriteDataIdempotently"
ON_TOPIC: Mapping[str, tuple[str, ...]] = {
    # Kafka asks DELETE of a topic for DeleteRecords: IAM knows that as DeleteTopic alone.
    "empty-topic": (DESCRIBE_CONFIGS, READ, DELETE),
    "skip-to-end": (READ,),
    "kafka-restore": (DESCRIBE_CONFIGS, WRITE),
    "inject-probe": (READ, WRITE),
}
"""The rights on a topic that a kind of act needs, as IAM calls them."""
OPERATIONS = {
    DESCRIBE_CONFIGS: "DescribeConfigs",
    READ: "Read",
    WRITE: "Write",
    DELETE: "Delete",
}
"""The same rights as Kafka's own ACLs call them."""
RIGHTS = {29: "DescribeTopic", 30: "DescribeGroup", 31: "DescribeCluster"}


class BrokerDown(Failed):
    """A broker cannot be reached, or accepts and does not answer."""


class LoginRefused(Failed):
    """A broker answers and does not let us in."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one group, topic or partition has no answer."""

    message: str
    code: int = -1
    """Kafka's error code; -1 when no broker answered at all."""


def name(code: int) -> str:
    """Kafka's own name of a code, for searching the web."""
    return NAMES.get(code, f"Kafka error {code}")


def say(code: int, what: str, right: str = "") -> Fault:
    """An error code about `what` ("group datajs", "crow.alarm-3") as a sentence.

    `right` is the one that is missing where it is not the one to look.
    """
    if code in RIGHTS:
        return Fault(f"{name(code)}: the right {right or RIGHTS[code]} is missing on {what}", code)
    if code in WORDS:
        return Fault(f"{what}: {WORDS[code]}", code)
    return Fault(f"{what}: {name(code)}", code)


def short(host: str, port: int) -> str:
    """`b-2.prod.abc.c2.kafka.eu-west-3.amazonaws.com`, 9098 → `b-2…:9098`; addresses stay whole."""
    first, _, rest = host.partition(".")
    if rest.count(".") < 2 or first.isdecimal() or ":" in host:
        return f"{host}:{port}"
    return f"{first}…:{port}"


def offsets_partition(group: str, partitions: int = 50) -> int:
    """The partition of `__consumer_offsets` that holds a group: Java's hash over UTF-16 units.

    Its leader is the group's coordinator. abs(-2³¹) counts as 0, as in Kafka's `Utils.abs`.
    """
    hashed = 0
    units = group.encode("utf-16-be")
    for high, low in zip(units[::2], units[1::2], strict=True):
        hashed = (31 * hashed + (high << 8 | low)) & 0xFFFFFFFF
    signed = hashed - (1 << 32) if hashed & 0x80000000 else hashed
    return 0 if signed == -(1 << 31) else abs(signed) % partitions
