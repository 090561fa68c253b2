"""From offsets to verdicts: feeds the history with each look and judges every group and topic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from console.kafka.codes import COORDINATOR
from console.kafka.coordinators import LONGEST, Refusal, after, failed, home, listed
from console.kafka.offsets import GroupLook, Look
from console.kafka.pace import Breath, paced
from console.kafka.values import Metadata, Tp
from console.lag import (
    GroupState,
    Judgement,
    Policy,
    Sample,
    follow_group,
    judge_partition,
    judge_topic,
    severity,
)
from console.lag_history import HORIZON_S, Key, LagHistory
from console.sources.kafka_lag import PartitionLag, Verdict

if TYPE_CHECKING:
    from console.config.schema import KafkaCluster

FORGET_EVERY = 200  # looks
AT_ONCE = 10_000
"""Partitions judged in one look, about a second's work; with more, groups take turns."""


@dataclass(frozen=True, slots=True)
class TopicVerdict:
    """One topic of one group: the judgement and the partitions it rests on."""

    topic: str
    judgement: Judgement
    partitions: tuple[PartitionLag, ...] = ()
    fault: str = ""
    """Why the topic or some of its partitions have no answer."""


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """One group of one look, topic by topic."""

    look: GroupLook
    state: GroupState
    topics: tuple[TopicVerdict, ...]
    coordinator_fault: str | None = None
    """Its coordinator refuses it for long though the broker answers: what has failed, where."""

    @property
    def untold(self) -> str:
        """Why nobody can tell yet whether its coordinator has failed; empty where that is known."""
        fault = self.look.fault
        if fault is None or self.coordinator_fault is not None:
            return ""
        return fault.message if fault.code < 0 or fault.code in COORDINATOR else ""


