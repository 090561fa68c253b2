"""What the console relies on, against both: the stand-in is as honest as these tests."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from console.clock import Clock, real_now
from console.kafka.codes import offsets_partition
from console.kafka.values import Metadata, Partition
from console.kafka.wire import EARLIEST, all_metadata, coordinator, list_offsets
from console.lab.kafka import Kafka, jars
from tests.lab.kafka.conftest import Brokers
from tests.lab.kafka.judge import lag_table
from tests.lab.kafka.looking import Reading, look, pool_of, read, traffic_on, until

TUESDAY = datetime(2024, 3, 5, 20, 0, tzinfo=UTC)


async def new_topic(kafka: Kafka, partitions: int = 6) -> tuple[str, str]:
    """A topic and the name of a group, both of this test's own."""
    own = uuid4().hex[:8]
    await kafka.create_topics({f"topic.{own}": (partitions, 3)})
    return f"topic.{own}", f"group.{own}"


def partitions_of(seen: Metadata, topic: str) -> list[Partition]:
    return list(seen.topics.get(topic, {}).values())


def in_sync(seen: Metadata, topic: str) -> bool:
    return all(len(p.isr) == 3 and not p.offline for p in partitions_of(seen, topic))


async def test_a_new_topic_is_spread_over_three_brokers(brokers: Brokers) -> None:
    async with brokers() as kafka, pool_of(kafka) as pool:
        topic, _ = await new_topic(kafka)
        seen = await until(pool.metadata, lambda found: topic in found.topics)
        assert set(seen.brokers) == {1, 2, 3}
        assert sorted(p.number for p in partitions_of(seen, topic)) == list(range(6))
        assert {p.leader for p in partitions_of(seen, topic)} == {1, 2, 3}
        assert in_sync(seen, topic)


async def test_a_topic_that_was_created_is_served_by_every_broker_at_once(
    brokers: Brokers,
) -> None:
    async with brokers() as kafka, pool_of(kafka) as pool:
        await pool.metadata()
        for _ in range(5):
            topic, _ = await new_topic(kafka)
            for broker in (3, 2, 1):
                seen = await pool.ask(broker, all_metadata([topic]))
                led = [(topic, p.number) for p in partitions_of(seen, topic) if p.leader == broker]
                found = await pool.ask(broker, list_offsets(led, EARLIEST))
                assert len(led) == 2 and found.offsets == dict.fromkeys(led, 0)


@pytest.mark.parametrize("group", ["datajs", "dataenricher", "監視", "😀"])
async def test_a_group_is_coordinated_where_its_name_hashes_to(
    brokers: Brokers, group: str
) -> None:
    async with brokers() as kafka, pool_of(kafka) as pool:
        ask = partial(pool.anyone, coordinator(group))
        _, broker = await until(ask, lambda answer: answer[0] == 0)
        offsets = (await pool.metadata()).topics["__consumer_offsets"]
        assert broker == offsets[offsets_partition(group, len(offsets))].leader


async def test_records_come_at_the_rate_times_the_speed_until_stopped(brokers: Brokers) -> None:
    async with brokers() as kafka, traffic_on(kafka, speed=4.0) as traffic:
        topic, group = await new_topic(kafka)
        async with pool_of(kafka, group) as pool:
            ask = partial(read, pool, group)

            async def timed() -> tuple[float, Reading, float]:
                return time.monotonic(), await ask(), time.monotonic()

            traffic.consume(group, [topic])
            traffic.produce(topic, 50)
            asked, first, told = await until(timed, lambda t: t[1].end > 20 and t[1].committed > 0)
            again, last, ended = await until(timed, lambda t: t[1].end > first.end + 600)
            came = last.end - first.end  # a look shows a moment between its question and answer
            assert came / (ended - asked) < 200 * 1.35
            assert came / (again - told) > 200 * 0.65
            traffic.produce(topic, 0)
            await asyncio.sleep(0.5)
            still = await until(ask, lambda seen: seen.lag == 0)
            await asyncio.sleep(0.5)
            assert (await ask()).end == still.end


async def test_members_share_the_partitions_and_keep_up(brokers: Brokers) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic:
        topic, group = await new_topic(kafka)
        async with pool_of(kafka, group) as pool:
            ask = partial(read, pool, group)
            traffic.consume(group, [topic], members=2)
            traffic.produce(topic, 100)
            await until(ask, lambda s: (s.members, len(s.assigned), s.state) == (2, 6, "Stable"))
            seen = await until(ask, lambda s: s.committed > 200 and 0 <= s.lag < 200)
            traffic.consume(group, [topic], members=0)
            left = await until(ask, lambda s: (s.members, s.state) == (0, "Empty"))
            assert left.committed >= seen.committed, "what was committed outlives the members"
            behind = await until(ask, lambda s: s.lag > 50)
            assert behind.committed == left.committed


