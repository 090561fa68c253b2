"""What emptying and skipping rely on, against both: the stand-in refuses what Kafka refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from console.kafka.codes import DELETE
from console.kafka.pool import BrokerPool
from console.kafka.values import Tp
from console.kafka.wire import (
    EARLIEST,
    LATEST,
    commit_offsets,
    committed,
    coordinator,
    delete_records,
    describe_configs,
    fetch_records,
    lacking_to_act,
    list_offsets,
    list_times,
    log_dirs,
    new_producer,
    produce_batches,
)
from console.kafka.wire.rights import topic_rights
from console.lab.kafka import Kafka, Traffic
from console.lab.kafka.standin import StandIn
from console.lab.lab import Lab
from tests.lab.kafka.conftest import Brokers
from tests.lab.kafka.looking import look, pool_of, read, traffic_on, until
from tests.lab.kafka.test_contract import new_topic
from tests.lab.test_control import post

GOES_ON, BEYOND, INTERNAL, NO_MEMBER, FORBIDDEN, POLICY = 0, 1, 17, 25, 29, 44
PATIENCE_MS = 5000


class Filled:
    """A topic of this test's own with records, and questions to whoever leads its partitions."""

    def __init__(self, topic: str, group: str, pool: BrokerPool) -> None:
        self.topic, self.group, self.pool = topic, group, pool

    async def offsets(self, which: int) -> dict[Tp, int]:
        found: dict[Tp, int] = {}
        for broker, some in (await self.led()).items():
            found |= (await self.pool.ask(broker, list_offsets(some, which))).offsets
        return found

    async def still(self, traffic: Traffic) -> dict[Tp, int]:
        """The ends once nobody produces any more."""
        traffic.produce(self.topic, 0)
        await asyncio.sleep(0.5)
        return await self.offsets(LATEST)

    async def led(self) -> dict[int, list[Tp]]:
        """Partitions by leader; none while the broker asked has not heard of the topic."""
        seen = await self.pool.metadata([self.topic])
        led: dict[int, list[Tp]] = {}
        for partition in seen.topics.get(self.topic, {}).values():
            led.setdefault(partition.leader, []).append((self.topic, partition.number))
        return led

    async def delete(self, upto: dict[Tp, int]) -> dict[Tp, int]:
        """Kafka's code per partition."""
        told: dict[Tp, int] = {}
        for broker, some in (await self.led()).items():
            asked = {tp: upto[tp] for tp in some if tp in upto}
            if asked:
                answer = await self.pool.ask(broker, delete_records(asked, PATIENCE_MS))
                told |= {tp: one.error for tp, one in answer.items()}
        return told

    async def coordinated(self) -> int:
        """Kafka's code from the coordinator itself: a new one loads what was committed first."""
        error, broker = await self.pool.anyone(coordinator(self.group))
        return error or (await self.pool.ask(broker, committed(self.group))).error

    async def commit(self, offsets: dict[Tp, int]) -> set[int]:
        _, broker = await self.pool.anyone(coordinator(self.group))
        return set((await self.pool.ask(broker, commit_offsets(self.group, offsets))).values())


@asynccontextmanager
async def filled(kafka: Kafka, traffic: Traffic, each: int = 20) -> AsyncIterator[Filled]:
    topic, group = await new_topic(kafka)
    async with pool_of(kafka, group) as pool:
        here = Filled(topic, group, pool)
        traffic.produce(topic, 1000)
        full = partial(here.offsets, LATEST)
        await until(full, lambda ends: len(ends) == 6 and min(ends.values()) > each)
        yield here


async def test_everything_that_acts_need_is_offered(brokers: Brokers) -> None:
    async with brokers() as kafka, pool_of(kafka) as pool:
        await pool.metadata()
        connection = await pool.broker(1).connection()
        assert lacking_to_act(connection.versions) == []


async def test_records_are_deleted_up_to_an_offset_and_what_comes_later_stays(
    brokers: Brokers,
) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic, filled(kafka, traffic) as here:
        frozen = await here.offsets(LATEST)
        await until(partial(here.offsets, LATEST), lambda e: all(e[t] > frozen[t] for t in e))
        assert set((await here.delete(frozen)).values()) == {GOES_ON}
        assert await here.offsets(EARLIEST) == frozen
        again = {tp: offset - 5 for tp, offset in frozen.items()}
        assert set((await here.delete(again)).values()) == {GOES_ON}, "an old wish does no harm"
        assert await here.offsets(EARLIEST) == frozen
        assert all(end > frozen[tp] for tp, end in (await here.offsets(LATEST)).items())


