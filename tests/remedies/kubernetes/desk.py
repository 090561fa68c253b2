"""What a remedy is given, on a lab cluster of its own, and one whole act without a screen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from console.clock import Clock, real_now
from console.config import Configuration, load
from console.model import Board, Order, Plan, Ref, Verdict
from console.poll import Context
from console.remedies import REMEDIES
from console.remedy import Hands, Refused, Rejected, run
from tests.kubernetes.cluster import NAME, SPACE, Cluster, cluster

WORLD = {
    "estate": {"name": "test", "title": "Test"},
    "kubernetes": {NAME: {"namespaces": [SPACE]}},
}
RESTART = {"rollout-restart": {"kind": "rollout-restart", "on": {"scopes": [NAME]}, "deadline": 64}}


@dataclass(slots=True)
class Hurry:
    """Real time that a sleeping remedy moves on, so that its deadlines come soon."""

    gone: float = 0.0
    begun: datetime = field(default_factory=real_now)

    def now(self) -> datetime:
        return self.begun + timedelta(seconds=self.gone)

    async def sleep(self, seconds: float) -> None:
        self.gone += seconds
        await asyncio.sleep(0.02)


def configured(directory: Path, **files: Any) -> Configuration:
    """A configuration of these files (JSON is YAML)."""
    room = directory / "configuration"
    room.mkdir(exist_ok=True)
    for name, told in files.items():
        (room / f"{name}.yaml").write_text(json.dumps(told), encoding="utf-8")
    return load(room, environ={})


def hands(context: Context, configuration: Configuration) -> Hands:
    """Hands that hurry."""
    hurry = Hurry()
    return Hands(context, configuration, lambda: Board(), hurry.now, hurry.sleep)


@dataclass(slots=True)
class Desk:
    """A lab cluster with one Deployment and the hands to act on it."""

    lab: Cluster
    hands: Hands

    def order(self, name: str = "js", kind: str = "deployment") -> Order:
        return Order("rollout-restart", (Ref(kind, NAME, f"{SPACE}/{name}"),))

    @property
    def lies(self) -> set[str]:
        return self.lab.server.api.lies

    @property
    def writes(self) -> list[str]:
        return [one for one in self.lab.server.requests if one.startswith("PATCH")]


@asynccontextmanager
async def desk(directory: Path, replicas: int = 2, speed: float = 20.0) -> AsyncIterator[Desk]:
    """A Deployment `js` that has been running for days."""
    now = real_now()
    async with cluster(directory, Clock(now, now, speed)) as lab:
        lab.server.deploy(SPACE, "js", replicas=replicas)
        configuration = configured(directory, estate=WORLD, remedies={"remedies": RESTART})
        yield Desk(lab, hands(lab.context, configuration))


async def propose(order: Order, with_: Hands) -> Plan:
    """The plan alone."""
    kind = with_.allowance(order.remedy).kind
    return await REMEDIES[kind].plan(order, with_)


async def carry_out(plan: Plan, with_: Hands) -> Verdict:
    """Apply, and look; a reply that was lost is told to the looking, as the engine does."""
    remedy = REMEDIES[with_.allowance(plan.remedy).kind]
    started = with_.clock.now().isoformat()
    told = await run(remedy.apply(plan, with_))
    if isinstance(told, Refused | Rejected):
        raise told
    sent = {"lost": str(told)} if isinstance(told, Exception) else dict(told)
    kept = json.loads(json.dumps(sent | {"started_at": started}))  # as the journal has it
    return await remedy.verify(plan, kept, with_)


async def act(order: Order, with_: Hands) -> Verdict:
    """Plan and carry out."""
    return await carry_out(await propose(order, with_), with_)
