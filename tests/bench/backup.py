"""A backup of a million records of 100 bytes from real brokers: how fast, in how much memory."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

from console.kafka.backup import Manifest, back_up, records, verify
from console.kafka.emptying import freeze
from console.kafka.pool import BrokerPool
from console.kafka.restoring import restore
from console.lab.kafka import jars
from console.lab.kafka.apache import ApacheKafka
from tests.bench.figure import at_least
from tests.bench.ticker import Ticker, told
from tests.kafka.estates import pool_on

RECORDS, SIZE, PARTITIONS = 1_000_000, 100, 6
GOAL_PER_S, GOAL_MS = 100_000, 16.0
TOPIC, AGAIN = "full", "again"
FILL = """
import asyncio, random, sys
from aiokafka import AIOKafkaProducer

async def main(bootstrap, topic, records, size, partitions):
    noise = random.Random(1)
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", linger_ms=20, max_batch_size=200_000
    ) as producer:
        for number in range(records):
            head = b'{"device":"crow-%08d","state":' % noise.randrange(10**8)
            value = head + noise.randbytes((size - len(head)) // 2).hex().encode()
            await producer.send(topic, value.ljust(size, b"}"), partition=number % partitions)
        await producer.flush()

bootstrap, topic, *numbers = sys.argv[1:]
asyncio.run(main(bootstrap, topic, *map(int, numbers)))
"""


@dataclass
class Peak:
    """The most memory that this process and its children had, and what this one had at first."""

    before: int
    own: int = 0
    children: int = 0


def resident(pid: int) -> int:
    """Bytes of memory of a process; 0 when it is gone."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def children() -> list[int]:
    """Processes whose command is the one that writes backups, started by this one."""
    told = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    found = []
    for pid in map(int, told.split()):
        try:
            if b"scribe" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def cpu() -> tuple[float, float]:
    """Seconds of CPU that this process used, and those of its children that have ended."""
    used = os.times()
    return used.user + used.system, used.children_user + used.children_system


@contextmanager
def watched() -> Iterator[Peak]:
    """Look at the memory twenty times a second."""
    peak, over = Peak(resident(os.getpid())), Event()

    def look() -> None:
        while not over.wait(0.05):
            peak.own = max(peak.own, resident(os.getpid()))
            peak.children = max(peak.children, sum(map(resident, children())))

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


async def copied(pool: BrokerPool, path: Path) -> list[str]:
    """One backup, with what it took."""
    frozen = await freeze(pool, TOPIC)
    with watched() as peak:
        async with Ticker() as ticker:
            began, own, writing = time.perf_counter(), *cpu()
            manifest = await back_up(pool, frozen, {}, path, lambda: datetime.now(UTC))
            took = time.perf_counter() - began
            own, writing = (now - then for now, then in zip(cpu(), (own, writing), strict=True))
    return [
        at_least(
            f"backup of {manifest.records:,} records of {SIZE} B: {manifest.records / took:,.0f} "
            f"records/s, {took:.1f} s",
            manifest.records / took,
            GOAL_PER_S,
        ),
        f"CPU: the console {own:.1f} s, the process that writes {writing:.1f} s",
        f"file {manifest.size / 1e6:.0f} MB; memory at most: the console "
        f"+{(peak.own - peak.before) / 1e6:.0f} MB, the process that writes "
        f"{peak.children / 1e6:.0f} MB",
        told(ticker, GOAL_MS),
        *_read_back(manifest),
    ]


def _read_back(manifest: Manifest) -> list[str]:
    began = time.perf_counter()
    verify(manifest.path)
    took = time.perf_counter() - began
    return [f"verified in {took:.1f} s, {manifest.records / took:,.0f} records/s"]


async def restored(pool: BrokerPool, path: Path) -> str:
    """All of it into another topic."""
    began = time.perf_counter()
    result = await restore(pool, AGAIN, records(path))
    took = time.perf_counter() - began
    assert not result.why, result.why
    count = sum(result.counts.values())
    return f"restored {count:,} records in {took:.1f} s, {count / took:,.0f} records/s"


async def run() -> list[str]:
    """Fill, copy, verify, restore."""
    with tempfile.TemporaryDirectory(prefix="oncall-bench-") as scratch:
        kafka = ApacheKafka(Path(scratch) / "data")
        await kafka.start()
        try:
            await kafka.create_topics(dict.fromkeys((TOPIC, AGAIN), (PARTITIONS, 3)))
            numbers = map(str, (RECORDS, SIZE, PARTITIONS))
            filling = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", FILL, kafka.bootstrap, TOPIC, *numbers),
                stderr=subprocess.PIPE,
            )
            _, complaint = await filling.communicate()
            assert filling.returncode == 0, complaint.decode()
            path = Path(scratch) / "copy.jsonl.gz"
            async with pool_on(kafka.bootstrap) as pool:
                return [*await copied(pool, path), await restored(pool, path)]
        finally:
            await kafka.close()


def measure() -> list[str]:
    """The lines to print."""
    if reason := jars.available():
        return [f"not measured: {reason}"]
    return asyncio.run(run())
