"""Three small brokers on 127.0.0.1 that speak Kafka's protocol and fail on demand.

They serve what a console reads, and what empties and refills a topic; they take no members.
Producers and consumers are scripted in `Cluster`. The wire format is kio's, generated from
Kafka's own schemas.
"""

from __future__ import annotations

import asyncio
import io
import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kio.index import load_request_schema, load_response_schema
from kio.serial import entity_reader, entity_writer

from console.clock import Clock
from console.lab.kafka import BROKERS
from console.lab.kafka.answers import Facts, Seat, build
from console.lab.kafka.cluster import Cluster
from console.lab.kafka.ports import free_ports
from console.lab.kafka.served import SERVED

SOON_SECONDS = 0.02
CATCH_UP_SECONDS, AT_MOST_SECONDS = 60.0, 3.0  # of the estate, of real time


@dataclass(frozen=True, slots=True)
class Call:
    """One request a broker got, for tests that ask what was asked."""

    broker: int
    api: str
    version: int


class StandIn:
    """The same surface as ApacheKafka, plus faults; it belongs to the loop that started it."""

    kind = "a stand-in for Kafka, three brokers"

    def __init__(self) -> None:
        self.cluster = Cluster()
        self.faults = self.cluster.faults
        self.calls: deque[Call] = deque(maxlen=10_000)
        self._ports = dict(zip(BROKERS, free_ports(len(BROKERS)), strict=True))
        self._servers: dict[int, asyncio.Server] = {}
        self._connections: dict[int, set[asyncio.StreamWriter]] = {b: set() for b in BROKERS}
        self._awake = {b: asyncio.Event() for b in BROKERS}
        self.bootstrap = ",".join(f"127.0.0.1:{port}" for port in self._ports.values())

    async def start(self) -> None:
        """Start all three brokers, in sync."""
        for broker in BROKERS:
            await self.start_broker(broker)
            self.cluster.catch_up(broker)

    async def close(self) -> None:
        """Stop every broker."""
        for broker in list(self._servers):
            await self.stop_broker(broker)

    async def create_topics(
        self, topics: Mapping[str, tuple[int, int]], configs: Mapping[str, str] | None = None
    ) -> None:
        """Create `{name: (partitions, replication factor)}`."""
        self.cluster.create(topics, configs)

    async def stop_broker(self, broker: int) -> None:
        """Hang up on everybody, listen no more; leaders and coordinators move."""
        server = self._servers.pop(broker)
        server.close()
        for connection in self._connections[broker]:
            connection.close()
        self.cluster.lose(broker)
        await server.wait_closed()

    async def kill_broker(self, broker: int) -> None:
        """The same: the others notice at once, where real ones need a session's time-out."""
        await self.stop_broker(broker)

    async def start_broker(self, broker: int) -> None:
        """Listen again on the old port; in sync after `cluster.catch_up_s`."""
        if broker in self._servers:
            return
        self._awake[broker].set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(broker, reader, writer)

        port = self._ports[broker]
        self._servers[broker] = await asyncio.start_server(serve, "127.0.0.1", port)
        self.cluster.join(broker)

    async def until_in_sync(self) -> None:
        """Return when every replica is in sync and every partition is led by whom it should be."""
        while not self.cluster.in_sync():
            await asyncio.sleep(SOON_SECONDS)

    def black_hole(self, broker: int, on: bool) -> None:
        """Accept connections and requests, and answer when it is over."""
        if on:
            self._awake[broker].clear()
        else:
            self._awake[broker].set()

    def traffic(self, clock: Clock, speed: float = 1.0) -> Cluster:
        """Scripted producers and consumers, on the estate's clock."""
        self.cluster.clock, self.cluster.speed = clock, speed
        if speed > 1:
            self.cluster.catch_up_s = min(AT_MOST_SECONDS, CATCH_UP_SECONDS / speed)
        return self.cluster

    async def _serve(
        self, broker: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._connections[broker].add(writer)
        try:
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                raw = await reader.readexactly(size)
                await asyncio.sleep(self.faults.slow.get(broker, 0))
                await self._awake[broker].wait()
                if broker in self.faults.hangs_up:
                    return
                answer = await self._answer(broker, raw)
                writer.write(struct.pack(">i", len(answer)) + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client hung up, or we did
        finally:
            self._connections[broker].discard(writer)
            writer.close()

    async def _answer(self, broker: int, raw: bytes) -> bytes:
        key, version = struct.unpack(">hh", raw[:4])
        oldest, newest, answer = SERVED.get(key, (1, 0, None))
        if answer is None or not oldest <= version <= newest:
            raise ConnectionError(f"API {key} version {version} is not served")  # as Kafka does
        schema = load_request_schema(key, version)
        header, at = entity_reader(schema.__header_schema__)(raw, 0)
        request, _ = entity_reader(schema)(raw, at)
        api = schema.__name__.removesuffix("Request")
        self.calls.append(Call(broker, api, version))
        self.cluster.settle()
        facts = answer(Seat(self.cluster, self._ports, broker), request)
        if follows := self.faults.unheard.pop(api, None):
            follows()
            raise ConnectionError(f"the answer to {api} is lost")
        await asyncio.sleep(facts.get("hold_s", 0))
        return _pack(load_response_schema(key, version), header.correlation_id, facts)


def _pack(schema: type[Any], correlation: int, facts: Facts) -> bytes:
    packed, header = io.BytesIO(), schema.__header_schema__
    entity_writer(header)(packed, header(correlation_id=correlation))
    entity_writer(schema)(packed, build(schema, facts))
    return packed.getvalue()
