"""Consumer groups and how far behind they are, per topic."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from console.kafka.asked import SHARE, TIMEOUT, cluster_parts
from console.model import OPTIONAL, Ref, Row, Severity
from console.poll import Context, Part, in_thread

if TYPE_CHECKING:
    from console.kafka.offsets import Look
    from console.kafka.verdicts import GroupVerdict, TopicVerdict, Verdicts
    from console.lag import Judgement

Verdict = Literal[
    "unknown",
    "idle",
    "ok",
    "catching_up",
    "slow",
    "stuck",
    "rewound",
    "lost",
    "ahead",
    "silent",
]
"""As `console.lag` judges."""
log = logging.getLogger(__name__)
SAVE_EVERY = 10.0  # seconds, or longer where saving takes its time


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition of a group's topic; None where Kafka gave no answer."""

    partition: int
    leader: int | None = None
    start: int | None = None
    end: int | None = None
    """High watermark."""
    committed: int | None = None
    lag: int | None = None
    verdict: Verdict = "unknown"
    member: str = ""
    error: str = ""
    severity: Severity = Severity.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLag(Row):
    """Consumer groups and how far behind they are, per topic."""

    cluster: str
    group: str
    topic: str
    lag: int | None = None
    """Records: high watermark − committed offset, summed over the partitions that have both.

    Where some have not, it is a lower bound and `missing["lag"]` says "at least: …".
    """
    in_per_s: float | None = None
    out_per_s: float | None = None
    behind_s: float | None = None
    behind_at_least: bool = False
    """`behind_s` is a lower bound: the committed offset is older than the history."""
    eta_s: float | None = None
    eta_never: bool = False
    members: int | None = None
    group_state: str | None = None
    verdict: Verdict = "unknown"
    why: str = ""
    coordinator_fault: str | None = field(default=None, metadata=OPTIONAL)
    """Where its offsets live, and that this has failed: no restart and no emptying cures it."""
    partitions: tuple[PartitionLag, ...] = ()


class KafkaLag:
    """Every group of every cluster, judged by its history; a part is a cluster."""

    name = "kafka_lag"
    row = GroupLag

    def parts(self, context: Context) -> Sequence[Part]:
        """One part a cluster, every 5 s unless configured otherwise."""
        return cluster_parts(
            self.name, context, lambda cluster, every: _Watch(cluster, context, every).fetch
        )