class Verdicts:
    """One cluster's judge: what it saw before makes what it says now."""

    def __init__(
        self, settings: KafkaCluster, refresh_s: float, history: LagHistory, looks_on: bool = False
    ) -> None:
        """`refresh_s` between two looks is in seconds of the estate's clock."""
        self.history, self._looks_on = history, looks_on
        self._settings, self._refresh_s = settings, refresh_s
        self._states: dict[str, GroupState] = {}
        self._refusals: dict[str, Refusal] = {}
        self._failed: dict[str, str] = {}
        """What was said last of a coordinator that has failed."""
        self._before: dict[Key, Judgement] = {}
        self._looks = self._judged = 0
        self._due = True
        self._breath = Breath()

    async def judge(self, look: Look) -> AsyncIterator[GroupVerdict]:
        """Every group; the event loop breathes in between."""
        self._looks += 1
        if self._looks % FORGET_EVERY == 0:
            self._forget(look)
        async for tp, mark in paced(look.ends.items(), 50):
            if tp not in look.faults:
                self.history.see_end(tp, mark.at, mark.offset)
        rounds, self._judged = 1 + self._judged // AT_ONCE, 0
        for number, group in enumerate(look.groups.values()):
            self._due = (self._looks + number) % rounds == 0
            state = self._follow(group, look)
            topics = [
                await self._topic(group, state, topic, sorted(numbers), look)
                for topic, numbers in self._topics(group, look.seen.metadata).items()
            ]
            yield GroupVerdict(group, state, tuple(topics), self._coordinator(group, look))

    def _forget(self, look: Look) -> None:
        """Deleted topics and groups would stay for ever."""
        self.history.forget(look.at - timedelta(seconds=HORIZON_S))
        self._before = {k: found for k, found in self._before.items() if k in self.history.runs}
        there = {group for group, _, _ in self._before} | set(look.groups)
        self._states = {group: state for group, state in self._states.items() if group in there}
        self._refusals = {group: one for group, one in self._refusals.items() if group in there}

    def _topics(self, group: GroupLook, metadata: Metadata) -> dict[str, set[int]]:
        """Topic → partitions: those it should read, has committed, or was given."""
        named = self._settings.groups.get(group.group)
        found: dict[str, set[int]] = {topic: set() for topic in (named.topics if named else ())}
        for topic, number in (*group.committed, *_owners(group)):
            found.setdefault(topic, set()).add(number)
        for topic, numbers in found.items():
            numbers |= set(metadata.topics.get(topic, ()))
        return found

    def policy(self, group: str, topic: str) -> Policy:
        """What is normal for this group on this topic."""
        usual, named = self._settings.topics.get(topic), self._settings.groups.get(group)
        allowed = usual.allowed_lag if usual else None
        if allowed is None:
            allowed = named.allowed_lag if named else 1
        stall_s = named.stall_window if named else None
        return Policy(
            stall_s=stall_s or self._settings.stall_window,
            allowed=allowed,
            heartbeat_every=usual.heartbeat_every if usual else None,
            refresh_s=self._refresh_s,
            looks_on=self._looks_on,
        )

    def _follow(self, group: GroupLook, look: Look) -> GroupState:
        self._count(group, look)
        before = self._states.get(group.group)
        if group.fault is None:
            ids = None
            if group.described is not None and not group.new_protocol:
                ids = frozenset(member.member_id for member in group.described.members)
            state = follow_group(before, look.at, state=group.state, member_ids=ids)
        else:
            state = follow_group(before, look.at, error=group.fault.message)
        self._states[group.group] = state
        if group.fault is not None and group.fault.code in COORDINATOR:
            said = f"{state.error} ({home(group, look).told})"
            return replace(state, error=self._coordinator(group, look) or said)
        return state

    def _coordinator(self, group: GroupLook, look: Look) -> str | None:
        """That its coordinator has failed, once it refuses for long while the broker answers."""
        refusal, name = self._refusals.get(group.group), group.group
        said = None
        if refusal is not None and refusal.stands:
            if refusal.last == look.at:
                said = failed(group, look)
            elif look.at - refusal.last <= LONGEST and listed(group, look):
                said = self._failed.get(name)  # no answer at all takes nothing back
        self._failed.pop(name, None)
        if said is not None:
            self._failed[name] = said
        return said

    def _count(self, group: GroupLook, look: Look) -> None:
        """Refusals in a row; a look that got no answer at all is none, and ends none."""
        if group.fault is None:
            self._refusals.pop(group.group, None)
        elif group.fault.code in COORDINATOR:
            before = self._refusals.get(group.group)
            self._refusals[group.group] = after(before, look.at)

    async def _topic(
        self, group: GroupLook, state: GroupState, topic: str, numbers: Iterable[int], look: Look
    ) -> TopicVerdict:
        policy, owners = self.policy(group.group, topic), _owners(group)
        judged: dict[int, Judgement] = {}
        rows = []
        for number in numbers:
            key, tp = (group.group, topic, number), (topic, number)
            sample = _sample(group, tp, look)
            self.history.see(key, sample)
            found = self._judge(key, sample, state, policy, look.at)
            self._before[key] = judged[number] = found
            rows.append(_partition(tp, sample, found, owners.get(tp, ""), look))
            await self._breath.take()
        by_number = {
            number: owners[topic, number] for number in judged if (topic, number) in owners
        }
        whole = judge_topic(judged, state, policy, look.at, by_number)
        return TopicVerdict(topic, whole, tuple(rows), _fault(topic, rows, look))

    def _judge(
        self, key: Key, sample: Sample, state: GroupState, policy: Policy, now: datetime
    ) -> Judgement:
        """Afresh, save where nothing moves: an idle partition stays idle until something does.

        A heartbeat topic is judged always: there the length of the silence counts.
        """
        self._judged += 1
        history, before = self.history.of(key), self._before.get(key)
        if before and not (sample.error or state.error) and policy.heartbeat_every is None:
            if before.verdict == "idle" and not before.lag and history.samples[-1].looks > 1:
                return before
            if not self._due:
                return replace(before, lag=sample.lag)
        return judge_partition(history, state, policy, now, before)


def _owners(group: GroupLook) -> Mapping[Tp, str]:
    """Partition → the member it was given to, as `client/host`."""
    if group.described is None:
        return {}
    return {
        tp: f"{member.client_id}/{member.host}"
        for member in group.described.members
        for tp in member.assigned
    }


def _sample(group: GroupLook, tp: Tp, look: Look) -> Sample:
    """What this look saw of one partition; without an answer only the reason."""
    fault = group.fault or group.errors.get(tp) or look.faults.get(tp)
    end, start = look.ends.get(tp), look.starts.get(tp)
    if fault is not None or end is None:
        return Sample(look.at, None, None, error=fault.message if fault else "no answer yet")
    committed = group.committed.get(tp)
    return Sample(look.at, committed, end.offset, start.offset if start else None)


def _partition(tp: Tp, sample: Sample, found: Judgement, member: str, look: Look) -> PartitionLag:
    committed = sample.committed
    return PartitionLag(
        partition=tp[1],
        leader=look.seen.metadata.leader(tp),
        start=sample.start,
        end=sample.end,
        committed=committed if committed is not None and committed >= 0 else None,
        lag=found.lag,
        verdict=cast(Verdict, found.verdict),
        member=member,
        error=sample.error,
        severity=severity(found.verdict),
    )


def _fault(topic: str, rows: list[PartitionLag], look: Look) -> str:
    if not rows:
        fault = look.topic_faults.get(topic)
        return fault.message if fault else f"topic {topic}: the cluster does not show it"
    errors = [row.error for row in rows if row.error]
    if not errors:
        return ""
    more = f" ({len(errors)} of {len(rows)} partitions)" if len(rows) > 1 else ""
    return f"{errors[0]}{more}"
