"""Emptying a topic up to frozen ends: each partition's result is what its leader holds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from console.clock import Clock
from console.kafka import emptying, wire
from console.kafka.backup.lines import Record
from console.kafka.codes import DUPLICATE
from console.kafka.emptying import Cut, delete, freeze
from console.kafka.frozen import Frozen, Span, frozen_of
from console.kafka.pool import BrokerPool
from console.kafka.restoring import numbers_of, restore
from console.kafka.wire.batches import pack
from console.lab.kafka.apache import ApacheKafka
from console.lab.kafka.standin import StandIn
from console.poll import Failed
from tests.kafka.estates import pool_on, three_brokers
from tests.kafka.scribing import plain
from tests.lab.kafka.conftest import Brokers
from tests.lab.kafka.looking import until

TOPIC = "crow.save"


@asynccontextmanager
async def filled(partitions: int = 6) -> AsyncIterator[tuple[StandIn, BrokerPool]]:
    """The stand-in with twenty records in each partition, and nobody who produces more."""
    async with three_brokers() as kafka, pool_on(kafka.bootstrap) as pool:
        await kafka.create_topics({TOPIC: (partitions, 3)})
        for log in kafka.cluster.topics[TOPIC].logs:
            log.end = 20.0
        yield kafka, pool


def asked(kafka: StandIn) -> int:
    return sum(call.api == "DeleteRecords" for call in kafka.calls)


async def test_what_is_frozen_is_deleted_and_what_came_since_is_kept() -> None:
    async with filled() as (kafka, pool):
        frozen = await freeze(pool, TOPIC)
        assert frozen.spans == dict.fromkeys(range(6), Span(0, 20))
        for log in kafka.cluster.topics[TOPIC].logs:
            log.end = 33.0
        cuts = await delete(pool, frozen)
        assert cuts == dict.fromkeys(range(6), Cut("done", 20))
        assert (await freeze(pool, TOPIC)).most == 6 * 13


async def test_a_second_run_asks_for_nothing_and_harms_nothing() -> None:
    async with filled() as (kafka, pool):
        frozen = await freeze(pool, TOPIC)
        await delete(pool, frozen)
        before = asked(kafka)
        assert await delete(pool, frozen) == dict.fromkeys(range(6), Cut("already", 20))
        assert asked(kafka) == before


async def test_a_time_out_after_the_deletion_is_settled_by_looking() -> None:
    async with filled() as (kafka, pool):
        kafka.faults.deletes[TOPIC] = "late"
        assert await delete(pool, await freeze(pool, TOPIC)) == dict.fromkeys(
            range(6), Cut("done", 20)
        )
        assert asked(kafka) == 3, "each leader once"


async def test_what_nobody_may_ask_for_any_more_is_left_with_the_reason() -> None:
    async with filled() as (kafka, pool):
        cuts = await delete(pool, await freeze(pool, TOPIC), lambda: "disarmed, on request")
        assert {(cut.result, cut.why) for cut in cuts.values()} == {
            ("failed", "disarmed, on request")
        }
        assert asked(kafka) == 0


ANOTHER: list[tuple[str, float, float, str]] = [
    ("it begins before its copy", 5, 30, "begins at 5, its copy at 10: it was made anew"),
    ("it ends before its copy", 10, 19, "ends at 19, its copy at 20: it was made anew"),
]


@pytest.mark.parametrize(
    ("caption", "start", "end", "said"), ANOTHER, ids=[row[0] for row in ANOTHER]
)
async def test_nothing_is_deleted_of_a_log_that_is_not_the_one_that_was_copied(
    caption: str, start: float, end: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emptying, "PATIENCE", 0.2)
    async with filled(partitions=3) as (kafka, pool):
        for log in kafka.cluster.topics[TOPIC].logs:
            log.start = 10.0
        frozen = await freeze(pool, TOPIC)
        log = kafka.cluster.topics[TOPIC].logs[1]
        log.start, log.end = start, end
        cuts = await delete(pool, frozen)
        assert asked(kafka) == 0, "of no partition"
        assert {cut.result for cut in cuts.values()} == {"failed"}
        assert said in cuts[0].why


async def test_a_leader_that_moves_is_looked_for_again() -> None:
    async with filled() as (kafka, pool):
        frozen = await freeze(pool, TOPIC)
        await kafka.stop_broker(2)
        assert {cut.result for cut in (await delete(pool, frozen)).values()} == {"done"}


async def test_a_right_that_is_missing_is_named_and_not_asked_for_again() -> None:
    async with filled() as (kafka, pool):
        frozen = await freeze(pool, TOPIC)
        kafka.faults.undeletable.add(TOPIC)
        cuts = await delete(pool, frozen)
        assert asked(kafka) == 3
        assert cuts[0].result == "failed"
        assert "the right DeleteTopic is missing on crow.save-0" in cuts[0].why
        assert cuts[0].start == 0


async def test_one_partition_that_fails_is_told_beside_those_that_are_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(emptying, "PATIENCE", 0.5)
    async with filled() as (kafka, pool):
        frozen = await freeze(pool, TOPIC)
        kafka.faults.partition[TOPIC, 4] = 5
        cuts = await delete(pool, frozen)
        assert {index for index, cut in cuts.items() if cut.result == "done"} == {0, 1, 2, 3, 5}
        assert (cuts[4].result, cuts[4].why) == ("failed", "crow.save-4: has no leader")
        kafka.faults.partition.clear()
        again = await delete(pool, frozen)
        assert (again[4], again[0]) == (Cut("done", 20), Cut("already", 20)), "a rerun finishes it"


async def test_a_broker_that_answers_nobody_is_a_failure_of_its_partitions_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(emptying, "PATIENCE", 0.5)
    async with filled() as (kafka, pool):
        frozen = await freeze(pool, TOPIC)
        kafka.faults.hangs_up.add(3)
        cuts = await delete(pool, frozen)
        failed = {index: cut for index, cut in cuts.items() if cut.result == "failed"}
        led = {n for n, log in enumerate(kafka.cluster.topics[TOPIC].logs) if log.leader == 3}
        assert failed.keys() == led
        assert all(re.search("close[sd] ", cut.why) for cut in failed.values())


async def test_a_freeze_is_whole_or_a_sentence() -> None:
    async with filled() as (kafka, pool):
        with pytest.raises(Failed, match="topic ghost: is not known"):
            await freeze(pool, "ghost")
        kafka.faults.partition[TOPIC, 2] = 6
        with pytest.raises(Failed, match=r"crow\.save-2: has just changed its leader"):
            await freeze(pool, TOPIC)
        kafka.cluster.topics[TOPIC].logs[2].leader = -1
        with pytest.raises(Failed, match=r"crow\.save-2: has no leader"):
            await freeze(pool, TOPIC)


async def test_an_empty_groups_offsets_are_set_and_those_of_members_are_not() -> None:
    async with filled(partitions=2) as (kafka, pool):
        traffic = kafka.traffic(Clock())
        traffic.consume("datajs", [TOPIC], members=0)
        groups, ends = pool.offsets.groups, {(TOPIC, 0): 20, (TOPIC, 1): 20}
        assert await groups.commit("datajs", ends) == {}
        committed = (await groups.committed(["datajs"]))["datajs"]
        assert getattr(committed, "offsets", None) == ends
        traffic.consume("datajs", [TOPIC], members=1)
        faults = await groups.commit("datajs", ends)
        assert {fault.message for fault in faults.values()} == {"group datajs: has members"}
        kafka.faults.group["datajs"] = 16
        assert {f.code for f in (await groups.commit("datajs", ends)).values()} == {16}


async def test_a_batch_whose_answer_was_lost_may_be_sent_again_and_is_kept_once(
    brokers: Brokers,
) -> None:
    async with brokers() as kafka, pool_on(kafka.bootstrap) as pool:
        topic = f"topic.{uuid4().hex[:8]}"
        await kafka.create_topics({topic: (1, 3)})
        seen = await until(pool.metadata, lambda found: topic in found.topics)
        leader = seen.topics[topic][0].leader
        given = [plain(n, size=1000) for n in range(50)]
        for packed in pack(given, await numbers_of(pool), 20_000):
            question = wire.produce_batches({(topic, 0): packed.data}, 4000)
            for _ in range(2):
                answer = (await pool.ask(leader, question))[topic, 0]
                assert answer.error in (0, DUPLICATE)
        assert (await freeze(pool, topic)).spans[0] == Span(0, 50)


async def test_a_restore_stops_where_nobody_takes_it_and_says_what_is_unsure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.kafka.restoring.PATIENCE", 0.3)
    async with filled(partitions=2) as (kafka, pool):
        given = [*(plain(n) for n in range(5)), *(plain(n, partition=1) for n in range(7))]
        await pool.metadata()
        kafka.faults.hangs_up.add(kafka.cluster.topics[TOPIC].logs[1].leader)
        result = await restore(pool, TOPIC, given)
        assert (result.counts, result.unsure) == ({0: 5}, {1: 7})
        assert "closed the connection" in result.why


async def test_a_file_that_fails_in_the_middle_of_a_restore_does_not_hide_what_was_written() -> (
    None
):
    def halting() -> Iterator[Record]:
        yield from [plain(0), plain(0, partition=1)]
        raise Failed("the file is cut off")

    async with filled(partitions=2) as (_, pool):
        result = await restore(pool, TOPIC, halting())
        assert (result.counts, result.why) == ({0: 1}, "the file is cut off")


def test_frozen_ends_are_kept_as_json_and_nonsense_is_refused() -> None:
    frozen = Frozen(TOPIC, {1: Span(3, 9), 0: Span(0, 0)})
    assert frozen_of(TOPIC, frozen.told()) == frozen
    assert frozen.told() == {"0": [0, 0], "1": [3, 9]}
    with pytest.raises(ValueError, match=r"crow\.save-0 would go from 5 to -1"):
        frozen_of(TOPIC, {"0": [5, -1]})


async def test_a_follower_that_sleeps_does_not_make_a_deletion_unknown(
    apache: ApacheKafka,
) -> None:
    from tests.kafka.test_backup import fill, new_topic, producer_on

    topic = await new_topic(apache)
    async with pool_on(apache.bootstrap) as pool, producer_on(apache) as producer:
        await fill(producer, topic)
        frozen = await until(lambda: freeze(pool, topic), lambda found: found.most == 60)
        metadata = await pool.metadata([topic])
        led = {index: p.leader for index, p in metadata.topics[topic].items()}
        apache.black_hole(3, True)
        try:
            elsewhere = {n: span for n, span in frozen.spans.items() if led[n] != 3}
            cuts = await delete(pool, Frozen(topic, elsewhere))
            assert {cut.result for cut in cuts.values()} == {"done"}
        finally:
            apache.black_hole(3, False)
            await asyncio.sleep(0)
        await apache.start_broker(3)
        cuts = await delete(pool, frozen)
        assert {cut.result for cut in cuts.values()} <= {"done", "already"}
