"""What is said to a broker and heard back: the one file that knows aiokafka's own structs.

Answers are decoded here, in slices: aiokafka would decode everything that has arrived in one go on
the event loop (6,000 partitions = 25 ms). Every request names its versions of Kafka's protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Generic, TypeVar

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol import admin, commit, coordination, metadata, offset
from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.types import (
    Array,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
    UnsignedVarInt32,
)

from console.kafka.pace import Breath, paced
from console.kafka.through import Through
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

T = TypeVar("T")
LATEST, EARLIEST = -1, -2
SLICE = 50  # entries decoded between two looks at the time: ~0.5 ms of metadata
IDLE_MS = 9 * 60_000  # brokers close idle connections after 10 min


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A request, newest version first, and how its answer becomes a value."""

    structs: tuple[Any, ...]
    value: Callable[[dict[str, Any]], Awaitable[T]]
    schema: Any = None
    """In place of the schema that aiokafka has for the answer, where that one is wrong."""

    def prepare(self, offered: Mapping[int, tuple[int, int]]) -> Any:
        """The newest struct that the broker takes; aiokafka calls this."""
        for struct in self.structs:
            if _takes(offered, struct):
                sent = copy(struct)  # one question may be under way to several brokers
                sent.RESPONSE_TYPE = _Undecoded(self.schema or struct.RESPONSE_TYPE.SCHEMA)
                return sent
        raise IncompatibleBrokerVersion(f"{type(self.structs[-1]).__name__} is not offered")


class _Undecoded:
    """In place of a response class: keeps the bytes, to be decoded later and in slices."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._data = BytesIO()
        self._entries = 0
        self._breath = Breath()

    def decode(self, data: BytesIO) -> _Undecoded:
        self._data = data
        return self

    async def fields(self) -> dict[str, Any]:
        """The whole answer; raises ValueError when it does not fit the schema."""
        values = await self._fields(self.schema, nested=True)
        return dict(zip(self.schema.names, values, strict=True))

    async def _fields(self, schema: Schema, nested: bool) -> tuple[Any, ...]:
        values = []
        for field in schema.fields:
            if isinstance(field, Array):
                values.append(await self._items(field, nested))
            else:
                values.append(field.decode(self._data))
        return tuple(values)

    async def _items(self, array: Array, nested: bool) -> list[Any]:
        compact, one = isinstance(array, CompactArray), array.array_of
        count = UnsignedVarInt32.decode(self._data) - 1 if compact else Int32.decode(self._data)
        deep = nested and isinstance(one, Schema) and any(isinstance(f, Array) for f in one.fields)
        found = []
        for _ in range(count):  # -1 = null = nothing
            if deep:
                found.append(await self._fields(one, nested=False))
                continue
            found.append(one.decode(self._data))
            self._entries += 1
            if self._entries % SLICE == 0:
                await self._breath.take()
        return found


class Connection:
    """One authenticated connection to one broker; requests are pipelined on it."""

    def __init__(
        self,
        address: Address,
        via: Address | None,
        turn: asyncio.Lock,
        patience: float,
        **login: Any,
    ) -> None:
        """`turn` is taken to encode and decode, so that not all answers come at one moment."""
        self._raw = AIOKafkaConnection(
            *address,
            client_id="oncall",
            request_timeout_ms=round(patience * 1000),
            max_idle_ms=IDLE_MS,
            **login,
        )
        if via is not None:
            self._raw._loop = Through(self._raw._loop, via)
        self._turn = turn

    async def open(self) -> None:
        """Dial, ask for the versions and log in; raises what aiokafka raises."""
        await self._raw.connect()

    @property
    def alive(self) -> bool:
        """Nobody has closed it, as far as we heard."""
        return bool(self._raw.connected())

    @property
    def versions(self) -> Mapping[int, tuple[int, int]]:
        """API key → lowest and highest version that the broker takes."""
        return dict(self._raw._versions)

    async def ask(self, question: Question[T]) -> T:
        """Send and await the answer; raises KafkaError, TimeoutError, ValueError (nonsense)."""
        async with self._turn:
            pending = self._raw.send(question)
        answer = await pending
        async with self._turn:
            found = await question.value(await answer.fields())
            await asyncio.sleep(0)  # a hundred answers may have come in one segment
            return found

    def close(self, silent: bool = False) -> asyncio.Future[None] | None:
        """Hang up; what is under way fails. The future ends when the socket is closed."""
        reason = CloseReason.CONNECTION_TIMEOUT if silent else CloseReason.SHUTDOWN
        closed: asyncio.Future[None] | None = self._raw.close(reason=reason)
        return closed


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


_TEXT, _TAGS = CompactString("utf-8"), ("tags", TaggedFields)
_GROUP = CompactArray(("group", _TEXT), ("protocol_type", _TEXT), ("state", _TEXT), _TAGS)
_HEAD = (("throttle_time_ms", Int32), ("error_code", Int16))


class ListGroupsResponse_v4(Response):  # type: ignore[misc]
    """Groups with their state (KIP-518)."""

    API_KEY, API_VERSION, SCHEMA = 16, 4, Schema(*_HEAD, ("groups", _GROUP), _TAGS)


class ListGroupsRequest_v4(RequestStruct):  # type: ignore[misc]
    """aiokafka has only v0 to v2, which tell no state."""

    API_KEY, API_VERSION, FLEXIBLE_VERSION = 16, 4, True
    RESPONSE_TYPE = ListGroupsResponse_v4
    SCHEMA = Schema(("states_filter", CompactArray(_TEXT)), _TAGS)


def list_groups() -> Question[Listed]:
    """The groups that the asked broker coordinates."""
    return Question((ListGroupsRequest_v4([], {}), admin.ListGroupsRequest_v1()), _listed)


async def _listed(answer: dict[str, Any]) -> Listed:
    groups = {group[0]: group[2] if len(group) > 2 else "" for group in answer["groups"]}
    return Listed(answer["error_code"], groups)


NEEDED = (
    *(metadata.MetadataRequest_v5, coordination.FindCoordinatorRequest_v1, offset.OffsetRequest_v3),
    *(commit.OffsetFetchRequest_v3, admin.DescribeGroupsRequest_v3, admin.ListGroupsRequest_v1),
)


def lacking(offered: Mapping[int, tuple[int, int]]) -> list[str]:
    """What this console asks and a broker does not offer, e.g. `MetadataRequest v5`."""
    return [s.__name__.replace("_", " ") for s in NEEDED if not _takes(offered, s)]


def _takes(offered: Mapping[int, tuple[int, int]], struct: Any) -> bool:
    low, high = offered.get(struct.API_KEY, (0, -1))
    return low <= int(struct.API_VERSION) <= high