async def test_a_deletion_past_the_end_or_at_the_wrong_broker_is_refused(brokers: Brokers) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic, filled(kafka, traffic) as here:
        ends = await here.still(traffic)
        beyond = {tp: end + 1_000_000 for tp, end in ends.items()}
        assert set((await here.delete(beyond)).values()) == {BEYOND}
        led = await here.led()
        other = next(broker for broker in led if (here.topic, 0) not in led[broker])
        wrong = await here.pool.ask(other, delete_records({(here.topic, 0): 1}, PATIENCE_MS))
        assert wrong[here.topic, 0].error == 6
        unknown = await here.pool.ask(other, delete_records({("no.such", 0): 1}, PATIENCE_MS))
        assert unknown["no.such", 0].error == 3
        assert set((await here.offsets(EARLIEST)).values()) == {0}


@pytest.mark.parametrize(
    ("policy", "code"), [("compact", POLICY), ("compact,delete", GOES_ON), ("delete", GOES_ON)]
)
async def test_only_a_topic_that_may_lose_records_is_emptied(
    brokers: Brokers, policy: str, code: int
) -> None:
    async with brokers() as kafka, pool_of(kafka, "g") as pool:
        topic = f"kept.{policy.replace(',', '.')}"
        await kafka.create_topics({topic: (1, 3)}, {"cleanup.policy": policy})
        here = Filled(topic, "g", pool)
        assert (await here.delete({(topic, 0): 0}))[topic, 0] == code
        (told,) = (await pool.anyone(describe_configs([topic]))).values()
        assert isinstance(told, dict) and told["cleanup.policy"] == policy


async def test_kafkas_own_topic_is_never_emptied(brokers: Brokers) -> None:
    async with brokers() as kafka, pool_of(kafka, "g") as pool:
        await until(partial(pool.anyone, coordinator("g")), lambda answer: answer[0] == 0)
        here = Filled("__consumer_offsets", "g", pool)
        await until(here.led, lambda led: led and -1 not in led)
        assert set((await here.delete({("__consumer_offsets", 0): 0})).values()) == {INTERNAL}


async def test_only_a_group_without_members_is_told_where_to_go_on(brokers: Brokers) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic, filled(kafka, traffic) as here:
        ask = partial(read, here.pool, here.group)
        traffic.consume(here.group, [here.topic])
        await until(ask, lambda seen: seen.state == "Stable" and seen.committed > 0)
        ends = await here.offsets(LATEST)
        assert await here.commit(ends) == {NO_MEMBER}
        traffic.consume(here.group, [here.topic], members=0)
        await until(ask, lambda seen: seen.state == "Empty")
        wanted = {tp: max(end - 7, 0) for tp, end in ends.items()}
        assert await here.commit(wanted) == {GOES_ON}
        _, broker = await here.pool.anyone(coordinator(here.group))
        assert (await here.pool.ask(broker, committed(here.group))).offsets == wanted
        assert await here.commit({("no.such", 0): 1}) == {3}


async def test_a_group_that_nobody_knows_can_be_told_where_to_begin(brokers: Brokers) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic, filled(kafka, traffic) as here:
        await until(here.coordinated, lambda error: error == GOES_ON)
        assert await here.commit({(here.topic, 0): 3}) == {GOES_ON}
        _, broker = await here.pool.anyone(coordinator(here.group))
        assert (await here.pool.ask(broker, committed(here.group))).offsets == {(here.topic, 0): 3}


async def test_a_reader_whose_records_were_deleted_goes_on_at_the_new_start(
    brokers: Brokers,
) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic, filled(kafka, traffic) as here:
        ask = partial(read, here.pool, here.group)
        traffic.consume(here.group, [here.topic])
        await until(ask, lambda seen: seen.committed > 0)
        traffic.stick(here.group)
        await until(ask, lambda seen: seen.lag > 500)
        await here.delete(await here.offsets(LATEST))
        traffic.consume(here.group, [here.topic], per_s=5000)
        await until(ask, lambda seen: seen.lag < 500 and seen.state == "Stable")


