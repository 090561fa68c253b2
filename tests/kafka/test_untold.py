"""What a group's row says where its coordinator gave no answer that tells how it is."""

from __future__ import annotations

from console.poll import poll_once
from console.sources.kafka_lag import GroupLag, KafkaLag
from tests.kafka.estates import context_on, three_brokers

WATCH = {"groups": {"datajs": {"topics": ["beat"]}}, "refresh": 0.05}


async def test_of_a_coordinator_that_refuses_at_first_it_is_not_known_whether_it_failed() -> None:
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        await kafka.create_topics({"beat": (1, 3)})
        (part,) = KafkaLag().parts(context)
        home = kafka.cluster.coordinator("datajs")[0]
        for fails, known in ((True, False), (False, True)):
            change = kafka.faults.coordinators.add if fails else kafka.faults.coordinators.remove
            change(home)
            (row,) = (await poll_once(part)).rows
            assert isinstance(row, GroupLag)
            assert row.coordinator_fault is None
            assert ("coordinator_fault" not in row.missing) is known, row.missing
