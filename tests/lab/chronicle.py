"""A night in the lab as the console's own sources tell it, change after change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import aiohttp

from console.lab.lab import Lab
from console.model import Snapshot
from console.poll import poll
from console.sources.kafka_brokers import Broker, KafkaBrokers
from console.sources.kafka_lag import GroupLag, KafkaLag
from console.sources.msk import Msk, MskCluster
from tests.lab.test_aws_sources import console_on

GROUP = "datajs"
DEPLOYMENT = "/apis/apps/v1/namespaces/platform/deployments/dataenricher-js"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known at one moment of the estate's time."""

    at: datetime
    state: str | None = None
    operation: str | None = None
    ended: bool | None = None
    """The newest operation has an end."""
    down: frozenset[int] = frozenset()
    behind: int | None = None
    """Under-replicated partitions."""
    leaderless: int | None = None
    verdicts: tuple[tuple[str, str, str], ...] = ()
    """Topic, verdict and why of datajs."""

    @property
    def healthy(self) -> bool:
        """Kafka alone: all brokers, nothing under-replicated."""
        return not self.down and self.behind == 0 == self.leaderless

    @property
    def words(self) -> set[str]:
        return {verdict for _, verdict, _ in self.verdicts}


@dataclass(slots=True)
class Chronicle:
    """Every moment at which something was seen to change, oldest first."""

    lab: Lab
    seen: list[Seen] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def last(self) -> Seen:
        return self.seen[-1]

    def heed(self, snapshot: Snapshot) -> None:
        """Take in one answer of a source."""
        old = self.seen[-1] if self.seen else Seen(self.lab.clock.now())
        new = _told(old, snapshot)
        if new != old or not self.seen:
            self.seen.append(replace(new, at=self.lab.clock.now()))

    async def until(self, holds: Callable[[Seen], object], minutes: float = 60) -> Seen:
        """The first moment from now on at which this holds, within estate minutes."""
        end = self.lab.clock.now().timestamp() + minutes * 60
        while not (self.seen and holds(self.last)):
            assert self.lab.clock.now().timestamp() < end, f"{self.seen[-3:]}"
            await asyncio.sleep(0.02)
        return self.last

    def story(self, tell: Callable[[Seen], object]) -> list[object]:
        """What `tell` says of each moment, without repetitions."""
        told = [tell(each) for each in self.seen]
        return [now for number, now in enumerate(told) if not number or now != told[number - 1]]


def _told(old: Seen, snapshot: Snapshot) -> Seen:
    rows = snapshot.rows
    if not rows or snapshot.trouble:
        return old
    if isinstance(row := rows[0], MskCluster):
        ended = row.operation_ended_at is not None
        return replace(old, state=row.state, operation=row.operation, ended=ended)
    if isinstance(row, Broker):
        down = frozenset(r.broker_id for r in rows if isinstance(r, Broker) and r.up is False)
        behind, leaderless = row.cluster_under_replicated, row.cluster_leaderless
        return replace(old, down=down, behind=behind, leaderless=leaderless)
    lags = [r for r in rows if isinstance(r, GroupLag) and r.group == GROUP]
    return replace(old, verdicts=tuple((r.topic, r.verdict, r.why) for r in lags))


@asynccontextmanager
async def chronicle(lab: Lab) -> AsyncIterator[Chronicle]:
    """Follows a lab as a console would, at the intervals of the shipped configuration."""
    async with console_on(lab) as context:
        told = Chronicle(lab)
        parts = [p for s in (Msk(), KafkaBrokers(), KafkaLag()) for p in s.parts(context)]
        polls = [asyncio.create_task(poll(part, told.heed)) for part in parts]
        try:
            yield told
        finally:
            for one in polls:
                one.cancel()
            await asyncio.gather(*polls, return_exceptions=True)


async def restart(lab: Lab) -> None:
    """What `kubectl rollout restart` sends for the Deployment behind datajs."""
    stamp = {"kubectl.kubernetes.io/restartedAt": lab.clock.now().isoformat()}
    patch = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
    how = {"Content-Type": "application/strategic-merge-patch+json"}
    async with (
        aiohttp.ClientSession() as session,
        session.patch(lab.kubernetes.url + DEPLOYMENT, json=patch, headers=how) as answer,
    ):
        assert answer.status == 200
