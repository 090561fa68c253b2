"""A mark among other records on real brokers: found where it is, and only there."""

from __future__ import annotations

from pathlib import Path

from console.kafka.backup import Record
from console.kafka.emptying import freeze
from console.kafka.pool import BrokerPool
from console.kafka.restoring import restore
from console.lab.kafka.apache import ApacheKafka
from console.topics.tracing import TopicTrace
from tests.remedies.kafka.desk import configuration

TOPIC = "marked"


def record(partition: int, value: bytes) -> Record:
    return Record(partition, 0, 1_760_000_000_000, 0, None, value)


async def test_a_mark_is_found_from_where_the_topic_ended(
    apache: ApacheKafka, tmp_path: Path
) -> None:
    await apache.create_topics({TOPIC: (3, 3)})
    pool = BrokerPool("msk", configuration(apache, tmp_path, {}).estate)
    try:
        old = [record(p, b"oncall-old") for p in range(3)]
        assert not (await restore(pool, TOPIC, old)).why
        spans = (await freeze(pool, TOPIC)).spans
        froms = {p: span.end for p, span in spans.items()}
        some = [record(1, b"%d" % number * 50) for number in range(5_000)]
        marked = TopicTrace(TOPIC, b"oncall-new", dict(froms))
        assert not await marked.look(pool) and marked.level, "it is not there yet"
        assert not (await restore(pool, TOPIC, [*some, record(1, b"an oncall-new one")])).why
        assert await marked.look(pool)
        before = TopicTrace(TOPIC, b"oncall-old", dict(froms))
        assert not await before.look(pool) and before.level
    finally:
        await pool.close()
