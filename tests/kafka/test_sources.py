"""What the panes get: rows of brokers and of groups, healthy and hurt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from console.clock import Clock, real_now
from console.config.schema import Asking
from console.kafka import link
from console.lab.kafka.standin import StandIn
from console.model import Severity, Snapshot
from console.poll import Context, Part, poll_once
from console.sources.kafka_brokers import Broker, KafkaBrokers
from console.sources.kafka_lag import GroupLag, KafkaLag
from tests.kafka.estates import context_on, three_brokers
from tests.lab.kafka.looking import until

TOPIC = "output"
SPEED = 100.0  # estate seconds a second: a stall window of a minute is over in 0.6 s
PATIENCE = 30.0  # seconds for a verdict on a busy machine
WATCH = {"groups": {"datajs": {"topics": [TOPIC], "owner": "team js"}}, "refresh": 0.05}


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody is silent: shorter time-outs, and long enough for those who are not."""
    monkeypatch.setattr(link, "ANSWER", 2.0)
    monkeypatch.setattr(link, "DIAL", 2.0)


def fast() -> Clock:
    return Clock(real_now() - timedelta(days=30), real_now(), SPEED)


async def traffic(kafka: StandIn, per_s: float = 60.0) -> None:
    await kafka.create_topics({TOPIC: (3, 3)})
    cluster = kafka.traffic(Clock(), SPEED)
    cluster.produce(TOPIC, per_s)
    cluster.consume("datajs", [TOPIC], members=2)


def lag_part(context: Context) -> Part:
    (part,) = KafkaLag().parts(context)
    return part


async def lag_row(part: Part) -> GroupLag:
    snapshot = await poll_once(part)
    assert snapshot.trouble is None, snapshot.trouble
    (row,) = snapshot.rows
    assert isinstance(row, GroupLag)
    return row


async def becomes(
    part: Part, verdict: str, whole: Callable[[GroupLag], object] = lambda row: True
) -> GroupLag:
    """The row once it has this verdict and is whole: the worst partition is ahead of the others."""
    row = None
    try:
        async with asyncio.timeout(PATIENCE):
            while (row := await lag_row(part)).verdict != verdict or not whole(row):
                await asyncio.sleep(part.interval)
    except TimeoutError:
        pytest.fail(f"never {verdict} as it should be, at last {row}")
    return row


def verdicts(row: GroupLag) -> dict[int, str]:
    return {each.partition: each.verdict for each in row.partitions}


async def brokers(context: Context, last: Snapshot | None = None) -> dict[int, Broker]:
    (part,) = KafkaBrokers().parts(context)
    snapshot = await poll_once(part, last)
    assert snapshot.trouble is None, snapshot.trouble
    rows = [row for row in snapshot.rows if isinstance(row, Broker)]
    return {row.broker_id: row for row in rows}


async def test_one_look_without_history_is_ok_or_unknown() -> None:
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        await traffic(kafka, per_s=0)
        row = await lag_row(lag_part(context))
        assert (row.verdict, row.severity, row.lag) == ("ok", Severity.OK, 0)
        assert (row.group, row.topic, row.cluster) == ("datajs", TOPIC, "prod")
        assert (row.group_state, row.members, row.owner) == ("Stable", 2, "team js")
        assert row.missing["in_per_s"] == "needs a second look"
        assert row.behind_s is not None
        kafka.cluster.stick("datajs")
        kafka.cluster.log(TOPIC, 0).end += 5000
        again = await lag_row(lag_part(context))
        assert (again.verdict, again.severity) == ("unknown", Severity.UNKNOWN)
        assert again.lag == 5000


