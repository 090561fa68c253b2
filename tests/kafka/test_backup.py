"""A topic of real brokers, copied out, emptied and written back: nothing is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from console.kafka import wire
from console.kafka.backup import Manifest, back_up, manifest_path, records, verify
from console.kafka.backup.lines import Record
from console.kafka.emptying import delete, freeze
from console.kafka.frozen import Frozen, Span
from console.kafka.pool import BrokerPool
from console.kafka.restoring import cautions, restore
from console.lab.kafka.apache import ApacheKafka
from console.poll import Failed
from tests.bench.ticker import Ticker
from tests.kafka.estates import pool_on
from tests.kafka.scribing import names
from tests.lab.kafka.looking import until

AT = 1_700_000_000_000
NIGHT = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)


async def new_topic(kafka: ApacheKafka, partitions: int = 3) -> str:
    name = f"topic.{uuid4().hex[:8]}"
    await kafka.create_topics({name: (partitions, 3)})
    return name


@asynccontextmanager
async def producer_on(kafka: ApacheKafka, **settings: object) -> AsyncIterator[AIOKafkaProducer]:
    # A record that one broker has and the others have not is behind the end that anybody is told.
    settings["acks"] = "all"
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, **settings)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def fill(producer: AIOKafkaProducer, topic: str, count: int = 60, size: int = 10) -> None:
    """Records of every shape, spread over three partitions, each with a time of its own."""
    for n in range(count):
        bare = n % 7 == 6
        key = bytes([n % 256, 0, 255]) if bare or n % 2 else None
        value = None if bare else b"\xff\x00%d" % n + b"v" * size
        headers = [("trace", b"\x00\xfe"), ("vacío", b"")] if n % 4 == 0 else []
        await producer.send(
            topic, value, key, partition=n % 3, timestamp_ms=AT + n * 1000, headers=headers
        )
    await producer.flush()


async def everything(kafka: ApacheKafka, topic: str, frozen: Frozen) -> list[Record]:
    """What an ordinary consumer reads, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found = []
    try:
        parts = [TopicPartition(topic, index) for index in frozen.spans]
        consumer.assign(parts)
        for part in parts:
            consumer.seek(part, frozen.spans[part.partition].start)
        while any([await consumer.position(p) < frozen.spans[p.partition].end for p in parts]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += batch
    finally:
        await consumer.stop()
    shaped = [
        Record(
            r.partition, r.offset, r.timestamp, r.timestamp_type, r.key, r.value, tuple(r.headers)
        )
        for r in found
        if r.offset < frozen.spans[r.partition].end
    ]
    return sorted(shaped)


def now() -> datetime:
    return NIGHT


async def copied(pool: BrokerPool, frozen: Frozen, directory: Path) -> Manifest:
    return await back_up(pool, frozen, {}, directory / f"{frozen.topic}.jsonl.gz", now)


async def test_a_topic_comes_back_byte_for_byte_and_what_came_meanwhile_stays(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic = await new_topic(apache)
    async with pool_on(apache.bootstrap) as pool, producer_on(apache) as producer:
        await fill(producer, topic)
        frozen = await freeze(pool, topic)
        assert frozen.most == 60
        before = await everything(apache, topic, frozen)
        told: list[tuple[int, int]] = []
        configs = (await pool.anyone(wire.describe_configs([topic])))[topic]
        assert isinstance(configs, dict)
        path = tmp_path / "copy.jsonl.gz"
        manifest = await back_up(
            pool, frozen, configs, path, now, lambda done, most: told.append((done, most))
        )
        assert told[-1] == (60, 60)
        await producer.send_and_wait(topic, b"meanwhile", partition=0)
        cuts = await delete(pool, frozen)
        assert {cut.result for cut in cuts.values()} == {"done"}
        copy = verify(path)
        assert sorted(records(path)) == before
        assert (copy.counts, copy.manifest) == (manifest.counts, manifest)
        assert copy.configs["cleanup.policy"] == "delete"
        after = await freeze(pool, topic)
        assert [span.most for span in after.spans.values()] == [1, 0, 0]
        assert [r.value for r in await everything(apache, topic, after)] == [b"meanwhile"]
        result = await restore(pool, topic, records(path))
        assert (result.counts, result.why) == ({0: 20, 1: 20, 2: 20}, "")
        back = await everything(apache, topic, await freeze(pool, topic))
        assert [r for r in back if r.value != b"meanwhile"] == [
            record._replace(offset=record.offset + 20 + (record.partition == 0))
            for record in before
        ]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_a_compressed_topic_is_copied_as_an_ordinary_consumer_reads_it(
    apache: ApacheKafka, tmp_path: Path, codec: str
) -> None:
    topic = await new_topic(apache)
    async with (
        pool_on(apache.bootstrap) as pool,
        producer_on(apache, compression_type=codec, linger_ms=50) as producer,
    ):
        await asyncio.gather(
            *(producer.send(topic, b"%d" % n + b"v" * 500, partition=n % 3) for n in range(90))
        )
        await producer.flush()
        frozen = await freeze(pool, topic)
        manifest = await copied(pool, frozen, tmp_path)
        assert sorted(records(manifest.path)) == await everything(apache, topic, frozen)
        assert manifest.records == 90


async def test_aborted_records_are_copied_and_marks_of_transactions_are_stepped_over(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic = await new_topic(apache, partitions=1)
    async with (
        pool_on(apache.bootstrap) as pool,
        producer_on(apache, transactional_id=topic) as producer,
    ):
        async with producer.transaction():
            await producer.send(topic, b"kept")
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"aborted")
        await producer.abort_transaction()
        # two records, each with a mark behind it, which comes when it comes
        frozen = await until(lambda: freeze(pool, topic), lambda found: found.most == 4)
        manifest = await copied(pool, frozen, tmp_path)
        assert [r.value for r in records(manifest.path)] == [b"kept", b"aborted"]
        assert (manifest.records, manifest.frozen.most) == (2, 4)


async def test_only_what_is_frozen_is_copied_while_producers_go_on(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic = await new_topic(apache)
    async with pool_on(apache.bootstrap) as pool, producer_on(apache) as producer:
        await fill(producer, topic, 300, size=2000)
        frozen = await freeze(pool, topic)
        going_on = asyncio.create_task(fill(producer, topic, 3000))
        manifest = await copied(pool, frozen, tmp_path)
        await going_on
        assert manifest.counts == {0: 100, 1: 100, 2: 100}


async def test_a_start_that_has_moved_past_the_frozen_one_is_no_backup(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic = await new_topic(apache)
    async with pool_on(apache.bootstrap) as pool, producer_on(apache) as producer:
        await fill(producer, topic)
        frozen = await freeze(pool, topic)
        await delete(pool, Frozen(topic, {1: Span(0, 5)}))
        with pytest.raises(Failed, match=rf"{topic}-1 begins at 5 by now, .* from 0 on"):
            await copied(pool, frozen, tmp_path)
        assert names(tmp_path) == []


async def test_an_end_that_nobody_can_reach_is_no_backup(
    apache: ApacheKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.kafka.backup.copying.PATIENCE", 3.0)
    topic = await new_topic(apache)
    async with pool_on(apache.bootstrap) as pool, producer_on(apache) as producer:
        await fill(producer, topic)
        beyond = Frozen(topic, {0: Span(0, 20), 1: Span(0, 21)})
        with pytest.raises(Failed, match=rf"{topic}-1 was read to 20 of 21"):
            await copied(pool, beyond, tmp_path)
        assert names(tmp_path) == []


async def test_a_broker_that_is_killed_in_the_middle_delays_the_copy_and_spoils_nothing(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic = await new_topic(apache)
    async with pool_on(apache.bootstrap) as pool, producer_on(apache) as producer:
        await fill(producer, topic, 3000, size=3000)
        frozen = await freeze(pool, topic)
        before = await everything(apache, topic, frozen)
        killed: list[asyncio.Task[None]] = []

        def kill_one(done: int, most: int) -> None:
            if not killed:
                assert done < most, "the copy is over before anything can happen to it"
                killed.append(asyncio.create_task(apache.kill_broker(2)))

        path = tmp_path / "c.jsonl.gz"
        try:
            manifest = await back_up(pool, frozen, {}, path, now, kill_one)
            assert killed
            assert sorted(records(path)) == before
            assert manifest.records == 3000
            cuts = await delete(pool, frozen)
            assert {cut.result for cut in cuts.values()} <= {"done", "already"}
        finally:
            await asyncio.gather(*killed)
            await apache.start_broker(2)


async def test_nothing_holds_the_event_loop_while_a_topic_is_copied(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic = await new_topic(apache)
    async with pool_on(apache.bootstrap) as pool, producer_on(apache, linger_ms=20) as producer:
        await asyncio.gather(
            *[await producer.send(topic, b"v" * 200, partition=n % 3) for n in range(30_000)]
        )
        frozen = await freeze(pool, topic)
        async with Ticker() as ticker:
            manifest = await copied(pool, frozen, tmp_path)
        assert manifest.records == 30_000
        assert max(ticker.own) < 0.016  # its own: others may take the core meanwhile


def test_what_a_topic_will_do_to_old_records_is_said() -> None:
    hour = 3_600_000
    assert cautions({"retention.ms": "-1"}, AT, AT + 99 * hour) == []
    assert cautions({"retention.ms": str(2 * hour)}, AT, AT + hour) == []
    (said,) = cautions({"retention.ms": str(2 * hour)}, AT, AT + 3 * hour)
    assert "keeps records for 2 h and the oldest are older" in said
    (said,) = cautions({"message.timestamp.type": "LogAppendTime"}, AT, AT + 99 * hour)
    assert "stamps every record anew" in said


async def test_a_partition_that_the_topic_does_not_have_is_told_before_anything_is_unsure(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic = await new_topic(apache, partitions=1)
    given = [Record(0, 0, AT, 0, None, b"a"), Record(1, 0, AT, 0, None, b"b")]
    async with pool_on(apache.bootstrap) as pool:
        result = await restore(pool, topic, given)
        assert (result.counts, result.unsure) == ({0: 1}, {})
        assert result.why == f"{topic} has no partition 1"


async def test_a_manifest_lies_beside_the_backup(apache: ApacheKafka, tmp_path: Path) -> None:
    topic = await new_topic(apache, partitions=1)
    async with pool_on(apache.bootstrap) as pool:
        manifest = await copied(pool, await freeze(pool, topic), tmp_path)
    assert manifest.records == 0, "an empty topic has an empty backup"
    assert manifest_path(manifest.path).exists()
    assert verify(manifest.path).manifest == manifest
