"""A console before one Kafka cluster: its board is read anew, its journal judges."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from console.acting import Acts
from console.clients import Clients
from console.clock import Clock
from console.config import Configuration, load
from console.journal import open_journal
from console.kafka.pool import BrokerPool
from console.lab.kafka import Kafka
from console.model import Board, Entry, Order, Proposal, Ref, Snapshot, Verdict
from console.poll import Context, poll_once
from console.realm import VARIABLE
from console.remedy import Hands
from console.sources.kafka_brokers import KafkaBrokers
from console.sources.kafka_lag import KafkaLag

CLUSTER = "msk"
ENTRIES = {
    "empty-topic": {"kind": "empty-topic", "max_targets": 2, "deadline": 60, "cool_down": 3600},
    "skip-to-end": {"kind": "skip-to-end", "max_targets": 2, "deadline": 60},
    "kafka-restore": {"kind": "kafka-restore", "deadline": 60, "cool_down": 0.001},
}


def configuration(
    kafka: Kafka, directory: Path, groups: dict[str, Any], **cluster: Any
) -> Configuration:
    """An estate of this cluster, and an allow-list of what is done to it."""
    told = {"bootstrap": kafka.bootstrap, "groups": groups, "refresh": 1, **cluster}
    estate = {"estate": {"name": "test", "title": "Test"}, "kafka": {CLUSTER: told}}
    entries = {n: {**e, "on": {"scopes": [CLUSTER]}} for n, e in ENTRIES.items()}
    room = directory / "configuration"
    room.mkdir(exist_ok=True)
    for name, file in {"estate": estate, "remedies": {"remedies": entries}}.items():
        (room / f"{name}.yaml").write_text(json.dumps(file), encoding="utf-8")  # JSON is YAML
    return load(room, environ={VARIABLE: "a lab"})


@dataclass(slots=True)
class Desk:
    """The engine, armed, and what it looks at."""

    acts: Acts
    context: Context
    state: Path
    kept: list[Board] = field(default_factory=lambda: [Board()])

    @property
    def pool(self) -> BrokerPool:
        return self.context.clients.kafka(CLUSTER)

    async def look(self, old: Sequence[Snapshot] = ()) -> Board:
        """Ask brokers and groups now."""
        parts = [*KafkaBrokers().parts(self.context), *KafkaLag().parts(self.context)]
        # each in a task of its own, as the lookout asks: how long a look may take is its task's
        self.kept[0] = Board().with_(*await asyncio.gather(*map(poll_once, parts)))
        return self.kept[0]

    async def propose(self, order: Order) -> Proposal:
        await self.look()
        return await self.acts.propose(order)

    async def fire(self, proposal: Proposal, *overrides: str) -> Verdict:
        await self.look()
        ended = await self.acts.fire(proposal, proposal.plan.typed, overrides)
        assert isinstance(ended, Verdict), ended
        return ended

    async def act(self, order: Order) -> Verdict:
        """Propose and fire what nothing is against."""
        proposal = await self.propose(order)
        assert not [one for one in proposal.guards if not one.ok], proposal.refusals
        return await self.fire(proposal)

    async def starts(self, topic: str) -> dict[int, int]:
        """Where its partitions begin, by their leaders: the judge."""
        from console.kafka.emptying import freeze

        return {p: span.start for p, span in (await freeze(self.pool, topic)).spans.items()}

    async def ends(self, topic: str) -> dict[int, int]:
        from console.kafka.emptying import freeze

        return {p: span.end for p, span in (await freeze(self.pool, topic)).spans.items()}

    def backups(self) -> list[Path]:
        """Every file there is of copies, finished or not."""
        return sorted(path for path in (self.state / "backups").glob("*/*"))

    def journal(self) -> tuple[Entry, ...]:
        return self.acts.pen.journal.entries()


@asynccontextmanager
async def desk(
    kafka: Kafka, directory: Path, groups: dict[str, Any] | None = None, **cluster: Any
) -> AsyncIterator[Desk]:
    """A console that is armed for the cluster; opened again on the same directory it goes on."""
    settings = configuration(kafka, directory, groups or {}, all_groups=True, **cluster)
    async with armed(settings, directory) as made:
        yield made


@asynccontextmanager
async def armed(settings: Configuration, directory: Path) -> AsyncIterator[Desk]:
    """The same before a configuration of one's own."""
    state = directory / "state"
    state.mkdir(exist_ok=True, mode=0o700)
    context = Context(settings.estate, Clients(settings.estate), Clock(), state)
    kept = [Board()]
    hands = Hands(context, settings, lambda: kept[0])
    acts = Acts(hands, open_journal(state), state, "tester", False)
    made = Desk(acts, context, state, kept)
    acts.hands = acts.survey.hands = replace(hands, ask=made.look)
    await acts.arm([CLUSTER], 30, "a drill")
    try:
        yield made
    finally:
        await acts.close()
        await context.clients.close()


def empty(*topics: str) -> Order:
    return Order("empty-topic", tuple(Ref("topic", CLUSTER, topic) for topic in topics))


def skip(group: str, *topics: str) -> Order:
    return Order("skip-to-end", tuple(Ref("lag", CLUSTER, f"{group}/{t}") for t in topics))


async def soon(task: asyncio.Task[Any], seconds: float = 45.0) -> Any:
    """The end of a task that was begun in the test."""
    async with asyncio.timeout(seconds):
        return await task
