"""A program without a screen that may be armed for the night, on a world that is a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from console.acting import Acts
from console.clerk import Clerk, Granting
from console.clock import Clock
from console.config.cases import Case
from console.findings import Findings, remembered
from console.journal import Journal
from console.lookout import Lookout
from console.model import Board, Entry, Run
from console.model.affairs import Affairs
from tests.acting.world import Server, Stage, configuration, stage
from tests.widgets.office import read

LESS = {"source": "workloads", "where": {"mem_pct": "< 50"}}
LESS_STILL = {"source": "workloads", "where": {"mem_pct": "< 40"}}
CASE: dict[str, Any] = {
    "id": "night",
    "title": "the night",
    "severity": "warning",
    "join": "cluster",
    "contacts": [],
    "when": [{"source": "workloads", "where": {"mem_pct": "> 10"}}],
    "steps": [
        {"id": "over", "wait": LESS, "timeout": "4h"},
        {"id": "restart", "run": "restart-web", "auto": True},
        {"id": "fine", "wait": LESS_STILL, "timeout": "1h"},
    ],
}


@dataclass
class Program:
    """One console or watch: its clerk is turned by hand."""

    on: Stage
    acts: Acts
    lookout: Lookout
    affairs: Affairs = field(default_factory=Affairs)
    said: list[str] = field(default_factory=list)
    clerk: Clerk = field(init=False)
    granting: Granting = field(init=False)

    def __post_init__(self) -> None:
        self.clerk = Clerk(self.on.configured, self.lookout, self.acts, self)
        self.granting = Granting(self.on.configured, self.clerk)

    def say(self, text: str, bad: bool = False) -> None:
        """Kept."""
        self.said.append(text)

    def see(self, memory: float) -> None:
        """The world's memory is this much, read just now."""
        self.lookout.board = self.lookout.board.with_(read(memory, self.on.now()))
        self.lookout.heard()

    async def turn(self, times: int = 1) -> None:
        """Rounds of the clerk, and what they began."""
        for _ in range(times):
            await self.clerk.look()
            await asyncio.sleep(0.01)
        self.clerk.publish()

    async def until(self, holds: Callable[[], object], seconds: float = 30.0) -> None:
        """Rounds until the world is so."""
        for _ in range(int(seconds / 0.02)):
            await self.turn()
            if holds():
                return await self.turn()  # what was written last is heard
        raise AssertionError(f"it did not come to that: {self.kinds()} {self.rang()}")

    async def arm(self, **more: Any) -> None:
        """For the night."""
        await self.acts.arm(["cluster"], 60, "the night", **{"cases": ["night"]} | more)

    def entries(self) -> tuple[Entry, ...]:
        """The journal."""
        return Journal(self.on.directory / "journal.jsonl").entries()

    def kinds(self) -> list[str]:
        """The journal by kind."""
        return [entry.kind for entry in self.entries()]

    def rang(self) -> list[str]:
        """Why it rang."""
        return [e.data["why"] for e in self.entries() if e.kind == "watch.rang"]

    @property
    def runs(self) -> tuple[Run, ...]:
        """Checklists."""
        return self.clerk.rounds.all


def configured_for(server: Server, *steps: dict[str, Any], **entry: Any) -> Any:
    """The estate with the case, its steps perhaps others."""
    case = CASE | ({"steps": steps} if steps else {})
    cases = {"night": Case.model_validate(case)}
    return replace(configuration(server.url, **entry), cases=cases)


@asynccontextmanager
async def program(
    directory: Path | Stage, server: Server, *steps: dict[str, Any], **options: Any
) -> AsyncIterator[Program]:
    """A program that looks; a Stage: another one of the same estate."""
    aside = options.pop("aside", False)
    if isinstance(directory, Stage):
        on = directory
    else:
        entry = options.pop("entry", {})
        on = stage(directory, server, **options)
        on.configured = configured_for(server, *steps, **entry)
    on = replace(on)
    seen: list[Lookout] = []
    on.board = lambda age=None: seen[0].board  # type: ignore[method-assign]
    acts = on.acts(aside=aside)
    journal = acts.pen.journal
    findings = Findings(on.configured, Clock(), journal.append, remembered(journal.path))
    lookout = Lookout(acts.hands.context, lambda board: None, findings)
    seen.append(lookout)
    lookout.board = Board()
    made = Program(on, acts, lookout)
    try:
        yield made
    finally:
        made.clerk.unattended.close()
        await findings.written()
        await acts.close()
