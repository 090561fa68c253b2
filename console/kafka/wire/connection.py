"""One connection to one broker, and how what it answers becomes values.

Answers are decoded here, in slices: aiokafka would decode everything that has arrived in one go on
the event loop (6,000 partitions = 25 ms). Every request names its versions of Kafka's protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Generic, TypeVar

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol.types import Array, CompactArray, Int32, Schema, UnsignedVarInt32

from console.kafka.pace import Breath
from console.kafka.through import Through
from console.kafka.values import Address

T = TypeVar("T")
SLICE = 50  # entries decoded between two looks at the time: ~0.5 ms of metadata
IDLE_MS = 9 * 60_000  # brokers close idle connections after 10 min


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A request, newest version first, and how its answer becomes a value."""

    structs: tuple[Any, ...]
    value: Callable[[dict[str, Any]], Awaitable[T]]
    schema: Any = None
    """In place of the schema that aiokafka has for the answer, where that one is wrong."""
    repeats: bool = True
    """Whether it may be sent again unasked: a write that was lost is its caller's to judge."""

    def prepare(self, offered: Mapping[int, tuple[int, int]]) -> Any:
        """The newest struct that the broker takes; aiokafka calls this."""
        for struct in self.structs:
            if takes(offered, struct):
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


def takes(offered: Mapping[int, tuple[int, int]], struct: Any) -> bool:
    """Whether a broker offers the version of this struct."""
    low, high = offered.get(struct.API_KEY, (0, -1))
    return low <= int(struct.API_VERSION) <= high
