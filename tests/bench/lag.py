"""One refresh of the lag of 300 groups on 6,000 partitions, against Kafka's own tool."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from console.clients import Clients
from console.config import Estate
from console.lab.kafka import jars
from console.lab.kafka.apache import ApacheKafka
from console.machine import collect_rarely
from console.poll import Context
from console.sources.kafka_lag import GroupLag, KafkaLag
from tests.bench.figure import against
from tests.bench.ticker import Ticker, told
from tests.lab.kafka.judge import lag_table

TOPICS, PARTITIONS, GROUPS = 60, 100, 300
EVERY = 5.0  # seconds between two refreshes: the product's default
WARM = 10  # refreshes measured after the first
TOOL_RUNS = 3
AT_ONCE = 10  # groups that commit, topics that are made at the same time
BEHIND = 3  # records in each partition before anything is read; one more before each refresh
GOAL_MS = 16.0

Lags = dict[tuple[str, str, int], int | None]


def topic_names() -> list[str]:
    """The topics; group n reads the whole of topic n modulo their number."""
    return [f"topic-{number:02}" for number in range(TOPICS)]


@asynccontextmanager
async def kafka_with_groups() -> AsyncIterator[tuple[ApacheKafka, Any]]:
    """Three brokers with all topics, records and commits; and a producer to send more."""
    from aiokafka import AIOKafkaProducer

    with tempfile.TemporaryDirectory(prefix="oncall-bench-") as scratch:
        kafka = ApacheKafka(Path(scratch) / "data")
        await kafka.start()
        try:
            names = topic_names()
            for first in range(0, TOPICS, AT_ONCE):
                some = names[first : first + AT_ONCE]
                await kafka.create_topics(dict.fromkeys(some, (PARTITIONS, 1)))
            async with AIOKafkaProducer(
                bootstrap_servers=kafka.bootstrap,
                acks=1,
                linger_ms=50,
                metadata_max_age_ms=3_600_000,
            ) as producer:
                for _ in range(BEHIND):
                    await produce(producer)
                await commit_all(kafka.bootstrap)
                yield kafka, producer
        finally:
            await kafka.close()


async def produce(producer: Any) -> None:
    """One record into every partition."""
    for topic in topic_names():
        for partition in range(PARTITIONS):
            await producer.send(topic, b"x", partition=partition)
    await producer.flush()


async def commit_all(bootstrap: str) -> None:
    """Each group commits offset 1 in every partition of its topic, in one request."""
    from aiokafka.client import AIOKafkaClient, CoordinationType
    from aiokafka.errors import KafkaError
    from aiokafka.protocol.commit import OffsetCommitRequest

    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    turn = asyncio.Semaphore(AT_ONCE)

    async def commit(number: int) -> None:
        group, topic = f"group-{number:03}", topic_names()[number % TOPICS]
        offsets = [(partition, 1, "") for partition in range(PARTITIONS)]
        request = OffsetCommitRequest(group, -1, "", -1, [(topic, offsets)])
        while True:  # until the coordinator has loaded its part of the offsets
            async with turn:
                with suppress(KafkaError):
                    node = await client.coordinator_lookup(CoordinationType.GROUP, group)
                    await client.ready(node)
                    answer = await client.send(node, request)
                    if not any(code for _, each in answer.topics for _, code in each):
                        return
            await asyncio.sleep(0.2)

    try:
        async with asyncio.timeout(60):
            await asyncio.gather(*map(commit, range(GROUPS)))
    finally:
        await client.close()


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Every request that goes out, by the name of its newest version."""
    from aiokafka.conn import AIOKafkaConnection

    asked: Counter[str] = Counter()
    send = AIOKafkaConnection.send

    def count(self: Any, request: Any, *rest: Any, **more: Any) -> Any:
        structs = getattr(request, "structs", None)
        if structs:
            asked[type(structs[0]).__name__.split("Request")[0]] += 1
        return send(self, request, *rest, **more)

    with patch.object(AIOKafkaConnection, "send", count):
        yield asked


def context_on(bootstrap: str, state: Path) -> Context:
    """What the product's source is given: every group of this cluster, its history kept."""
    cluster = {"bootstrap": bootstrap, "all_groups": True, "refresh": EVERY}
    estate = Estate.model_validate(
        {"estate": {"name": "bench", "title": "Bench"}, "kafka": {"bench": cluster}}
    )
    return Context(estate, Clients(estate), state=state)


