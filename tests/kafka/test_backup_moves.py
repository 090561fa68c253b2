"""A copy while leaders move, stay away, or nobody wants it any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.kafka.backup import back_up, records
from console.kafka.emptying import freeze
from console.kafka.pool import BrokerPool
from console.lab.kafka.standin import StandIn
from console.poll import Failed
from tests.kafka.estates import pool_on, three_brokers
from tests.kafka.scribing import TOPIC, names
from tests.lab.kafka.looking import until

NIGHT = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)


def now() -> datetime:
    return NIGHT


@asynccontextmanager
async def scripted(records: float) -> AsyncIterator[tuple[StandIn, BrokerPool]]:
    """The stand-in with made-up records in each of three partitions of `crow.save`."""
    async with three_brokers() as kafka, pool_on(kafka.bootstrap) as pool:
        await kafka.create_topics({TOPIC: (3, 3)})
        for log in kafka.cluster.topics[TOPIC].logs:
            log.end = records
        yield kafka, pool


async def test_a_leader_that_moves_in_the_middle_is_followed(tmp_path: Path) -> None:
    async with scripted(5000) as (kafka, pool):
        frozen = await freeze(pool, TOPIC)

        def move(done: int, most: int) -> None:
            if done < most / 2:
                kafka.cluster.fall_behind(2)

        path = tmp_path / "c.jsonl.gz"
        manifest = await back_up(pool, frozen, {}, path, now, move)
        assert all(log.leader != 2 for log in kafka.cluster.topics[TOPIC].logs)
        assert manifest.counts == {0: 5000, 1: 5000, 2: 5000}
        values = {(r.partition, r.offset): r.value for r in records(path)}
        assert len(values) == 15_000
        assert values[1, 4999] == f"{TOPIC}-1@4999".encode()


async def test_a_partition_whose_broker_stays_away_is_named_and_there_is_no_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.kafka.backup.copying.PATIENCE", 1.0)
    async with scripted(50) as (kafka, pool):
        frozen = await freeze(pool, TOPIC)
        kafka.faults.partition[TOPIC, 1] = 6
        with pytest.raises(Failed, match=r"crow\.save-1 was read to 0 of 50: .*changed its leader"):
            await back_up(pool, frozen, {}, tmp_path / "c.jsonl.gz", now)
        assert names(tmp_path) == []


async def test_a_copy_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    async with scripted(100_000) as (_, pool):
        frozen = await freeze(pool, TOPIC)
        path = tmp_path / "c.jsonl.gz"
        copying = asyncio.create_task(back_up(pool, frozen, {}, path, now))

        async def there() -> list[str]:
            return names(tmp_path)

        assert await until(there, bool) == ["c.jsonl.gz.part"]
        copying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await copying
        assert names(tmp_path) == []
