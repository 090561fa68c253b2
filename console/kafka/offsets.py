"""What a cluster's consumers have read and what there is to read: one refresh for all sources."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from console.kafka import wire
from console.kafka.codes import MOVED, Fault, say
from console.kafka.ends import ask_offsets
from console.kafka.groups import Groups
from console.kafka.link import LOOK_ENDS
from console.kafka.pace import paced
from console.kafka.values import Described, Metadata, Offsets, Tp
from console.poll import Failed

if TYPE_CHECKING:
    from console.clock import Clock
    from console.config.schema import KafkaCluster
    from console.kafka.pool import BrokerPool

SLOWLY = 60.0  # seconds between two questions about what hardly changes
SHARED = 0.9  # of the time between two looks: younger metadata serves both sources


class Mark(NamedTuple):
    """An offset and the estate time at which it was true."""

    offset: int
    at: datetime


NOWHERE = Mark(0, datetime.min)


@dataclass(frozen=True, slots=True)
class Seen:
    """The cluster metadata and the estate time at which it was true."""

    metadata: Metadata
    at: datetime


@dataclass(frozen=True, slots=True)
class GroupLook:
    """One group as last seen; with a fault, the rest is older than the look."""

    group: str
    at: datetime | None = None
    """Estate time of `committed`; None = never had."""
    committed: Mapping[Tp, int] = field(default_factory=dict)
    errors: Mapping[Tp, Fault] = field(default_factory=dict)
    fault: Fault | None = None
    """Why its coordinator gave no offsets this time."""
    coordinator: int | None = None
    described: Described | None = None
    described_fault: Fault | None = None
    listed_state: str = ""
    """From the listing; Kafka describes a group of the new protocol (KIP-848) as Dead."""

    @property
    def state(self) -> str | None:
        """The group's state, None when nobody has told it."""
        if self.described is None:
            return self.listed_state or None
        if self.described.state == "Dead" and self.listed_state:
            return self.listed_state
        return self.described.state

    @property
    def new_protocol(self) -> bool:
        """A group whose members only a newer request would show."""
        known = bool(self.listed_state or self.committed)
        return self.described is not None and self.described.state == "Dead" and known


@dataclass(frozen=True, slots=True)
class Look:
    """One refresh: the last good values, each with its own time, and what failed just now."""

    at: datetime
    seen: Seen
    groups: Mapping[str, GroupLook]
    ends: Mapping[Tp, Mark]
    """High watermarks; older than `at` where `faults` says why."""
    starts: Mapping[Tp, Mark]
    faults: Mapping[Tp, Fault]
    topic_faults: Mapping[str, Fault]
    """Configured topics that the cluster does not show."""


