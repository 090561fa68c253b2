"""Where partitions begin and end, asked of their leaders; one fault never hides the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from console.kafka import wire
from console.kafka.codes import UNKNOWN_TOPIC, Fault, say
from console.kafka.pace import gathered, paced
from console.kafka.values import Metadata, Offsets, Partition, Tp
from console.poll import Failed

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool

AT_ONCE = 500  # partitions in one request: encoding them holds the loop as decoding does
NO_LEADER = 5

Found = tuple[dict[Tp, int], dict[Tp, Fault]]
"""Offsets, and why there is none for the others."""


async def ask_offsets(
    pool: BrokerPool, partitions: Iterable[Tp], metadata: Metadata, which: int
) -> Found:
    """The latest or earliest offset of each partition, each leader asked once and at once."""
    found: dict[Tp, int] = {}
    faults: dict[Tp, Fault] = {}
    by_leader: dict[int, list[Tp]] = {}
    async for tp in paced(partitions, 50):
        leader = metadata.leader(tp)
        if leader is None:
            faults[tp] = say(UNKNOWN_TOPIC, f"{tp[0]}-{tp[1]}")
        elif leader < 0:
            faults[tp] = _leaderless(tp, metadata.topics[tp[0]][tp[1]])
        else:
            by_leader.setdefault(leader, []).append(tp)
    asked = [
        (leader, some[i : i + AT_ONCE])
        for leader, some in by_leader.items()
        for i in range(0, len(some), AT_ONCE)
    ]
    answers = await gathered((_ask(pool, *each, which) for each in asked), 1)
    for offsets, errors in answers:
        found |= offsets
        faults |= errors
    return found, faults


async def _ask(
    pool: BrokerPool, leader: int, partitions: list[Tp], which: int
) -> tuple[Mapping[Tp, int], Mapping[Tp, Fault]]:
    try:
        answer: Offsets = await pool.ask(leader, wire.list_offsets(partitions, which))
    except Failed as failure:
        return {}, dict.fromkeys(partitions, Fault(str(failure)))
    errors = {tp: say(code, f"{tp[0]}-{tp[1]}") for tp, code in answer.errors.items()}
    return answer.offsets, errors


def _leaderless(tp: Tp, partition: Partition) -> Fault:
    off = ", ".join(map(str, partition.offline))
    where = f" (offline on broker {off})" if off else ""
    return Fault(f"{tp[0]}-{tp[1]}: has no leader{where}", NO_LEADER)
