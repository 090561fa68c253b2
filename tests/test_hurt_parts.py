"""One thing breaks: what is hurt says what and since when, the rest stays live, and it heals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest

from console.clients import Clients
from console.commands.init import shipped
from console.config import load
from console.config.schema import Asking, Estate
from console.lab.lab import Lab
from console.lookout import Lookout, scopes_of
from console.model import Board, Freshness, Severity, Snapshot
from console.poll import Context, in_thread
from console.sources import SOURCES
from console.sources.kafka_brokers import Broker
from console.sources.kafka_lag import GroupLag

EVERY = 2.0  # seconds between two polls of every part: all of them and a lab share a processor
PATIENCE = 45.0  # seconds until something must have been seen
SILENT = 4.0  # seconds that a look waits for a broker that does not answer: half of what it has
PROD, DEV = "refinery-prod/ap-northeast-1", "refinery-dev/ap-northeast-1"
AWS = ("instances", "caches", "alarms", "canaries", "msk")
SELDOM = {"backups", "databases", "hosts", "targets"}
RESTING_ON_AWS = {"metrics", "sites", "sidekiq"} | SELDOM


@dataclass
class Watch:
    """A lab, and what a lookout sees of it."""

    lab: Lab
    boards: list[Board] = field(default_factory=list)

    @property
    def board(self) -> Board:
        return self.boards[-1]

    def part(self, source: str, part: str) -> Snapshot:
        return self.board.snapshots[source, part]

    def broker(self, number: int) -> Broker:
        rows = self.board.rows("kafka_brokers")
        return next(r for r in rows if isinstance(r, Broker) and r.broker_id == number)

    def lags(self) -> list[GroupLag]:
        return [row for row in self.board.rows("kafka_lag") if isinstance(row, GroupLag)]

    async def fault(self, name: str, on: bool = True, **body: Any) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.lab.url}/fault", json={"name": name, "on": on, **body}) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(0.05)

    async def two_rounds(self) -> None:
        """Every part that is well is asked twice more: by then all that is hurt shows it."""
        for _ in range(2):
            before = {k: one for k, one in self.board.snapshots.items() if one.interval <= EVERY}
            await self.until(partial(self._asked_since, before))

    def _asked_since(self, before: dict[tuple[str, str], Snapshot]) -> bool:
        now = self.board.snapshots
        return all(now[key] is not one or now[key].trouble for key, one in before.items())

    def unwell(self) -> dict[tuple[str, str], str]:
        """Every part that is in trouble or more than one poll late, and why."""
        now = datetime.now(UTC)
        return {
            key: snapshot.trouble.message if snapshot.trouble else str(snapshot.age(now))
            for key, snapshot in self.board.snapshots.items()
            if snapshot.freshness(now) not in (Freshness.FRESH, Freshness.LATE)
        }


def quick(estate: Estate) -> Estate:
    asking = {
        name: Asking(every=3 * EVERY if name in SELDOM else EVERY, timeout=10.0) for name in SOURCES
    }
    return estate.model_copy(update={"sources": asking})


@asynccontextmanager
async def watching(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watch]:
    async with Lab("quiet", 1.0, "stand-in") as lab:
        for name, value in lab.env.items():
            monkeypatch.setenv(name, value)
        estate = quick((await in_thread(load, shipped())).estate)
        context = Context(estate, Clients(estate), lab.clock)
        watch = Watch(lab)
        lookout = Lookout(context, watch.boards.append)
        lookout.focus(scopes_of(context))
        looking = asyncio.create_task(lookout.run())
        try:
            await watch.until(lambda: watch.boards and not watch.unwell())
            yield watch
        finally:
            looking.cancel()
            await asyncio.wait([looking])
            await context.clients.close()


async def test_a_denied_account_hurts_only_its_own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    async with watching(monkeypatch) as watch:
        rows = watch.part("instances", DEV).rows
        begun = datetime.now(UTC)
        await watch.fault("aws-deny", account="refinery-dev", action="*")
        await watch.until(lambda: watch.part("instances", DEV).trouble)
        await watch.two_rounds()
        hurt = watch.part("instances", DEV)
        assert hurt.trouble and "ec2:DescribeInstance" in hurt.trouble.message
        assert hurt.rows == rows and hurt.taken_at and hurt.taken_at < hurt.trouble.since
        assert begun <= hurt.trouble.since <= begun + timedelta(seconds=3 * EVERY + 3)
        assert {part for source, part in watch.unwell() if source != "sites"} == {DEV}
        await watch.fault("aws-deny", on=False, account="refinery-dev", action="*")
        await watch.until(lambda: not watch.unwell())


async def test_an_expired_login_is_told_apart_and_a_new_one_is_picked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watching(monkeypatch) as watch:
        await watch.fault("aws-expire", account="refinery-prod")
        await watch.until(lambda: watch.part("instances", PROD).trouble)
        trouble = watch.part("instances", PROD).trouble
        assert trouble and trouble.auth_expired
        assert trouble.cure == "aws sso login --profile refinery-prod"
        await watch.two_rounds()
        assert {part for source, part in watch.unwell() if source != "sites"} == {PROD}
        await watch.fault("aws-expire", on=False, account="refinery-prod")
        await watch.until(lambda: not watch.unwell())


async def test_throttled_aws_leaves_kafka_and_kubernetes_live(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watching(monkeypatch) as watch:
        await watch.fault("aws-throttle")
        await watch.until(lambda: {source for source, _ in watch.unwell()} >= set(AWS))
        await watch.two_rounds()
        assert {s for s, _ in watch.unwell()} <= RESTING_ON_AWS.union(AWS)
        assert "throttl" in watch.unwell()["instances", PROD]
        await watch.fault("aws-throttle", on=False)
        await watch.until(lambda: not watch.unwell())


async def test_a_stopped_kubernetes_api_hurts_the_workloads_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watching(monkeypatch) as watch:
        rows = watch.board.rows("workloads")
        await watch.fault("kubernetes-down")
        await watch.until(lambda: ("workloads", "eks-v2-prod") in watch.unwell())
        await watch.two_rounds()
        assert {source for source, _ in watch.unwell()} == {"workloads"}
        assert len(watch.board.rows("workloads")) == len(rows)
        await watch.fault("kubernetes-down", on=False)
        await watch.until(lambda: not watch.unwell())


async def test_a_stopped_broker_is_down_by_name_while_every_group_stays_live(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watching(monkeypatch) as watch:
        await watch.fault("kafka-stop", broker=2)
        await watch.until(lambda: watch.broker(2).up is False)
        await watch.two_rounds()
        assert watch.broker(2).severity >= Severity.WARNING and not watch.unwell()
        assert [row.lag is not None for row in watch.lags()] == [True] * 4
        await watch.fault("kafka-stop", on=False, broker=2)
        await watch.until(lambda: watch.broker(2).up and not watch.unwell())


async def test_a_black_holed_broker_costs_its_own_partitions_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watching(monkeypatch) as watch:
        await watch.fault("kafka-black-hole", broker=2)
        await watch.until(lambda: watch.broker(2).up is None)
        assert "has not answered" in watch.broker(2).missing["up"]
        await watch.until(lambda: [p for r in watch.lags() for p in r.partitions if p.error])
        begun = watch.part("kafka_lag", "msk-prod").taken_at
        await watch.two_rounds()
        ended = watch.part("kafka_lag", "msk-prod").taken_at
        assert begun and ended and ended - begun < timedelta(seconds=2 * EVERY + SILENT), (
            "after the first time-out nobody waits for that broker"
        )
        assert not watch.unwell()
        parts = [partition for row in watch.lags() for partition in row.partitions]
        dark = [part for part in parts if part.error]
        # its own partitions, and those of the groups it coordinates
        assert dark and all(part.leader == 2 or "group" in part.error for part in dark)
        assert [part for part in parts if not part.error and part.lag is not None]
        await watch.fault("kafka-black-hole", on=False, broker=2)
        await watch.until(lambda: watch.broker(2).up and not watch.unwell())
        await watch.until(lambda: not [p for r in watch.lags() for p in r.partitions if p.error])
