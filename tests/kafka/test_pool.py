"""One broker's fault is never another's: the pool and the collector on the stand-in's brokers."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import partial

import pytest

from console.clock import Clock
from console.kafka import link
from console.kafka.codes import BrokerDown
from console.kafka.offsets import Look
from console.kafka.pool import BrokerPool
from console.kafka.wire import all_metadata
from console.lab.kafka.standin import StandIn
from tests.kafka.estates import pool_on, three_brokers
from tests.lab.kafka.looking import until

TOPIC = "crow.alarm"
ALL = {(TOPIC, number) for number in range(6)}


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody is silent: shorter time-outs, and long enough for those who are not."""
    monkeypatch.setattr(link, "ANSWER", 2.0)
    monkeypatch.setattr(link, "DIAL", 2.0)
    monkeypatch.setattr(link, "BACK_OFF", 0.2)
    monkeypatch.setattr("console.kafka.pool.HEDGE", 0.1)


async def traffic(kafka: StandIn, *groups: str) -> None:
    """A topic of six partitions, two a broker, read by groups that keep up."""
    await kafka.create_topics({TOPIC: (6, 3)})
    cluster = kafka.traffic(Clock())
    cluster.produce(TOPIC, 600)
    for group in groups:
        cluster.consume(group, [TOPIC], members=2)
    await asyncio.sleep(0.05)


async def look(pool: BrokerPool) -> Look:
    return await pool.offsets.look(Clock(), 0.0)


def lag(seen: Look, group: str) -> dict[tuple[str, int], int]:
    committed = seen.groups[group].committed
    return {tp: seen.ends[tp].offset - offset for tp, offset in committed.items()}


async def test_lag_is_read_with_one_connection_a_broker_and_few_requests() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        seen = await look(pool)
        assert set(lag(seen, "datajs")) == ALL
        assert min(lag(seen, "datajs").values()) >= 0
        assert not seen.faults
        assert seen.groups["datajs"].state == "Stable"
        assert {m.host for m in seen.groups["datajs"].described.members} == {
            "10.0.0.1",
            "10.0.0.2",
        }
        kafka.calls.clear()
        await look(pool)
        asked = [call.api for call in kafka.calls]
        assert sorted(asked) == ["ListOffsets"] * 3 + ["Metadata", "OffsetFetch"]
        assert sum(len(each) for each in kafka._connections.values()) <= 3


async def test_committed_offsets_are_asked_before_the_ends() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        await look(pool)
        kafka.calls.clear()
        await look(pool)
        apis = [call.api for call in kafka.calls]
        assert apis.index("OffsetFetch") < apis.index("ListOffsets")


async def test_members_of_two_groups_on_one_coordinator_are_described() -> None:
    groups = ["a", "i"]  # both hash to one of the stand-in's eight partitions
    async with (
        three_brokers() as kafka,
        pool_on(kafka.bootstrap, groups={group: {} for group in groups}) as pool,
    ):
        await traffic(kafka, *groups)
        assert len({kafka.cluster.coordinator(group) for group in groups}) == 1
        seen = await look(pool)
        assert [len(seen.groups[group].described.members) for group in groups] == [2, 2]


@pytest.mark.usefixtures("hurry")
async def test_a_black_holed_broker_costs_its_partitions_only() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        coordinator = kafka.cluster.coordinator("datajs")[1]
        hole = next(broker for broker in (1, 2, 3) if broker != coordinator)
        before = await look(pool)
        kafka.black_hole(hole, True)
        seen = await look(pool)
        hurt = {tp for tp in ALL if seen.seen.metadata.leader(tp) == hole}
        assert len(hurt) == 2
        assert set(seen.faults) == hurt
        assert {fault.message for fault in seen.faults.values()} == {
            f"{pool.brokers[hole]} has not answered for 2 s"
        }
        for tp in ALL - hurt:
            assert seen.ends[tp].at > before.ends[tp].at
        for tp in hurt:  # the last good value stays, with its own time
            assert seen.ends[tp] == before.ends[tp]
        began = time.monotonic()
        await look(pool)
        assert time.monotonic() - began < link.ANSWER / 2, "nobody waits for it again"
        kafka.black_hole(hole, False)
        await until(partial(look, pool), lambda seen: not seen.faults)


@pytest.mark.usefixtures("hurry")
async def test_a_silent_broker_never_delays_the_metadata() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap) as pool:
        kafka.black_hole(1, True)
        kafka.black_hole(2, True)
        began = time.monotonic()
        assert set((await pool.metadata()).brokers) == {1, 2, 3}
        assert time.monotonic() - began < link.ANSWER / 2


async def test_many_askers_share_one_dial() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap) as pool:
        await pool.metadata()
        await pool.close()
        kafka.calls.clear()
        await asyncio.gather(*(pool.ask(2, all_metadata([])) for _ in range(20)))
        assert [call.api for call in kafka.calls].count("ApiVersions") == 1


async def test_a_group_whose_coordinator_moved_is_found_within_the_same_look() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        await look(pool)
        partition, old = kafka.cluster.coordinator("datajs")
        log = kafka.cluster.log("__consumer_offsets", partition)
        log.leader = next(broker for broker in log.isr if broker != old)
        seen = await look(pool)
        assert seen.groups["datajs"].fault is None
        assert seen.groups["datajs"].coordinator == log.leader


async def test_a_stopped_brokers_partitions_are_read_from_their_new_leaders() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        await look(pool)
        await kafka.stop_broker(2)
        seen = await look(pool)
        assert not seen.faults
        assert seen.groups["datajs"].fault is None
        assert set(lag(seen, "datajs")) == ALL
        await kafka.start_broker(2)
        kafka.cluster.catch_up(2)
        assert set((await look(pool)).seen.metadata.brokers) == {1, 2, 3}