class Refreshes:
    """Fetches as the poller does and notes what each fetch took."""

    def __init__(self, context: Context) -> None:
        (self._part,) = KafkaLag().parts(context)
        self.rows: tuple[GroupLag, ...] = ()
        self.seconds: list[float] = []
        self.cpu: list[float] = []
        self.requests: list[Counter[str]] = []

    async def once(self, asked: Counter[str]) -> None:
        """One fetch, judgement included."""
        asked.clear()
        began, cpu = time.perf_counter(), time.process_time()
        self.rows = await self._part.fetch()  # type: ignore[assignment]
        self.seconds.append(time.perf_counter() - began)
        self.cpu.append(time.process_time() - cpu)
        self.requests.append(Counter(asked))

    def lags(self) -> Lags:
        """The lag of every partition, as Kafka's tool would tell it."""
        return {
            (row.group, row.topic, each.partition): each.lag
            for row in self.rows
            for each in row.partitions
        }


async def refresh(bootstrap: str, producer: Any) -> tuple[Refreshes, Ticker]:
    """The first refresh and then the warm ones at their usual pace; only these are ticked."""
    ticker = Ticker()
    with tempfile.TemporaryDirectory(prefix="oncall-bench-") as state, counted() as asked:
        context = context_on(bootstrap, Path(state))
        try:
            looks = Refreshes(context)
            await looks.once(asked)
            for _ in range(WARM):
                next_at = time.monotonic() + EVERY
                await produce(producer)
                await asyncio.sleep(max(next_at - time.monotonic(), 0))
                async with ticker:
                    await looks.once(asked)
        finally:
            await context.clients.close()
    return looks, ticker


async def tool(bootstrap: str) -> tuple[list[float], Lags]:
    """Seconds of each run of Kafka's own tool, its JVM's start included; and what it told."""
    seconds, lags = [], Lags()
    for _ in range(TOOL_RUNS):
        began = time.perf_counter()
        lags = await lag_table(bootstrap)
        seconds.append(time.perf_counter() - began)
    return seconds, lags


async def run() -> list[str]:
    """Everything in one run, on the same brokers."""
    async with kafka_with_groups() as (kafka, producer):
        collect_rarely()  # as the console does when it begins
        looks, ticker = await refresh(kafka.bootstrap, producer)
        seconds, lags = await tool(kafka.bootstrap)
        agrees = looks.lags() == lags
    return [
        f"inputs: {kafka.kind} on this machine; {GROUPS} groups × {TOPICS * PARTITIONS:,} "
        f"partitions ({TOPICS} topics × {PARTITIONS}, RF 1); each group has committed all "
        f"{PARTITIONS} partitions of one topic ({GROUPS * PARTITIONS:,} offsets, all behind); "
        f"one record into every partition between two refreshes, {EVERY:g} s apart; "
        "history kept on disk",
        f"load average {os.getloadavg()[0]:.1f}",
        *_refresh_lines(looks, seconds),
        told(ticker, GOAL_MS),
        f"the tool and the console {'agree on' if agrees else 'DIFFER in'} the lag of "
        f"{len(lags):,} partitions",
    ]


def _refresh_lines(looks: Refreshes, tool_seconds: Sequence[float]) -> list[str]:
    warm, cpu = looks.seconds[1:], looks.cpu[1:]
    usual = statistics.median_low([each.total() for each in looks.requests[1:]])
    one = next(each for each in looks.requests[1:] if each.total() == usual)
    kinds = ", ".join(f"{count} {name}" for name, count in one.most_common())
    median, judge = statistics.median(warm), statistics.median(tool_seconds)
    return [
        f"requests: {looks.requests[0].total()} at the first refresh, "
        f"{min(e.total() for e in looks.requests[1:])}–"
        f"{max(e.total() for e in looks.requests[1:])} warm ({kinds})",
        f"first refresh {looks.seconds[0]:.2f} s; warm {median:.2f} s, median of {len(warm)} "
        f"({min(warm):.2f}–{max(warm):.2f} s; CPU {statistics.median(cpu):.2f} s)",
        f"Kafka's own tool {judge:.2f} s, median of {len(tool_seconds)}, its start included; "
        + against(f"ratio {median / judge:.2f}", median / judge, 1),
    ]


def measure() -> list[str]:
    """Requests, wall time against Kafka's own tool, and the longest hold of the event loop."""
    if reason := jars.available():
        return [f"not measured: {reason}"]
    return asyncio.run(run())
