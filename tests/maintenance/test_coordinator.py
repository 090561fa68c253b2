"""A group coordinator that has failed is told apart from one that loads, or is not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from console.config.schema import KafkaCluster
from console.kafka.codes import Fault, offsets_partition, say
from console.kafka.coordinators import OFFSETS_TOPIC
from console.kafka.offsets import GroupLook, Look, Mark, Seen
from console.kafka.values import Address, Metadata, Partition
from console.kafka.verdicts import Verdicts
from console.lag_history import LagHistory

AT = datetime(2026, 11, 24, 21, tzinfo=UTC)
EVERY = 5.0
HOME = offsets_partition("datajs")
REFUSED, LOADING = say(16, "group datajs"), say(14, "group datajs")
UNREACHABLE = Fault("group datajs: b-2:9098 does not answer")


def look(at: datetime, fault: Fault | None, *, leader: int = 2, alive: bool = True) -> Look:
    """Broker 2 leads the group's home and `beat-1`, which broker 1 answers for when it is gone."""
    brokers = {1: Address("b-1", 9098)} | ({2: Address("b-2", 9098)} if alive else {})
    home = {n: Partition(0, n, 1, [1, 2], [1, 2], []) for n in range(50)}
    home[HOME] = Partition(0, HOME, leader, [2, 1], [2, 1], [])
    beat = {
        0: Partition(0, 0, 1, [1], [1], []),
        1: Partition(0, 1, 2 if alive else 1, [2], [2], []),
    }
    topics = {OFFSETS_TOPIC: home, "beat": beat}
    groups = {
        "datajs": GroupLook("datajs", AT, {("beat", 0): 7}, fault=fault),
        "other": GroupLook("other", AT, {("beat", 1): 7}, coordinator=1),
    }
    ends = {("beat", 0): Mark(9, at), ("beat", 1): Mark(9, at)}
    metadata = Metadata("c", MappingProxyType(brokers), topics, MappingProxyType({}))
    return Look(at, Seen(metadata, at), groups, ends, {}, {}, {})


async def told(*looks: Look) -> list[str | None]:
    """What is said of datajs after each look."""
    verdicts = Verdicts(KafkaCluster(bootstrap="b:9092"), EVERY, LagHistory())
    said = []
    for one in looks:
        found = {each.look.group: each async for each in verdicts.judge(one)}
        assert found["other"].coordinator_fault is None
        said.append(found["datajs"].coordinator_fault)
    return said


def series(count: int, fault: Fault | None, start: float = 0.0, **more: object) -> list[Look]:
    times = [AT + timedelta(seconds=start + EVERY * n) for n in range(count)]
    return [look(at, fault, **more) for at in times]  # type: ignore[arg-type]


async def test_only_after_two_minutes_of_refusals() -> None:
    said = await told(*series(26, REFUSED))
    assert said[:25] == [None] * 25, "a coordinator may load for two minutes"
    assert said[25] == (
        f"coordinator fault: __consumer_offsets-{HOME} on broker 2 refuses its groups while the"
        " broker answers others: datajs; no restart of consumers and no emptying cures it"
    )


async def test_loading_and_refusing_are_one_fault() -> None:
    said = await told(*series(13, LOADING), *series(13, REFUSED, 13 * EVERY))
    assert said[-1] is not None


@pytest.mark.parametrize(
    "between",
    [None, UNREACHABLE],
    ids=["an answer begins it anew", "no answer at all is no refusal, and ends none"],
)
async def test_a_look_in_between(between: Fault | None) -> None:
    half = [*series(20, REFUSED), *series(1, between, 20 * EVERY)]
    said = await told(*half, *series(6, REFUSED, 21 * EVERY))
    assert said[20] is None
    assert (said[-1] is None) is (between is None)


@pytest.mark.parametrize(
    "more",
    [{"alive": False}, {"leader": -1}],
    ids=["its broker is down", "its partition has no leader"],
)
async def test_a_broker_that_is_away_is_no_coordinator_fault(more: dict[str, object]) -> None:
    assert await told(*series(40, REFUSED, 0.0, **more)) == [None] * 40


@pytest.mark.parametrize(
    ("fault", "known"),
    [
        pytest.param(None, True, id="it answers"),
        pytest.param(say(30, "group datajs"), True, id="it answers that a right is missing"),
        pytest.param(UNREACHABLE, False, id="nobody answers"),
        pytest.param(LOADING, False, id="it loads"),
        pytest.param(REFUSED, False, id="it refuses"),
    ],
)
async def test_that_a_coordinator_has_not_failed_is_known_by_its_answers(
    fault: Fault | None, known: bool
) -> None:
    verdicts = Verdicts(KafkaCluster(bootstrap="b:9092"), EVERY, LagHistory())
    for one in series(26, fault):
        found = {each.look.group: each async for each in verdicts.judge(one)}
        assert not found["other"].untold
        if found["datajs"].coordinator_fault is None:
            assert found["datajs"].untold == ("" if known or fault is None else fault.message)
    assert (found["datajs"].coordinator_fault is not None) is (fault in (LOADING, REFUSED))
    assert bool(found["datajs"].untold) is (fault is UNREACHABLE)


async def test_a_gap_of_hours_is_no_two_minutes() -> None:
    said = await told(*series(2, REFUSED), *series(3, REFUSED, 7200.0))
    assert said == [None] * 5


@pytest.mark.parametrize(
    ("next_", "stands"),
    [
        pytest.param(series(1, UNREACHABLE, 26 * EVERY), True, id="no answer at all"),
        pytest.param(series(9, UNREACHABLE, 26 * EVERY), True, id="none for a while"),
        pytest.param(series(1, None, 26 * EVERY), False, id="an answer"),
        pytest.param(series(1, UNREACHABLE, 26 * EVERY, alive=False), False, id="it is gone"),
        pytest.param(series(1, UNREACHABLE, 7200.0), False, id="hours later"),
    ],
)
async def test_a_fault_stands_until_something_else_is_seen(next_: list[Look], stands: bool) -> None:
    said = await told(*series(26, REFUSED), *next_)
    assert said[25] is not None
    assert said[-1] == (said[25] if stands else None)