async def test_a_poisoned_partition_is_read_again_after_emptying_and_new_members(
    brokers: Brokers,
) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic, filled(kafka, traffic) as here:

        async def left() -> dict[int, int]:
            seen = await look(here.pool)
            group = seen.groups[here.group]
            return {
                p: seen.ends[here.topic, p].offset - at for (_, p), at in group.committed.items()
            }

        traffic.consume(here.group, [here.topic], per_s=5000)
        await until(left, lambda lag: lag and max(lag.values()) < 300)
        await traffic.poison(here.topic)
        first = await until(left, lambda lag: lag[0] > 500)
        assert max(lag for partition, lag in first.items() if partition) < 400, "the others go on"
        traffic.consume(here.group, [here.topic], per_s=5000)
        again = await until(left, lambda lag: lag[0] > first[0] + 200)
        assert again[0] > first[0], "new members stop at the same record"
        await here.delete(await here.offsets(LATEST))
        traffic.consume(here.group, [here.topic], per_s=5000)
        await until(left, lambda lag: max(lag.values()) < 300)


async def test_sizes_and_the_newest_record_are_told_by_who_holds_them(brokers: Brokers) -> None:
    async with brokers() as kafka, traffic_on(kafka) as traffic, filled(kafka, traffic) as here:
        ends = await here.still(traffic)
        tps = [(here.topic, p) for p in range(6)]
        sizes = await here.pool.ask(1, log_dirs(tps))
        assert set(sizes) == set(tps)
        assert all(size > 20 for size in sizes.values())
        led = await here.led()
        broker, mine = next(iter(led.items()))
        newest = (await here.pool.ask(broker, list_times(mine))).found
        assert set(newest) == set(mine)
        assert all(0 < at.offset < ends[tp] for tp, at in newest.items()), "the first of equals"
        assert all(at.at > 1_600_000_000_000 for at in newest.values())


async def test_a_batch_is_kept_once_and_read_as_it_was_sent(brokers: Brokers) -> None:
    async with brokers() as kafka, pool_of(kafka, "g") as pool:
        topic, _ = await new_topic(kafka, partitions=1)
        tp, at = (topic, 0), 1_700_000_000_123
        ask = partial(pool.anyone, new_producer())
        number = (await until(ask, lambda told: told.error == GOES_ON)).number
        batch = DefaultRecordBatchBuilder(2, 0, 0, number, 0, 0, 1 << 20)
        sent = [(b"k", b"v", [("h", b"x"), ("h", None)]), (None, None, []), (b"", b"\0" * 9, [])]
        for offset, record in enumerate(sent):
            batch.append(offset, at + offset, *record)
        packed = bytes(batch.build())
        await until(pool.metadata, lambda seen: seen.leader(tp) is not None)
        leader = (await pool.metadata()).leader(tp)
        assert leader is not None
        for _ in range(2):
            told = await pool.ask(leader, produce_batches({tp: packed}, PATIENCE_MS))
            assert told[tp] == (GOES_ON, 0)
        answer = (await pool.ask(leader, fetch_records({tp: 0})))[tp]
        assert (answer.error, answer.high) == (GOES_ON, 3)
        read_again = MemoryRecords(answer.records).next_batch()
        assert read_again is not None
        found = [(r.key, r.value, list(r.headers), r.timestamp) for r in read_again]
        assert found == [(*each, at + offset) for offset, each in enumerate(sent)]


@pytest.mark.parametrize(("how", "code", "moved"), [("late", 7, True), ("nothing", 0, False)])
async def test_the_stand_in_deletes_late_or_lies_on_demand(
    how: str, code: int, moved: bool
) -> None:
    kafka = StandIn()
    await kafka.start()
    try:
        async with traffic_on(kafka) as traffic, filled(kafka, traffic) as here:
            kafka.faults.deletes[here.topic] = how
            told = await here.delete({(here.topic, 0): 10})
            assert told == {(here.topic, 0): code}
            assert (await here.offsets(EARLIEST))[here.topic, 0] == (10 if moved else 0)
    finally:
        await kafka.close()


async def test_a_topic_may_be_denied_through_the_labs_door() -> None:
    async with Lab(kafka="stand-in") as lab, pool_of(lab.kafka, "datajs") as pool:
        here = Filled("output", "datajs", pool)
        fault = {"name": "kafka-delete-deny", "topic": here.topic}
        for on, code in ((True, FORBIDDEN), (False, GOES_ON)):
            assert await post(lab, "/fault", **fault, on=on) == 200
            told = await pool.anyone(topic_rights([here.topic, "crow.alarm"]))
            assert (DELETE in told[here.topic], DELETE in told["crow.alarm"]) == (not on, True)
            assert set((await here.delete({(here.topic, 0): 0})).values()) == {code}
