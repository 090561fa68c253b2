"""What a cluster's judge remembers from look to look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from console.config.schema import KafkaCluster
from console.kafka.offsets import GroupLook, Look, Mark, Seen
from console.kafka.values import Metadata, Partition
from console.kafka.verdicts import FORGET_EVERY, Verdicts
from console.lag_history import HORIZON_S, LagHistory

AT = datetime(2026, 11, 24, 21, tzinfo=UTC)
TOPIC = {"beat": {0: Partition(0, 0, 1, [1], [1], [])}}
METADATA = Metadata("c", MappingProxyType({}), TOPIC, MappingProxyType({}))


def look(at: datetime, *groups: str) -> Look:
    seen = {name: GroupLook(name, at, {("beat", 0): 7}) for name in groups}
    return Look(at, Seen(METADATA, at), seen, {("beat", 0): Mark(7, at)}, {}, {}, {})


async def test_a_group_that_is_gone_is_forgotten() -> None:
    verdicts = Verdicts(KafkaCluster(bootstrap="b:9092"), 5.0, LagHistory())
    for _ in [found async for found in verdicts.judge(look(AT, "a", "b"))]:
        pass
    assert set(verdicts._states) == {"a", "b"}
    later = AT + timedelta(seconds=HORIZON_S + 60)
    for number in range(FORGET_EVERY):
        at = later + timedelta(seconds=5 * number)
        for _ in [found async for found in verdicts.judge(look(at, "a"))]:
            pass
    assert set(verdicts._states) == {"a"}
    assert set(verdicts._before) == {("a", "beat", 0)}
