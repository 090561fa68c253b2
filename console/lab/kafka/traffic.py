"""Real producers and consumers on the lab's real brokers; they outlive every broker restart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from console.clock import Clock
from console.lab.kafka import POISON, Heard

TICK_SECONDS = 0.1
AGAIN_SECONDS = 0.5
STOP_SECONDS = 5.0
JOIN_SECONDS = 15.0
REFRESH_MS = 1000
"""Age of a client's metadata: leaders move often here."""


class ApacheTraffic:
    """Rates are records a second of estate time; it belongs to the loop it is first used in."""

    def __init__(self, bootstrap: str, clock: Clock, speed: float = 1.0) -> None:
        self._common = {"bootstrap_servers": bootstrap, "metadata_max_age_ms": REFRESH_MS}
        self._clock, self._speed = clock, speed
        self.heard: Heard = lambda group, value: None
        """Told of every record that a group has read."""
        self._rates: dict[str, float] = {}
        self._stuck: set[str] = set()
        self._poisoned = False
        self._producers: dict[str, asyncio.Task[None]] = {}
        self._members: dict[str, list[asyncio.Task[None]]] = {}
        self._joining: set[str] = set()
        """Client ids of members that have no partitions yet."""

    def produce(self, topic: str, per_s: float) -> None:
        """Send records to a topic, so many a second; 0 stops them."""
        self._rates[topic] = per_s
        if per_s and topic not in self._producers:
            self._producers[topic] = asyncio.create_task(self._produce(topic))

    def consume(
        self, group: str, topics: Sequence[str], members: int = 1, per_s: float = 500.0
    ) -> None:
        """Let a group's members read topics, at most so fast; again: new members; 0: nobody."""
        self._stuck.discard(group)
        old = self._members.get(group, [])
        for task in old:
            task.cancel()
        share = per_s * self._speed / max(members, 1)
        self._joining |= {f"{group}-{index + 1}" for index in range(members)}
        self._members[group] = [
            asyncio.create_task(self._consume(group, topics, index, share, old))
            for index in range(members)
        ]

    async def joined(self) -> None:
        """Return when every member has its partitions; after a while without the last ones."""
        with suppress(TimeoutError):
            async with asyncio.timeout(JOIN_SECONDS):
                while self._joining:
                    await asyncio.sleep(TICK_SECONDS)

    def stick(self, group: str) -> None:
        """Let a group's members stay and beat, and fetch and commit nothing new."""
        self._stuck.add(group)

    def unstick(self, group: str) -> None:
        """Let a stuck group go on from where it was."""
        self._stuck.discard(group)

    def stuck(self, group: str) -> bool:
        """Whether a group's members fetch nothing."""
        return group in self._stuck

    async def poison(self, topic: str) -> None:
        """Put a record that no member gets past at the end of a topic's first partition."""
        self._poisoned = True
        async with AIOKafkaProducer(**self._common, acks="all") as producer:
            await producer.send_and_wait(topic, POISON, partition=0, timestamp_ms=self._stamp())

    async def put(self, topic: str, value: bytes) -> None:
        """Write one record to a topic's first partition."""
        async with AIOKafkaProducer(**self._common, acks="all") as producer:
            await producer.send_and_wait(topic, value, partition=0, timestamp_ms=self._stamp())

    def cure(self) -> None:
        """Let everybody read on: nothing is stuck or poisoned any more."""
        self._stuck.clear()
        self._poisoned = False

    async def close(self) -> None:
        """Stop all clients; members leave their groups."""
        tasks = [*self._producers.values(), *(t for each in self._members.values() for t in each)]
        for task in tasks:
            task.cancel()
        if tasks:  # a client whose broker is a black hole may not part from it in time
            await asyncio.wait(tasks, timeout=STOP_SECONDS)

    async def _produce(self, topic: str) -> None:
        while True:
            producer = AIOKafkaProducer(
                **self._common, acks="all", linger_ms=5, request_timeout_ms=10_000
            )
            try:
                await producer.start()
                await self._send(producer, topic)
            except (KafkaError, OSError):
                await asyncio.sleep(AGAIN_SECONDS)
            finally:
                await producer.stop()

    async def _send(self, producer: AIOKafkaProducer, topic: str) -> None:
        due, last, sent = 0.0, time.monotonic(), 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            due += (now - last) * self._rates[topic] * self._speed
            last, whole = now, int(due)
            stamp = self._stamp()
            for _ in range(whole):
                sent += 1
                sending = await producer.send(topic, f"{topic}@{sent}".encode(), timestamp_ms=stamp)
                sending.add_done_callback(_heed)
            due -= whole

    def _stamp(self) -> int:
        """What the lab stamps is estate time."""
        return int(self._clock.now().timestamp() * 1000)

    async def _consume(
        self, group: str, topics: Sequence[str], index: int, per_s: float, old: Sequence[object]
    ) -> None:
        await asyncio.gather(*old, return_exceptions=True)  # type: ignore[call-overload]
        client = f"{group}-{index + 1}"
        while True:
            consumer = AIOKafkaConsumer(
                *topics,
                **self._common,
                group_id=group,
                client_id=client,
                auto_offset_reset="earliest",
                auto_commit_interval_ms=500,
                heartbeat_interval_ms=500,
                session_timeout_ms=6000,
            )
            try:
                await consumer.start()
                await self._read(consumer, group, client, per_s)
            except (KafkaError, OSError):
                await asyncio.sleep(AGAIN_SECONDS)
            finally:
                await consumer.stop()

    async def _read(
        self, consumer: AIOKafkaConsumer, group: str, client: str, per_s: float
    ) -> None:
        halted: set[TopicPartition] = set()
        while True:
            if consumer.assignment():
                self._joining.discard(client)
            if group in self._stuck:  # polling goes on, so the broker sees a healthy member
                consumer.pause(*consumer.assignment())
            elif again := consumer.paused() - (halted if self._poisoned else set()):
                consumer.resume(*again)
            began, most = time.monotonic(), max(1, int(per_s * TICK_SECONDS))
            got = await consumer.getmany(timeout_ms=int(TICK_SECONDS * 1000), max_records=most)
            for record in (record for records in got.values() for record in records):
                self.heard(group, record.value)
                if (
                    self._poisoned and record.value == POISON
                ):  # before the next commit: nothing was awaited
                    place = TopicPartition(record.topic, record.partition)
                    halted.add(place)
                    consumer.seek(place, record.offset)
                    consumer.pause(place)
            count = sum(len(records) for records in got.values())
            await asyncio.sleep(count / per_s - (time.monotonic() - began))


def _heed(sending: asyncio.Future[object]) -> None:
    """A record that was lost while its brokers were away is nobody's news."""
    if not sending.cancelled():
        sending.exception()
