"""The stand-in's faults on demand, as the console's own pool sees them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from console.clock import Clock
from console.kafka.codes import BrokerDown
from console.kafka.pool import BrokerPool
from console.kafka.wire import LATEST, committed, coordinator, describe_groups, list_offsets
from console.lab.kafka.cluster import Cluster
from console.lab.kafka.standin import Call, StandIn
from tests.lab.kafka.looking import look, pool_of, until


@asynccontextmanager
async def standin() -> AsyncIterator[tuple[StandIn, Cluster, BrokerPool]]:
    """Three brokers with topic `t` (6 partitions), groups `a` and `b` reading it, and a pool."""
    kafka = StandIn()
    await kafka.start()
    try:
        await kafka.create_topics({"t": (6, 3)})
        traffic = kafka.traffic(Clock(), 1.0)
        traffic.produce("t", 100)
        traffic.consume("a", ["t"])
        traffic.consume("b", ["t"])
        async with pool_of(kafka, "a", "b") as pool:
            await pool.metadata()
            yield kafka, traffic, pool
    finally:
        await kafka.close()


@pytest.mark.parametrize("code", [14, 15, 16, 30])
async def test_a_groups_error_hides_its_offsets_and_members(code: int) -> None:
    async with standin() as (kafka, traffic, pool):
        _, broker = traffic.coordinator("a")
        kafka.faults.group["a"] = code
        answer = await pool.ask(broker, committed("a"))
        assert (answer.error, answer.offsets) == (code, {})
        described = (await pool.ask(broker, describe_groups(["a"])))["a"]
        assert (described.error, described.members) == (code, ())
        kafka.faults.group.clear()
        answer = await pool.ask(broker, committed("a"))
        assert answer.error == 0
        assert len(answer.offsets) == 6


async def test_a_failed_coordinator_hurts_only_the_groups_that_hash_to_it() -> None:
    async with standin() as (kafka, traffic, pool):
        partition, broker = traffic.coordinator("a")
        other, _ = traffic.coordinator("b")
        assert partition != other
        kafka.faults.coordinators.add(partition)
        assert (await pool.ask(broker, coordinator("a"))) == (0, broker), "it is still named"
        seen = await look(pool)
        assert seen.groups["a"].fault is not None
        assert seen.groups["a"].fault.code == 16
        assert seen.groups["b"].fault is None
        kafka.faults.coordinators.clear()
        assert (await look(pool)).groups["a"].fault is None


async def test_a_partitions_error_leaves_the_others_answers() -> None:
    async with standin() as (kafka, traffic, pool):
        leader = traffic.log("t", 0).leader
        mine = [("t", p) for p in range(6) if traffic.log("t", p).leader == leader]
        kafka.faults.partition["t", 0] = 5
        answer = await pool.ask(leader, list_offsets(mine, LATEST))
        assert answer.errors == {("t", 0): 5}
        assert set(answer.offsets) == set(mine) - {("t", 0)}


async def test_a_leader_that_moved_answers_not_leader_where_it_was() -> None:
    async with standin() as (_, traffic, pool):
        old = traffic.log("t", 0).leader
        new = next(broker for broker in traffic.log("t", 0).isr if broker != old)
        traffic.log("t", 0).leader = new
        assert (await pool.ask(old, list_offsets([("t", 0)], LATEST))).errors == {("t", 0): 6}
        assert (await pool.metadata()).leader(("t", 0)) == new


async def test_a_replica_falls_behind_while_its_broker_is_up() -> None:
    async with standin() as (_, traffic, pool):
        traffic.fall_behind(2)
        seen = await pool.metadata()
        assert set(seen.brokers) == {1, 2, 3}
        assert all(2 not in p.isr and not p.offline for p in seen.topics["t"].values())
        traffic.catch_up(2)
        seen = await pool.metadata()
        assert all(2 in p.isr for p in seen.topics["t"].values())


async def test_a_broker_that_is_in_sync_from_the_start_is_not_caught_up_later() -> None:
    kafka = StandIn()
    kafka.cluster.catch_up_s = 0.0
    await kafka.start()
    try:
        kafka.cluster.fall_behind(2)
        assert not kafka.cluster.in_sync()
        kafka.cluster.join(2)
        assert kafka.cluster.in_sync()
    finally:
        await kafka.close()


async def test_with_all_replicas_gone_a_partition_has_no_leader_and_no_records() -> None:
    async with standin() as (kafka, traffic, pool):
        await kafka.create_topics({"single": (3, 1)})
        traffic.produce("single", 100)
        await kafka.stop_broker(2)
        seen = await until(pool.metadata, lambda found: 2 not in found.brokers)
        orphan = next(p for p in seen.topics["single"].values() if p.replicas == [2])
        assert (orphan.leader, orphan.error, orphan.offline) == (-1, 5, [2])
        end = traffic.grow("single", now=True).logs[orphan.number].end
        await asyncio.sleep(0.1)
        assert traffic.grow("single", now=True).logs[orphan.number].end == end
        await kafka.start_broker(2)
        ask = partial(pool.metadata, ["single"])
        await until(ask, lambda found: found.leader(("single", orphan.number)) == 2)


async def test_a_broker_that_hangs_up_or_is_slow_costs_only_itself() -> None:
    async with standin() as (kafka, _, pool):
        kafka.faults.hangs_up.add(1)
        with pytest.raises(BrokerDown):
            await pool.ask(1, coordinator("a"))
        kafka.faults.slow[2] = 1.0
        began = time.monotonic()
        slow = asyncio.create_task(pool.ask(2, coordinator("a")))
        await pool.ask(3, coordinator("a"))
        assert not slow.done()
        await slow
        assert time.monotonic() - began > 1.0


async def test_it_remembers_who_was_asked_for_what() -> None:
    async with standin() as (kafka, _, pool):
        kafka.calls.clear()
        await pool.ask(2, coordinator("a"))
        assert list(kafka.calls)[-1] == Call(2, "FindCoordinator", 1)
