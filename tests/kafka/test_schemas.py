"""Are aiokafka's structs what Kafka really speaks? kio's schemas are generated from Kafka's own."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol import (
    admin,
    commit,
    coordination,
    fetch,
    group,
    metadata,
    offset,
    produce,
    transaction,
)
from aiokafka.protocol import types as wire_types
from aiokafka.protocol.api import Request, RequestStruct
from kio.index import UnknownEntity, load_request_schema, load_response_schema
from kio.serial import entity_reader

from console.kafka import wire
from console.kafka.wire import structs as own
from console.kafka.wire.rights import topic_rights

MODULES = (admin, commit, coordination, fetch, group, metadata, offset, produce, transaction)
PLAIN = {"timedelta_i32": "int32", "timedelta_i64": "int64", "datetime_i64": "int64"}
PLAIN |= {"error_code": "int16", "uint16": "int16", "records": "bytes"}
WORDS = {"Boolean": "bool", "CompactString": "cstring", "CompactBytes": "cbytes"}
WORDS |= {"TaggedFields": "tags"}


def of_aiokafka(kind: Any) -> str:
    """A struct as text: field types in order, arrays as [x] (compact: c[x])."""
    if isinstance(kind, wire_types.Schema):
        return f"({','.join(of_aiokafka(field) for field in kind.fields)})"
    if isinstance(kind, wire_types.Array):
        compact = "c" if isinstance(kind, wire_types.CompactArray) else ""
        return f"{compact}[{of_aiokafka(kind.array_of)}]"
    name = kind.__name__ if isinstance(kind, type) else type(kind).__name__
    return WORDS.get(name, name.lower())


def of_kafka(entity: type[Any]) -> str:
    """The same of a kio entity."""
    hints, flexible = typing.get_type_hints(entity), entity.__flexible__
    compact = "c" if flexible else ""
    found = []
    for field in dataclasses.fields(entity):
        if "tag" in field.metadata:
            continue
        hint, kind = hints[field.name], field.metadata.get("kafka_type", "")
        kind = PLAIN.get(kind, kind)
        kind = f"{compact}{kind}" if kind in ("string", "bytes") else kind
        inner = _array_of(hint)
        if inner is None:
            found.append(kind)
        elif dataclasses.is_dataclass(inner):
            found.append(f"{compact}[{of_kafka(typing.cast(type[Any], inner))}]")
        else:
            found.append(f"{compact}[{kind}]")
    if flexible:
        found.append("tags")
    return f"({','.join(found)})"


def _array_of(hint: Any) -> Any:
    options = [hint, *typing.get_args(hint)]
    found = next((option for option in options if typing.get_origin(option) is tuple), None)
    return typing.get_args(found)[0] if found is not None else None


def bytes_of(text: str) -> str:
    """Brackets that have no bytes of their own taken out: notations differ, the wire does not."""
    found = re.sub(
        r"(?<!\[)\(([^()]*)\)", r"\1", re.sub(r"\[\((\w+|\[[^()]*\])\)\]", r"[\1]", text)
    )
    return found if found == text else bytes_of(found)


def structs() -> Iterator[type[RequestStruct]]:
    for module in MODULES:
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Request) and kind is not Request:
                yield from kind._CLASSES
    for kind in vars(own).values():
        if isinstance(kind, type) and issubclass(kind, RequestStruct) and kind is not RequestStruct:
            yield kind


def differences() -> tuple[int, list[str]]:
    """How many structs were compared, and which of them differ."""
    compared, found = 0, []
    for struct in dict.fromkeys(structs()):
        version = int(struct.__name__.split("_v")[-1])
        try:
            asked = load_request_schema(struct.API_KEY, version)
            answered = load_response_schema(struct.API_KEY, version)
        except UnknownEntity:
            continue  # Kafka itself no longer speaks this version
        for side, mine, kafkas in (
            ("request", struct.SCHEMA, asked),
            ("response", struct.RESPONSE_TYPE.SCHEMA, answered),
        ):
            compared += 1
            if bytes_of(of_aiokafka(mine)) != bytes_of(of_kafka(kafkas)):
                found.append(f"{struct.__name__} {side}")
    return compared, found


def test_every_struct_but_one_is_what_kafka_speaks() -> None:
    compared, differing = differences()
    assert compared >= 150
    # Its answer is decoded as v2's; `wire.describe_groups` brings the right schema along.
    assert differing == ["DescribeGroupsRequest_v3 response"]


QUESTIONS = {
    "metadata": wire.all_metadata(["a"]),
    "coordinator": wire.coordinator("g"),
    "committed": wire.committed("g"),
    "list offsets": wire.list_offsets([("a", 0)], wire.LATEST),
    "describe groups": wire.describe_groups(["g"]),
    "list groups": wire.list_groups(),
    "topic rights": topic_rights(["a"]),
    "describe configs": wire.describe_configs(["a"]),
    "log dirs": wire.log_dirs([("a", 0)]),
    "newest record": wire.list_times([("a", 0)]),
    "record at a time": wire.list_times([("a", 0)], 1_700_000_000_000),
    "fetch": wire.fetch_records({("a", 0): 1}),
    "delete records": wire.delete_records({("a", 0): 1}, 4000),
    "commit offsets": wire.commit_offsets("g", {("a", 0): 1}),
    "new producer": wire.new_producer(),
    "produce": wire.produce_batches({("a", 0): b""}, 4000),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_what_the_console_asks_is_answered_in_kafkas_own_schema(
    question: wire.Question[Any],
) -> None:
    for struct in question.structs:
        answer = question.schema or struct.RESPONSE_TYPE.SCHEMA
        kafkas = load_response_schema(struct.API_KEY, struct.API_VERSION)
        assert bytes_of(of_aiokafka(answer)) == bytes_of(of_kafka(kafkas))
        read_by_kafka(struct)


def read_by_kafka(struct: Any) -> Any:
    """The request as Kafka's own schema reads it: every byte of it."""
    sent = struct.encode()
    read, size = entity_reader(load_request_schema(struct.API_KEY, struct.API_VERSION))(sent, 0)
    assert size == len(sent)
    return read