async def test_a_leader_that_moved_after_the_metadata_is_asked_again() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        await pool.offsets.metadata(Clock(), 60)
        kafka.cluster.log(TOPIC, 0).leader = 3
        seen = await pool.offsets.look(Clock(), 60)  # old metadata is good enough for it
        assert not seen.faults
        assert seen.seen.metadata.leader((TOPIC, 0)) == 3


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (14, "group datajs: coordinator is loading"),
        (16, "group datajs: the broker asked says it is not the coordinator"),
        (30, "GROUP_AUTHORIZATION_FAILED: the right DescribeGroup is missing on group datajs"),
    ],
)
async def test_a_groups_error_is_its_own(code: int, said: str) -> None:
    async with (
        three_brokers() as kafka,
        pool_on(kafka.bootstrap, groups={"datajs": {}, "dataenricher": {}}) as pool,
    ):
        await traffic(kafka, "datajs", "dataenricher")
        good = await look(pool)
        kafka.faults.group["datajs"] = code
        seen = await look(pool)
        fault = seen.groups["datajs"].fault
        assert fault is not None
        assert (fault.message, fault.code) == (said, code)
        assert seen.groups["datajs"].committed == good.groups["datajs"].committed
        assert seen.groups["datajs"].at == good.groups["datajs"].at  # old, and says so
        assert seen.groups["dataenricher"].fault is None
        kafka.faults.group.clear()
        assert (await look(pool)).groups["datajs"].fault is None


@pytest.mark.parametrize("code", [3, 5, 29, 78])
async def test_a_partitions_error_is_its_own(code: int) -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        kafka.faults.partition[TOPIC, 4] = code
        seen = await look(pool)
        assert {tp: fault.code for tp, fault in seen.faults.items()} == {(TOPIC, 4): code}
        assert set(seen.ends) == ALL - {(TOPIC, 4)}


async def test_a_partition_without_a_leader_is_said_to_have_none() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        kafka.cluster.log(TOPIC, 1).leader = -1
        seen = await look(pool)
        assert seen.faults[TOPIC, 1].message == "crow.alarm-1: has no leader"


async def test_a_negative_commit_is_kept_as_it_is_and_means_none() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        kafka.cluster.stick("datajs")
        kafka.cluster.groups["datajs"].committed[TOPIC, 0] = -2
        assert (await look(pool)).groups["datajs"].committed[TOPIC, 0] == -2


async def test_when_every_known_broker_is_gone_the_bootstrap_list_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "BACK_OFF", 0.0)  # the new ones may all have been tried in vain
    async with (
        three_brokers() as old,
        three_brokers() as new,
        pool_on(f"{old.bootstrap},{new.bootstrap}") as pool,
    ):
        for broker in (1, 2, 3):
            await new.stop_broker(broker)
        first = await pool.metadata()
        for broker in (1, 2, 3):
            await old.stop_broker(broker)
            await new.start_broker(broker)
        second = await pool.metadata()
        assert set(first.brokers.values()).isdisjoint(second.brokers.values())


async def test_without_any_broker_the_failure_names_them_all() -> None:
    async with three_brokers() as kafka:
        bootstrap = kafka.bootstrap
    async with pool_on(bootstrap) as pool:
        with pytest.raises(BrokerDown, match="no broker of prod answers") as down:
            await pool.metadata()
        assert str(down.value).count("refuses connections (broker down?)") == 3


async def test_a_connection_closed_while_it_slept_is_dialled_again() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap) as pool:
        await pool.metadata()
        await pool.ask(1, all_metadata([]))
        await kafka.stop_broker(1)
        await kafka.start_broker(1)
        assert (await pool.ask(1, all_metadata([]))).brokers


@pytest.mark.usefixtures("hurry")
async def test_a_broker_that_hangs_up_on_every_request_is_named() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap) as pool:
        await pool.metadata()
        kafka.faults.hangs_up.add(2)
        with pytest.raises(BrokerDown):
            await pool.ask(2, all_metadata([]))
        assert pool.trouble(2) is not None
        kafka.faults.hangs_up.clear()

        async def answers() -> bool:
            with suppress(BrokerDown):  # while it is not dialled again
                await pool.ask(2, all_metadata([]))
            return pool.trouble(2) is None

        assert await until(answers, bool)


async def test_a_topic_named_in_the_estate_that_is_not_there_is_explained() -> None:
    async with (
        three_brokers() as kafka,
        pool_on(kafka.bootstrap, groups={"datajs": {"topics": ["ghost"]}}) as pool,
    ):
        seen = await look(pool)
        assert seen.topic_faults["ghost"].message == "topic ghost: is not known to the broker"
        assert "ghost" not in (await pool.metadata()).topics


async def test_all_groups_of_the_cluster_are_found_when_wished() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, all_groups=True) as pool:
        await traffic(kafka, "a", "b", "c")
        assert set((await look(pool)).groups) == {"a", "b", "c"}
        del kafka.cluster.groups["b"]
        pool.offsets._slow_at = 0.0
        assert set((await look(pool)).groups) == {"a", "c"}
        assert set(pool.offsets._looks) == set(pool.offsets.groups.coordinators) == {"a", "c"}


async def test_both_sources_share_one_request_for_the_metadata() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups={"datajs": {}}) as pool:
        await traffic(kafka, "datajs")
        await asyncio.gather(pool.offsets.look(Clock(), 5), pool.offsets.metadata(Clock(), 5))
        assert [call.api for call in kafka.calls].count("Metadata") == 1


async def test_a_pool_that_was_closed_dials_anew() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap) as pool:
        await pool.metadata()
        await pool.close()
        assert (await pool.metadata()).brokers