class Collector:
    """Reads lag in three round trips: metadata, committed offsets, then ends beside members.

    Committed before ends: lag is over-estimated by what came meanwhile, and never negative.
    """

    def __init__(self, pool: BrokerPool) -> None:
        self._pool = pool
        self._settings: KafkaCluster = pool.settings
        self.groups = Groups(pool)
        self._metadata_turn, self._turn = asyncio.Lock(), asyncio.Lock()
        self._seen: Seen | None = None
        self._asked_at = self._slow_at = 0.0
        self._count = 0
        self._listed: dict[str, str] = {}
        self._looks: dict[str, GroupLook] = {}
        self._ends: dict[Tp, Mark] = {}
        self._starts: dict[Tp, Mark] = {}
        self._forgotten: set[str] = set()
        self._topic_faults: dict[str, Fault] = {}

    async def metadata(self, clock: Clock, every: float) -> Seen:
        """The metadata, younger than `every` seconds, so that both sources share one request."""
        async with self._metadata_turn:
            age = time.time() - self._asked_at
            if self._seen is None or not 0 <= age < SHARED * every:
                self._seen = Seen(await self._pool.metadata(), clock.now())
                self._asked_at = time.time()
            return self._seen

    async def look(self, clock: Clock, every: float, within: float = 60.0) -> Look:
        """One refresh, done each `every` seconds; raises Failed when no broker at all answers.

        It ends `within` seconds, with a fault for each partition whose broker took longer.
        """
        LOOK_ENDS.set(time.monotonic() + within)
        async with self._turn:
            return await self._refresh(clock, every)

    def forget(self, topics: Iterable[str]) -> None:
        """Where these begin is asked at the next look: we have just deleted some of them."""
        self._forgotten |= set(topics)

    async def _refresh(self, clock: Clock, every: float) -> Look:
        seen = await self.metadata(clock, every)
        slowly = not 0 <= time.time() - self._slow_at < SLOWLY
        if slowly:
            await self._look_around(seen)
        await self._read_committed(clock)
        wanted = await self._wanted(seen)
        (seen, faults), _, _ = await asyncio.gather(
            self._read_ends(clock, seen, wanted),
            self._read_starts(clock, seen, wanted, slowly),
            self._describe(),
        )
        if slowly:
            self._slow_at = time.time()
        self._count += 1
        looks = {group: self._looks[group] for group in self._names()}
        self._looks = looks.copy()
        self._ends = {tp: self._ends[tp] for tp in wanted if tp in self._ends}
        await asyncio.sleep(0)
        self._starts = {tp: self._starts[tp] for tp in wanted if tp in self._starts}
        ends, starts = self._ends.copy(), self._starts.copy()
        return Look(clock.now(), seen, looks, ends, starts, faults, self._topic_faults)

    def _names(self) -> list[str]:
        found = self._listed if self._settings.all_groups else {}
        return list(dict.fromkeys([*self._settings.groups, *found]))

    async def _look_around(self, seen: Seen) -> None:
        """Groups there are, and why a configured topic is not to be seen."""
        listed, why = await self.groups.listed()
        # a list that is not whole says of no group that it is gone
        self._listed = {**self._listed, **listed} if why else listed
        if why and self._settings.all_groups and not self._names():
            raise Failed(why.message)
        named = {topic for group in self._settings.groups.values() for topic in group.topics}
        named = (named | set(self._settings.topics)) - set(seen.metadata.topics)
        self._topic_faults = await self.hidden(sorted(named))

    async def hidden(self, topics: list[str]) -> dict[str, Fault]:
        """Why topics are not to be seen: only a question by name tells a missing right."""
        if not topics:
            return {}
        found = await self._pool.anyone(wire.all_metadata(topics))
        return {topic: say(code, f"topic {topic}") for topic, code in found.errors.items()}

    async def _read_committed(self, clock: Clock) -> None:
        names = self._names()
        answers = await self.groups.committed(names)
        now = clock.now()
        async for group in paced(names):
            old = self._looks.get(group) or GroupLook(group)
            self._looks[group] = self._with_answer(old, answers[group], now)

    def _with_answer(self, old: GroupLook, answer: Offsets | Fault, now: datetime) -> GroupLook:
        broker = self.groups.coordinators.get(old.group)
        old = replace(old, coordinator=broker, listed_state=self._listed.get(old.group, ""))
        if isinstance(answer, Fault):
            return replace(old, fault=answer)
        errors = {tp: say(code, f"{tp[0]}-{tp[1]}") for tp, code in answer.errors.items()}
        kept = {tp: offset for tp, offset in old.committed.items() if tp in errors}
        offsets = {**kept, **answer.offsets}
        return replace(old, at=now, committed=offsets, errors=errors, fault=None)

    async def _wanted(self, seen: Seen) -> list[Tp]:
        """Partitions that some group has committed, was given, or should read."""
        wanted: dict[Tp, None] = {}
        async for group in paced(self._names()):
            look = self._looks[group]
            wanted |= dict.fromkeys(look.committed)
            if look.described is not None:
                for member in look.described.members:
                    wanted |= dict.fromkeys(member.assigned)
        for topic in {t for group in self._settings.groups.values() for t in group.topics}:
            for number in seen.metadata.topics.get(topic, ()):
                wanted[topic, number] = None
        return list(wanted)

    async def _read_ends(
        self, clock: Clock, seen: Seen, wanted: list[Tp]
    ) -> tuple[Seen, dict[Tp, Fault]]:
        """High watermarks; leaders that moved are looked up anew and asked once more."""
        found, faults = await ask_offsets(self._pool, wanted, seen.metadata, wire.LATEST)
        await self._keep(self._ends, found, clock.now())
        again = [tp for tp, fault in faults.items() if _may_have_moved(tp, fault, seen)]
        if not again:
            return seen, faults
        newer = await self.metadata(clock, every=0)
        moved = [tp for tp in again if _worth_asking(tp, faults[tp], seen, newer)]
        found, left = await ask_offsets(self._pool, moved, newer.metadata, wire.LATEST)
        await self._keep(self._ends, found, clock.now())
        for tp in moved:
            del faults[tp]
        return newer, faults | left

    async def _read_starts(
        self, clock: Clock, seen: Seen, wanted: list[Tp], everything: bool
    ) -> None:
        """Earliest offsets: all of them once a minute, else only the new and the doubtful."""
        asked: Iterable[Tp] = wanted
        if not everything:
            behind = set()
            async for look in paced(self._looks.values()):
                for tp, offset in look.committed.items():
                    if 0 <= offset < self._starts.get(tp, NOWHERE).offset:
                        behind.add(tp)
            behind |= {tp for tp in wanted if tp[0] in self._forgotten}
            asked = [tp for tp in wanted if tp not in self._starts or tp in behind]
        left, self._forgotten = self._forgotten, set()
        try:
            found, faults = await ask_offsets(self._pool, asked, seen.metadata, wire.EARLIEST)
            await self._keep(self._starts, found, clock.now())
            left = left.intersection(topic for topic, _ in faults)
        finally:  # a look that is given up has heard of none
            self._forgotten |= left

    async def _keep(self, marks: dict[Tp, Mark], found: Mapping[Tp, int], now: datetime) -> None:
        async for tp, offset in paced(found.items(), 50):
            marks[tp] = Mark(offset, now)

    async def _describe(self) -> None:
        """Every second time: states change more slowly than offsets."""
        if self._count % 2:
            return
        for group, found in (await self.groups.described(self._names())).items():
            old = self._looks[group]
            if isinstance(found, Fault):
                self._looks[group] = replace(old, described_fault=found)
            else:
                self._looks[group] = replace(old, described=found, described_fault=None)


def _may_have_moved(tp: Tp, fault: Fault, seen: Seen) -> bool:
    """A leader was asked and did not know the partition, or did not answer at all."""
    leader = seen.metadata.leader(tp)
    return leader is not None and leader >= 0 and (fault.code in MOVED or fault.code < 0)


def _worth_asking(tp: Tp, fault: Fault, old: Seen, new: Seen) -> bool:
    """A leader that did not move is asked again only if it said it is not ready yet."""
    leader = new.metadata.leader(tp)
    return leader is not None and (leader != old.metadata.leader(tp) or fault.code in MOVED)