def test_looking_at_a_topic_never_creates_it() -> None:
    (struct,) = wire.all_metadata(["ghost"]).structs
    assert struct.allow_auto_topic_creation is False


def test_records_are_deleted_up_to_an_offset_that_was_seen_and_never_to_the_end_of_by_then() -> (
    None
):
    with pytest.raises(ValueError, match="that was seen"):
        wire.delete_records({("a", 0): 5, ("a", 1): -1}, 4000)
    newest, _ = wire.delete_records({("a", 0): 5, ("b", 1): 7}, 4000).structs
    asked = {
        (t.name, p.partition_index): p.offset
        for t in read_by_kafka(newest).topics
        for p in t.partitions
    }
    assert asked == {("a", 0): 5, ("b", 1): 7}


def test_an_empty_groups_offsets_are_set_by_nobody_of_its_members() -> None:
    (struct,) = wire.commit_offsets("g", {("a", 0): 5}).structs
    read = read_by_kafka(struct)
    assert (read.generation_id_or_member_epoch, read.member_id) == (-1, "")


def test_what_is_uncommitted_is_read_too_for_it_is_deleted_too() -> None:
    (struct,) = wire.fetch_records({("a", 0): 5}).structs
    assert read_by_kafka(struct).isolation_level == 0


def test_a_broker_before_3_0_is_asked_for_a_time_and_not_for_the_newest() -> None:
    old = {2: (0, 5)}
    assert wire.list_times([("a", 0)], 17).prepare(old).API_VERSION == 3
    with pytest.raises(IncompatibleBrokerVersion):
        wire.list_times([("a", 0)]).prepare(old)
