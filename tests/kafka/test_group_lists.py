"""What is asked for only now and then: lists of groups, where partitions begin."""

from __future__ import annotations

import asyncio

import pytest

from console.poll import Failed
from tests.kafka.estates import pool_on, three_brokers
from tests.kafka.test_pool import look, traffic

LOADING = 14


async def test_a_list_that_is_not_whole_loses_no_group() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, all_groups=True) as pool:
        await traffic(kafka, "a", "b", "c")
        await look(pool)
        kafka.cluster.faults.group["b"] = LOADING
        pool.offsets._slow_at = 0.0
        seen = await look(pool)
        assert set(seen.groups) == {"a", "b", "c"}
        fault = seen.groups["b"].fault
        assert fault and "loading" in fault.message
        kafka.cluster.faults.group.clear()
        del kafka.cluster.groups["b"]
        pool.offsets._slow_at = 0.0
        assert set((await look(pool)).groups) == {"a", "c"}


async def test_a_list_without_which_nothing_is_known_is_a_failure() -> None:
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, all_groups=True) as pool:
        await traffic(kafka, "a")
        kafka.cluster.faults.group["a"] = LOADING
        with pytest.raises(
            Failed, match=r"the list of groups of broker \d: coordinator is loading"
        ):
            await look(pool)
        kafka.cluster.faults.group.clear()
        assert set((await look(pool)).groups) == {"a"}


async def test_where_a_topic_begins_is_asked_again_after_a_look_that_was_given_up() -> None:
    reads = {"a": {"topics": ["beats"]}}
    async with three_brokers() as kafka, pool_on(kafka.bootstrap, groups=reads) as pool:
        await kafka.create_topics({"beats": (1, 3)})
        (log,) = kafka.cluster.topics["beats"].logs
        log.end = 20.0
        assert (await look(pool)).starts["beats", 0].offset == 0
        log.start = 10.0
        pool.offsets.forget(["beats"])
        given_up = asyncio.create_task(look(pool))
        kafka.faults.unheard["ListOffsets"] = given_up.cancel
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert (await look(pool)).starts["beats", 0].offset == 10