async def test_a_stuck_group_becomes_stuck_and_recovers() -> None:
    async with (
        three_brokers() as kafka,
        context_on(kafka.bootstrap, clock=fast(), **WATCH) as context,
    ):
        await traffic(kafka)
        part = lag_part(context)
        await becomes(part, "ok")
        kafka.cluster.stick("datajs")
        row = await becomes(part, "stuck", lambda row: set(verdicts(row).values()) == {"stuck"})
        assert row.severity is Severity.CRITICAL
        assert row.lag is not None
        assert row.lag > 0
        assert row.in_per_s == pytest.approx(60, rel=0.5)
        assert row.out_per_s == 0
        assert {(p.verdict, p.severity) for p in row.partitions} == {("stuck", Severity.CRITICAL)}
        assert {p.member for p in row.partitions} == {"pod-1/10.0.0.1", "pod-2/10.0.0.2"}
        kafka.cluster.unstick("datajs")
        await becomes(part, "ok")


async def test_a_partition_without_a_leader_leaves_the_others_live() -> None:
    async with (
        three_brokers() as kafka,
        context_on(kafka.bootstrap, clock=fast(), **WATCH) as context,
    ):
        await traffic(kafka)
        part = lag_part(context)
        await becomes(part, "ok")
        log = kafka.cluster.log(TOPIC, 1)
        log.leader, log.isr = -1, [2]
        others = {0: "ok", 1: "unknown", 2: "ok"}
        row = await becomes(part, "unknown", lambda row: verdicts(row) == others)
        hurt = {p.partition: p for p in row.partitions}
        assert hurt[1].error == "output-1: has no leader"
        assert hurt[1].end is None
        assert hurt[0].end is not None
        assert "no leader" in row.why
        (owner,) = [b for b in (await brokers(context)).values() if b.broker_id == 2]
        assert owner.leaderless == 1
        assert owner.severity is Severity.CRITICAL


async def test_a_group_without_its_coordinator_keeps_its_time_and_says_why() -> None:
    async with (
        three_brokers() as kafka,
        context_on(kafka.bootstrap, clock=fast(), **WATCH) as context,
    ):
        await traffic(kafka)
        part = lag_part(context)
        good = await becomes(part, "ok")
        kafka.faults.coordinators.add(kafka.cluster.coordinator("datajs")[0])
        row = await becomes(part, "unknown")
        assert row.at >= good.at
        later = await lag_row(part)
        assert later.at == row.at  # as old as the last answer
        assert "__consumer_offsets-" in later.why
        await asyncio.sleep(130 / SPEED)
        lasting = await lag_row(part)
        assert "no emptying cures it" in lasting.why
        assert lasting.lag is None
        assert "coordinator" in lasting.missing["lag"]


async def test_a_topic_that_does_not_exist_has_a_row_that_says_so() -> None:
    watch: dict[str, Any] = {"groups": {"datajs": {"topics": ["ghost"]}}}
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **watch) as context:
        row = await lag_row(lag_part(context))
        assert (row.topic, row.verdict) == ("ghost", "unknown")
        assert row.why == "topic ghost: is not known to the broker"
        assert row.missing["lag"] == row.why


async def test_a_group_nobody_knows_has_a_row_that_says_so() -> None:
    async with (
        three_brokers() as kafka,
        context_on(kafka.bootstrap, groups={"nobody": {}}) as context,
    ):
        row = await lag_row(lag_part(context))
        assert (row.topic, row.verdict, row.group_state) == ("", "unknown", "Dead")
        assert row.why.startswith("no topic: nothing committed")


async def test_negative_commits_are_none() -> None:
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        await traffic(kafka, per_s=0)
        kafka.cluster.stick("datajs")
        kafka.cluster.log(TOPIC, 0).end = 10
        kafka.cluster.groups["datajs"].committed[TOPIC, 0] = -1
        row = await lag_row(lag_part(context))
        assert row.partitions[0].committed is None
        assert row.partitions[0].lag is None
        assert row.verdict == "unknown"