class _Watch:
    """One cluster from look to look: its history is read at the first and saved now and then."""

    def __init__(self, cluster: str, context: Context, every: float) -> None:
        self._cluster, self._context, self._every = cluster, context, every
        self._verdicts: Verdicts | None = None
        self._saving: asyncio.Task[None] | None = None
        self._one_save = asyncio.Lock()
        self._save_at = 0.0

    async def fetch(self) -> tuple[GroupLag, ...]:
        """The rows of one look; raises Failed when no broker answers."""
        if self._verdicts is None:
            await in_thread(import_module, "console.kafka.pool")
            self._verdicts = await in_thread(self._begin)
        pool = self._context.clients.kafka(self._cluster)
        pool.farewells[self._cluster] = self.save
        within = SHARE * self._context.timeout(KafkaLag.name, TIMEOUT)
        look = await pool.offsets.look(self._context.clock, self._every, within)
        rows: list[GroupLag] = []
        async for group in self._verdicts.judge(look):
            rows += self._rows(group, look)
        self._save_sometimes()
        return tuple(rows)

    def _begin(self) -> Verdicts:
        """Import and read what was saved; both block."""
        from console.kafka.verdicts import Verdicts
        from console.lag import Policy
        from console.lag_history import LagHistory, load

        settings = self._context.estate.kafka[self._cluster]
        refresh_s = self._every * self._context.clock.speed
        windows = [g.stall_window for g in settings.groups.values() if g.stall_window]
        policy = Policy(stall_s=max(settings.stall_window, *windows, 0), refresh_s=refresh_s)
        history = LagHistory(policy)
        if (path := self._path()) is not None:
            history, lost = load(path, self._context.clock.now(), policy)
            if lost:
                log.warning("%s", lost)
        return Verdicts(settings, refresh_s, history, looks_on=self._context.state is not None)

    def _path(self) -> Path | None:
        state = self._context.state
        return None if state is None else state / f"kafka_lag-{self._cluster}.jsonl.gz"

    def _save_sometimes(self) -> None:
        """Beside the next looks, so that a large history delays none."""
        busy = self._saving is not None and not self._saving.done()
        if self._path() is not None and not busy and time.time() >= self._save_at:
            self._saving = asyncio.create_task(self.save())

    async def save(self) -> None:
        """Keep the history for the next start of the console; a full disk is only logged."""
        from console.lag_history import save

        path = self._path()
        if path is None or self._verdicts is None:
            return
        async with self._one_save:
            began = time.time()
            try:
                await save(self._verdicts.history, path)
            except OSError as error:
                log.warning("the lag history is not saved: %s", error)
            self._save_at = time.time() + max(SAVE_EVERY, 20 * (time.time() - began))

    def _rows(self, group: GroupVerdict, look: Look) -> list[GroupLag]:
        from console.kafka.verdicts import TopicVerdict
        from console.lag import Judgement

        if group.topics:
            return [self._row(group, topic, look) for topic in group.topics]
        why = group.state.error or "no topic: nothing committed, and none named in the estate"
        nothing = TopicVerdict("", Judgement("unknown", why))
        return [self._row(group, nothing, look)]

    def _row(self, group: GroupVerdict, topic: TopicVerdict, look: Look) -> GroupLag:
        from console.lag import severity

        found, name = topic.judgement, group.look.group
        settings = self._context.estate.kafka[self._cluster]
        why = found.why if topic.partitions or not topic.fault else topic.fault
        if topic.fault and topic.partitions and found.verdict != "unknown":
            why = f"{why}; {topic.fault}"
        known = {
            "lag": found.lag,
            "in_per_s": found.in_per_s,
            "out_per_s": found.out_per_s,
            "behind_s": found.behind_s,
        }
        return GroupLag(
            ref=Ref("lag", self._cluster, f"{name}/{topic.topic}"),
            at=group.look.at or look.at,
            owner=settings.groups[name].owner if name in settings.groups else settings.owner,
            severity=severity(found.verdict),
            missing=_missing(known, group, topic, why) | _reserves(found),
            cluster=self._cluster,
            group=name,
            topic=topic.topic,
            lag=found.lag,
            in_per_s=found.in_per_s,
            out_per_s=found.out_per_s,
            behind_s=found.behind_s,
            behind_at_least=found.behind_at_least,
            eta_s=found.eta_s,
            eta_never=found.eta_never,
            members=group.state.members,
            group_state=group.state.state,
            verdict=cast(Verdict, found.verdict),
            why=why,
            coordinator_fault=group.coordinator_fault,
            partitions=topic.partitions,
        )


def _missing(
    figures: dict[str, float | None], group: GroupVerdict, topic: TopicVerdict, why: str
) -> dict[str, str]:
    """Why a fact is not known, fact by fact."""
    reasons = {}
    for fact, value in figures.items():
        if value is None:
            rate = fact.endswith("_per_s") and figures["lag"] is not None
            holes = topic.judgement.holes.removeprefix("at least: ")
            reasons[fact] = holes or "needs a second look" if rate else topic.fault or why
    described = group.look.described_fault
    if group.state.state is None:
        reasons["group_state"] = described.message if described else group.state.error or why
    if group.state.members is None:
        new = "the group uses the new protocol, which this console does not ask"
        told = described.message if described else group.state.error or "not told yet"
        reasons["members"] = new if group.look.new_protocol else told
    if group.untold:
        reasons["coordinator_fault"] = group.untold
    return reasons


def _reserves(found: Judgement) -> dict[str, str]:
    """What is to be said beside a value: a sum with holes, a verdict without its evidence."""
    said = {"lag": found.holes, "verdict": found.awaits}
    return {fact: why for fact, why in said.items() if why}
