"""Emptied, skipped and restored on Apache Kafka, while producers go on: clients are the judge."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from console.kafka.backup import Record
from console.kafka.emptying import freeze
from console.kafka.frozen import Frozen
from console.lab.kafka.apache import ApacheKafka
from console.model import Order, Ref, Verdict
from console.remedy import Refused
from console.topics.standing import healthy
from tests.kafka.test_backup import everything, fill, new_topic, producer_on
from tests.lab.kafka.looking import until
from tests.remedies.kafka.desk import CLUSTER, Desk, desk, empty, skip, soon


async def calm(at: Desk) -> None:
    """Wait until every partition is whole again."""

    async def sick() -> str:
        try:
            await healthy(at.pool)
        except Refused as refused:
            return str(refused)
        return ""

    await until(sick, lambda said: not said)


class Stream:
    """Records that come all the time; what was acknowledged is known by its place."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.kept: dict[tuple[int, int], bytes] = {}

    async def run(self, producer: AIOKafkaProducer) -> None:
        n = 0
        while True:
            n += 1
            value = b"meanwhile %d" % n
            try:
                sent = await producer.send_and_wait(self.topic, value, partition=n % 3)
            except KafkaError:
                continue
            self.kept[sent.partition, sent.offset] = value


@asynccontextmanager
async def streaming(kafka: ApacheKafka, topic: str) -> AsyncIterator[Stream]:
    stream = Stream(topic)
    async with producer_on(kafka) as producer:
        task = asyncio.create_task(stream.run(producer))
        try:
            yield stream
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def all_of(kafka: ApacheKafka, at: Desk, topic: str) -> list[object]:
    """What a consumer finds from the beginning on, without its offsets."""
    frozen: Frozen = await freeze(at.pool, topic)
    return [(r.partition, *r[2:]) for r in await everything(kafka, topic, frozen)]


async def commit(kafka: ApacheKafka, group: str, topic: str, at: int) -> None:
    """A group that was here once, and is Empty."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    parts = [TopicPartition(topic, p) for p in range(3)]
    consumer.assign(parts)
    await consumer.commit(dict.fromkeys(parts, at))
    await consumer.stop()


def restore(path: str, topic: str) -> Order:
    return Order("kafka-restore", (Ref("topic", CLUSTER, topic),), words={"file": path})


def copy_in(verdict: Verdict) -> str:
    (line,) = [one for one in verdict.evidence if one.startswith("copy of ")]
    return line.partition(": ")[2]


async def test_what_came_after_the_freeze_stays_and_the_copy_comes_back_byte_for_byte(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic, other = await new_topic(apache), await new_topic(apache)
    group = f"group.{topic}"
    async with desk(apache, tmp_path, {group: {"topics": [topic]}}) as at:
        await calm(at)
        async with producer_on(apache) as producer:
            await fill(producer, topic, 90)
        await commit(apache, group, topic, 4)
        before = await all_of(apache, at, topic)
        proposal = await at.propose(empty(topic))
        assert not [one for one in proposal.guards if not one.ok], proposal.refusals
        assert any(f"{group} (Empty, 0 members): 78 behind" in s for s in proposal.plan.preview)
        async with streaming(apache, topic) as stream:
            await until(lambda: _count(stream), lambda count: count > 20)
            verdict = await at.fire(proposal)
            await until(lambda: _count(stream), lambda count: count > 60)
        assert verdict.outcome == "verified", verdict
        assert await at.starts(topic) == {0: 30, 1: 30, 2: 30}, "no more than was shown"
        found = {(r.partition, r.offset): r.value for r in await _records(apache, at, topic)}
        assert stream.kept.items() <= found.items() and len(stream.kept) > 60
        committed = (await at.pool.offsets.groups.committed([group]))[group]
        assert set(getattr(committed, "offsets", {}).values()) == {30}, "latest skips nothing"
        verdict = await at.act(restore(copy_in(verdict), other))
        assert verdict.outcome == "verified" and "90 records are in" in verdict.said, verdict
        assert await all_of(apache, at, other) == before


async def _count(stream: Stream) -> int:
    return len(stream.kept)


async def _records(kafka: ApacheKafka, at: Desk, topic: str) -> list[Record]:
    return await everything(kafka, topic, await freeze(at.pool, topic))


async def kill_when_it_deletes(at: Desk, act: str, pid: int) -> None:
    """SIGKILL for a broker once the copy is done, before the first answer to a deletion."""
    while not (at.acts.progress(act) or ("",))[0].startswith("deleting"):
        await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)


async def test_a_leader_killed_in_the_middle_is_told_by_partition_and_a_rerun_finishes(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic = f"topic.{uuid4().hex[:8]}"
    await apache.create_topics({topic: (3, 1)})  # nobody takes a dead leader's place
    async with desk(apache, tmp_path) as at:
        await calm(at)
        async with producer_on(apache) as producer:
            await fill(producer, topic, 30)
        led = {p.leader: p.number for p in (await at.pool.metadata([topic])).topics[topic].values()}
        lost = led[2]
        proposal = await at.propose(empty(topic))
        killing = asyncio.create_task(kill_when_it_deletes(at, proposal.act, apache.pids[2]))
        try:
            verdict = await at.fire(proposal)
            await soon(killing)
        finally:
            await apache.start_broker(2)
        assert verdict.outcome in ("failed", "unknown"), verdict
        assert any(f"{topic}-{lost} failed: " in line for line in verdict.evidence), verdict
        await calm(at)
        assert await at.starts(topic) == {p: 0 if p == lost else 10 for p in range(3)}
        async with producer_on(apache) as producer:
            await fill(producer, topic, 6)
        again = partial(at.propose, empty(topic))
        rest = await until(again, lambda proposal: proposal.plan.warnings == ())
        assert rest.plan.finishes == proposal.act and rest.refusals == ()
        assert [one.operation for one in rest.plan.requests] == ["DeleteRecords"]
        verdict = await at.fire(rest)
        assert verdict.outcome == "verified", verdict
        assert await at.starts(topic) == {0: 10, 1: 10, 2: 10}
        assert await at.ends(topic) == {0: 12, 1: 12, 2: 12}
        assert len(at.backups()) == 2, "one copy and its manifest"


async def test_a_group_is_skipped_only_while_nobody_is_in_it(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    topic = await new_topic(apache)
    group = f"group.{topic}"
    async with desk(apache, tmp_path, {group: {"topics": [topic]}}) as at:
        await calm(at)
        async with producer_on(apache) as producer:
            await fill(producer, topic, 30)
        await commit(apache, group, topic, 2)
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=apache.bootstrap, group_id=group)
        proposal = await at.propose(skip(group, topic))
        await consumer.start()
        try:
            said = ""
            try:
                await at.fire(proposal)
            except Refused as refused:
                said = str(refused)
            assert "members: stop its consumers first" in said
        finally:
            await consumer.stop()
        await commit(apache, group, topic, 2)
        verdict = await at.act(skip(group, topic))
        assert verdict.outcome == "verified", verdict
        assert "24 records skipped, none deleted" in verdict.said
        assert Counter((await at.starts(topic)).values()) == {0: 3}
