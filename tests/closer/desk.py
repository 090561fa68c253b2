"""A closer look without a screen: every state that a screen would have been shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from console.closer.looking import Closer
from console.lab.kubernetes_told import Pieces
from console.model.closer import CloserWish, LookCloser, Reading, ReadIt
from console.poll import Context
from console.sources.workloads import Workload
from tests.kubernetes.cluster import SPACE, Cluster, cluster, poll_until

APP = "signaling"


@dataclass(slots=True)
class Looking:
    """What a closer look shows, one state after the other."""

    context: Context
    states: list[Reading | None] = field(default_factory=list)
    closer: Closer = field(init=False)

    def __post_init__(self) -> None:
        self.closer = Closer(self.context, self.states.append)

    @property
    def now(self) -> Reading:
        state = self.states[-1]
        assert state is not None
        return state

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self.now.lines]

    async def do(self, wish: CloserWish) -> Reading:
        """To its end."""
        await self.closer.grant(wish)
        return self.now

    def begin(self, wish: CloserWish) -> asyncio.Task[None]:
        """As far as it goes until it is cancelled."""
        return asyncio.create_task(self.closer.grant(wish))


@asynccontextmanager
async def workload(
    tmp_path: Path, log: Pieces | None = None
) -> AsyncIterator[tuple[Cluster, Workload, Looking]]:
    """One Deployment of one Pod in a lab cluster, and its row; `log` is what its log is."""
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, APP, replicas=1)
        lab.server.api.log = log
        row = await poll_until(lab.part(), lambda row: row.ready == 1)
        yield lab, row, Looking(lab.context)


async def until(looking: Looking, holds: object) -> None:
    """A state comes that is so; the test's own time-out ends it."""
    assert callable(holds)
    while not (looking.states and looking.states[-1] and holds(looking.now)):
        await asyncio.sleep(0.02)


__all__ = ["APP", "LookCloser", "Looking", "ReadIt", "until", "workload"]