async def test_history_survives_a_restart_of_the_console(tmp_path: Path) -> None:
    clock = fast()
    async with three_brokers() as kafka:
        await traffic(kafka)
        async with context_on(kafka.bootstrap, tmp_path, clock, **WATCH) as context:
            part = lag_part(context)
            await becomes(part, "ok")
            kafka.cluster.stick("datajs")
            await becomes(part, "stuck")
        async with context_on(kafka.bootstrap, tmp_path, clock, **WATCH) as context:
            row = await lag_row(lag_part(context))
        assert row.behind_s is not None
        assert row.behind_s > 50  # from what the console before had seen
        assert not row.behind_at_least


async def test_brokers_are_shown_with_what_they_lead() -> None:
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        await traffic(kafka)
        rows = await brokers(context)
        assert sorted(rows) == [1, 2, 3]
        assert {row.up for row in rows.values()} == {True}
        assert {row.severity for row in rows.values()} == {Severity.OK}
        assert sum(row.leaders or 0 for row in rows.values()) == 3 + 8
        assert rows[1].since is None
        assert "since" in rows[1].missing


async def test_a_stopped_broker_is_shown_down_since_it_left() -> None:
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        await traffic(kafka)
        (part,) = KafkaBrokers().parts(context)
        last = await poll_once(part)
        await kafka.stop_broker(2)
        await asyncio.sleep(part.interval)
        rows = {r.broker_id: r for r in (await poll_once(part, last)).rows if isinstance(r, Broker)}
        assert (rows[2].up, rows[2].leaders) == (False, 0)
        assert rows[2].since == rows[2].at
        assert rows[2].severity is Severity.WARNING
        assert rows[2].under_replicated == 3 + 8
        assert (rows[1].up, rows[1].severity) == (True, Severity.OK)
        await asyncio.sleep(part.interval)
        again = {r.broker_id: r for r in (await poll_once(part)).rows if isinstance(r, Broker)}
        assert again[2].since == rows[2].since


@pytest.mark.usefixtures("hurry")
async def test_a_black_holed_broker_is_unknown_since_it_fell_silent() -> None:
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        await traffic(kafka)
        part = lag_part(context)
        await lag_row(part)
        hole = next(b for b in (1, 2, 3) if b != kafka.cluster.coordinator("datajs")[1])
        kafka.black_hole(hole, True)
        await lag_row(part)
        rows = await brokers(context)
        assert rows[hole].up is None
        assert "has not answered" in rows[hole].missing["up"]
        assert rows[hole].severity is Severity.WARNING
        assert all(rows[b].up for b in rows if b != hole)


@pytest.mark.usefixtures("hurry")
async def test_a_broker_that_accepts_and_says_nothing_is_not_up_at_the_first_look() -> None:
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        kafka.black_hole(3, True)
        rows = await brokers(context)
        assert (rows[3].up, rows[3].severity) == (None, Severity.WARNING)
        assert rows[3].missing["up"].startswith("the cluster counts it in, but ")
        assert rows[1].up and rows[2].up
        kafka.black_hole(3, False)
        await until(partial(brokers, context), lambda rows: rows[3].up)


async def test_a_partition_that_lacks_two_replicas_is_one_under_replicated_partition() -> None:
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        await traffic(kafka)
        kafka.cluster.log(TOPIC, 0).isr = kafka.cluster.log(TOPIC, 0).isr[:1]
        rows = await brokers(context)
        assert sum(row.under_replicated or 0 for row in rows.values()) == 2
        assert {row.cluster_under_replicated for row in rows.values()} == {1}
        assert {row.cluster_leaderless for row in rows.values()} == {0}


async def test_two_bad_brokers_leave_the_third_ones_partitions_within_the_time_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "ANSWER", 10.0)  # longer than the look may take
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        asking = Asking(every=0.05, timeout=5.0)
        estate = context.estate.model_copy(update={"sources": {"kafka_lag": asking}})
        context = replace(context, estate=estate)
        await traffic(kafka)
        part = lag_part(context)
        await poll_once(part)
        await kafka.stop_broker(2)
        kafka.black_hole(3, True)
        row = await lag_row(part)
        assert {p.error for p in row.partitions} != {""}, "those of the silent one are named"


