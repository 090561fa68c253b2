"""Consumers that are stuck for different reasons: told apart, and offered only what helps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from console.clock import real_now
from console.commands.init import shipped
from console.config import load
from console.findings import policy_of
from console.lab.kafka.standin import StandIn
from console.match import Memory, find
from console.model import Board, Now
from console.poll import poll_once
from console.sources.kafka_lag import GroupLag
from tests.kafka.estates import context_on, three_brokers
from tests.kafka.test_sources import TOPIC, WATCH, becomes, fast, lag_part, traffic


def hang(kafka: StandIn) -> None:
    kafka.cluster.stick("datajs")


def poison(kafka: StandIn) -> None:
    log = kafka.cluster.grow(TOPIC, now=True).logs[0]
    kafka.cluster.poisons[TOPIC, 0] = int(log.end) + 1


def leave(kafka: StandIn) -> None:
    kafka.cluster.consume("datajs", [TOPIC], members=0)


def lose_coordinator(kafka: StandIn) -> None:
    kafka.faults.coordinators.add(kafka.cluster.coordinator("datajs")[0])


def _said(row: GroupLag, failed: bool) -> str:
    """Of a coordinator it is said after two minutes only."""
    return (row.coordinator_fault or "") if failed else row.why


CAUSES: dict[str, tuple[Callable[[StandIn], None], str, str]] = {
    "all hang, as after a maintenance": (hang, "stuck", "all members hang"),
    "one record nobody gets past": (poison, "stuck", "hangs while other partitions move"),
    "nobody is there": (leave, "stuck", "no consumer"),
    "its coordinator failed": (lose_coordinator, "unknown", "__consumer_offsets"),
}


@pytest.mark.parametrize("cause", CAUSES)
async def test_why_a_group_is_stuck_is_told_and_nothing_is_offered_that_does_not_help(
    cause: str,
) -> None:
    happens, verdict, words = CAUSES[cause]
    configuration = load(shipped(), environ={})
    async with (
        three_brokers() as kafka,
        context_on(kafka.bootstrap, clock=fast(), **WATCH) as context,
    ):
        await traffic(kafka)
        part = lag_part(context)
        await becomes(part, "ok")
        happens(kafka)
        failed = happens is lose_coordinator
        await becomes(part, verdict, lambda row: words in _said(row, failed))
        board = Board().with_(await poll_once(part))
        now = Now(context.clock.now(), real_now(), context.clock.speed)
        cases = configuration.cases.values()
        found, _ = find(cases, board, Memory(), now, policy_of(configuration))
    expected = ["coordinator-fault"] if failed else []
    assert [finding.case for finding in found] == expected
    assert not any(finding.offers for finding in found), "neither a restart nor an emptying"