async def test_a_stuck_group_stays_stable_and_commits_nothing(brokers: Brokers) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic:
        topic, group = await new_topic(kafka)
        async with pool_of(kafka, group) as pool:
            ask = partial(read, pool, group)
            traffic.consume(group, [topic], members=2)
            traffic.produce(topic, 100)
            await until(ask, lambda s: s.committed > 50)
            traffic.stick(group)
            # what was read until then is committed while two seconds' records come
            stuck = await until(ask, lambda s: s.lag > 200)
            late = await until(ask, lambda s: s.lag > stuck.lag + 100)
            assert late.committed == stuck.committed
            assert (late.state, late.members) == ("Stable", 2)
            traffic.unstick(group)
            cured = await until(ask, lambda s: s.lag < 60)
            assert cured.committed > stuck.committed


async def test_a_slow_group_falls_behind_and_still_moves(brokers: Brokers) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic:
        topic, group = await new_topic(kafka)
        async with pool_of(kafka, group) as pool:
            ask = partial(read, pool, group)
            traffic.consume(group, [topic], per_s=40)
            traffic.produce(topic, 200)
            first = await until(ask, lambda s: s.lag > 100 and s.committed > 0)
            later = await until(ask, lambda s: s.lag > first.lag + 150)
            assert later.committed > first.committed


async def test_a_stopped_broker_leaves_and_returns_and_traffic_goes_on(brokers: Brokers) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic:
        topic, group = await new_topic(kafka)
        async with pool_of(kafka, group) as pool:
            ask = partial(read, pool, group)
            traffic.consume(group, [topic])
            traffic.produce(topic, 100)
            await until(ask, lambda s: s.committed > 0)
            await kafka.stop_broker(2)
            seen = await until(pool.metadata, lambda found: set(found.brokers) == {1, 3})
            assert all(p.leader in (1, 3) for p in partitions_of(seen, topic)), "none leaderless"
            assert all(p.isr and 2 not in p.isr for p in partitions_of(seen, topic))
            assert all(p.offline == [2] for p in partitions_of(seen, topic))
            down = await ask()
            await until(ask, lambda s: s.committed > down.committed + 100)
            await kafka.start_broker(2)
            seen = await until(pool.metadata, lambda found: in_sync(found, topic))
            assert set(seen.brokers) == {1, 2, 3}
            await until(
                pool.metadata, lambda found: any(p.leader == 2 for p in partitions_of(found, topic))
            )
            back = await ask()
            await until(ask, lambda s: s.committed > back.committed + 100)


async def test_a_black_hole_does_not_keep_the_others_from_answering(brokers: Brokers) -> None:
    async with brokers() as kafka, pool_of(kafka) as pool:
        topic, _ = await new_topic(kafka)
        await until(pool.metadata, lambda found: topic in found.topics)
        kafka.black_hole(3, True)
        try:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await pool.ask(3, coordinator("any"))
            for broker in (1, 2):
                async with asyncio.timeout(10):
                    assert await pool.ask(broker, coordinator("any"))
        finally:
            kafka.black_hole(3, False)
        await until(pool.metadata, lambda found: in_sync(found, topic))


async def test_records_are_read_in_order_with_the_estates_time(brokers: Brokers) -> None:
    clock = Clock(TUESDAY, real_now(), 10.0)
    async with brokers() as kafka, traffic_on(kafka, clock, speed=10.0) as traffic:
        topic, _ = await new_topic(kafka, partitions=1)
        traffic.produce(topic, 20)
        reader = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
        await reader.start()
        try:
            reader.assign([TopicPartition(topic, 0)])
            records = [await reader.getone() for _ in range(100)]
        finally:
            await reader.stop()
        assert [record.offset for record in records] == list(range(100))
        times = [datetime.fromtimestamp(record.timestamp / 1000, UTC) for record in records]
        assert times == sorted(times)
        assert TUESDAY - timedelta(seconds=5) < times[0] <= times[-1] <= clock.now()


async def test_kafkas_own_tool_and_the_console_see_the_same_lag(brokers: Brokers) -> None:
    if reason := jars.missing_tools():
        pytest.skip(f"Kafka's own tool: {reason}")
    jars.fetch()
    async with brokers() as kafka, traffic_on(kafka) as traffic:
        topic, group = await new_topic(kafka)
        async with pool_of(kafka, group) as pool:
            ask = partial(read, pool, group)
            traffic.consume(group, [topic], members=2)
            traffic.produce(topic, 200)
            await until(ask, lambda s: s.committed > 200)
            traffic.stick(group)
            await until(ask, lambda s: s.lag > 150)
            traffic.produce(topic, 0)  # equality needs a world that stands still
            await asyncio.sleep(0.5)
            told = await lag_table(kafka.bootstrap)
            seen = await look(pool)
            committed = seen.groups[group].committed
            ours = {(group, *tp): seen.ends[tp].offset - committed[tp] for tp in committed}
            assert ours == {key: lag for key, lag in told.items() if key[0] == group}
            assert sum(ours.values()) > 150