async def test_a_sum_that_leaves_partitions_out_says_so() -> None:
    async with (
        three_brokers() as kafka,
        context_on(kafka.bootstrap, clock=fast(), **WATCH) as context,
    ):
        await traffic(kafka)
        part = lag_part(context)
        await becomes(part, "ok")
        kafka.cluster.log(TOPIC, 1).leader = -1
        row = await becomes(part, "unknown")
        assert row.lag is not None
        assert row.missing["lag"] == "at least: 2 of 3 partitions answered"
        assert (row.in_per_s, row.out_per_s) == (None, None)
        assert row.missing["in_per_s"] == "2 of 3 partitions answered"


async def test_a_heartbeat_topic_waits_for_a_beat_only_where_more_looks_follow(
    tmp_path: Path,
) -> None:
    watch: dict[str, Any] = WATCH | {"topics": {TOPIC: {"heartbeat_every": "60s"}}}
    async with three_brokers() as kafka:
        await traffic(kafka, per_s=0)
        async with context_on(kafka.bootstrap, **watch) as context:
            assert (await lag_row(lag_part(context))).verdict == "ok"
        async with context_on(kafka.bootstrap, tmp_path, **watch) as context:
            part = lag_part(context)
            row = await lag_row(part)
            assert (row.verdict, row.severity) == ("unknown", Severity.UNKNOWN)
            assert row.why == "no record seen yet, and one is due every 60 s"
            kafka.cluster.log(TOPIC, 0).end += 1
            await becomes(part, "ok")


async def test_a_group_may_have_a_stall_window_of_its_own() -> None:
    group = {"topics": [TOPIC], "stall_window": "1h"}
    watch: dict[str, Any] = {"groups": {"datajs": group}, "refresh": 0.05}
    async with (
        three_brokers() as kafka,
        context_on(kafka.bootstrap, clock=fast(), **watch) as context,
    ):
        await traffic(kafka)
        part = lag_part(context)
        await becomes(part, "ok")
        kafka.cluster.stick("datajs")
        await asyncio.sleep(120 / SPEED)
        row = await lag_row(part)
        assert row.verdict == "unknown"
        assert "of 60 min" in row.why


async def test_an_expected_broker_that_was_never_seen_has_a_row() -> None:
    async with (
        three_brokers() as kafka,
        context_on(kafka.bootstrap, brokers_expected=4, **WATCH) as context,
    ):
        rows = await brokers(context)
        assert sorted(rows) == [1, 2, 3, 4]
        assert rows[4].up is False


async def test_a_cluster_that_is_gone_keeps_its_rows_and_their_age() -> None:
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **WATCH) as context:
        await traffic(kafka)
        part = lag_part(context)
        good = await poll_once(part)
        for broker in (1, 2, 3):
            await kafka.stop_broker(broker)
        await asyncio.sleep(part.interval)
        bad = await poll_once(part, good)
        assert bad.rows == good.rows
        assert bad.taken_at == good.taken_at
        assert bad.trouble is not None
        assert "no broker of prod answers" in bad.trouble.message


async def test_with_very_many_partitions_groups_take_turns_and_their_lag_stays_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.kafka.verdicts.AT_ONCE", 3)
    names = ["a", "b", "c"]
    watch: dict[str, Any] = {"groups": {name: {"topics": [TOPIC]} for name in names}}
    async with three_brokers() as kafka, context_on(kafka.bootstrap, **watch) as context:
        await traffic(kafka, per_s=0)
        for name in names:
            kafka.cluster.consume(name, [TOPIC])
            kafka.cluster.stick(name)
        part = lag_part(context)
        for lag in (10, 20, 30, 40):
            kafka.cluster.log(TOPIC, 0).end = lag
            rows = (await poll_once(part)).rows
            assert [row.lag for row in rows if isinstance(row, GroupLag)] == [lag] * 3
