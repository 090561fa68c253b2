"""A console with its real engine, clerk and journal, on a world that is a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textual.events import Key
from textual.message import Message
from textual.pilot import Pilot

from console.clock import Clock
from console.config.cases import Case
from console.config.plans import Contacts
from console.estates import Opened
from console.findings import Findings, remembered
from console.journal import Journal
from console.lookout import Lookout
from console.model import Board, Entry, Now, Severity, Snapshot
from console.model.affairs import Doing
from console.realm import Realm
from console.sources.workloads import Workload
from tests.acting import world
from tests.acting.world import TARGET, Restart, Server
from tests.widgets import boards
from tests.widgets.stage import LARGE, Stage, picture
from widgets.act import ActDialog
from widgets.careful import DEAF

STUCK = {
    "id": "stuck",
    "title": "網 stuck",
    "severity": "critical",
    "join": "cluster",
    "when": [{"source": "workloads", "where": {"mem_pct": "> 80"}}],
    "steps": [
        {"id": "ask", "do": "ask who is in the middle of something", "say": "they lose it"},
        {"id": "restart", "run": "restart-web", "on_fail": "stop"},
        {"id": "tell", "contact": "team", "message": "{title}: restarted", "timeout": "1h"},
        {"id": "fine", "check": {"source": "workloads", "where": {"mem_pct": "<= 80"}}},
    ],
}
TEAM = {"title": "équipe web", "channels": [{"kind": "phone", "address": "+33-1"}]}


class Office(Stage):
    """The console on today's clock: what the engine judges by is real time."""

    world: world.Stage
    server: Server
    moment: float = 0.0

    def steady(self) -> float:
        """It goes on when the test says so: a slow machine changes nothing."""
        return self.moment

    def _instant(self) -> Now:
        return Now(self.world.now(), self.world.now())

    def later(self, seconds: float) -> None:
        """Let so much time go by, by every clock."""
        self.world.ahead += seconds
        self.tick()

    def look_at(self, memory: float) -> None:
        """The world's memory is this much, read just now."""
        assert self.lookout is not None
        self.lookout.board = self.lookout.board.with_(read(memory, self.world.now()))
        self.lookout.heard()


def read(memory: float, at: datetime) -> Snapshot:
    """What is seen of the one Deployment."""
    row = Workload(
        ref=TARGET,
        at=at,
        severity=Severity.CRITICAL,
        cluster="cluster",
        namespace="shop",
        deployment="web",
        mem_pct=memory,
    )
    return Snapshot("workloads", "all", 60.0, at, (row,))


@dataclass
class Hand:
    """A person at the keys."""

    app: Office
    pilot: Pilot[int]

    async def press(self, *keys: str) -> None:
        """One key after the other, and then what follows from them."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def burst(self, *keys: str) -> None:
        """All keys in one moment, as a keyboard that was leant on sends them."""
        for key in keys:
            self.app.post_message(Key(key, {"enter": "\r", "space": " "}.get(key)))
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Letters, as they come from the keyboard."""
        await self.press(*("space" if letter == " " else letter for letter in text))

    async def hear(self) -> None:
        """Let the moment go by in which a careful dialog hears no keys."""
        self.app.moment += DEAF
        await self.pilot.pause()

    async def until(self, holds: Callable[[], object], seconds: float = 30.0) -> None:
        """Wait for the world; never longer than it needs."""
        for _ in range(int(seconds / 0.02)):
            if holds():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"it did not come to that:\n{self.seen}")

    @property
    def seen(self) -> str:
        """The screen as it is."""
        return picture(self.app)

    @property
    def doing(self) -> Doing | None:
        """What the dialog on the screen shows."""
        dialog = next((s for s in self.app.screen_stack if isinstance(s, ActDialog)), None)
        return self.app.affairs.doings.get(dialog.doing_key) if dialog else None

    async def phase(self, phase: str) -> None:
        """Wait until the act is so far."""
        await self.until(lambda: self.doing is not None and self.doing.phase == phase)

    async def arm(self, *scopes: str) -> None:
        """Arm without the dialog."""
        assert self.app.acts is not None and self.app.clerk is not None
        await self.app.acts.arm(scopes or ("cluster",), 30, "a test")
        self.app.clerk.publish()
        self.app.tick()

    def entries(self) -> tuple[Entry, ...]:
        """What the journal says."""
        return Journal(self.app.world.directory / "journal.jsonl").entries()

    def kinds(self) -> list[str]:
        """What the journal says, by kind."""
        return [entry.kind for entry in self.entries()]


@asynccontextmanager
async def office(
    directory: Path,
    server: Server,
    *,
    size: tuple[int, int] = LARGE,
    hook: Callable[[Message], None] | None = None,
    remedy: dict[str, Any] | None = None,
    entry: dict[str, Any] | None = None,
    memory: float = 92.0,
    steps: tuple[dict[str, Any], ...] = (),
    contacts: list[str] | None = None,
    team: dict[str, Any] = TEAM,
    **options: Any,
) -> AsyncIterator[Hand]:
    """A console whose estate is open; the case `stuck` is found."""
    case = STUCK | ({"steps": steps} if steps else {}) | {"contacts": contacts or []}
    configured = replace(
        world.configuration(server.url, **(entry or {})),
        cases={"stuck": Case.model_validate(case)},
        contacts=Contacts.model_validate({"contacts": {"team": team}}),
    )
    on = world.Stage(directory, Restart(server.url, **(remedy or {})), configured, **options)
    app = Office(read_only=on.read_only, state=directory)
    app.world, app.server = on, server
    seen: list[Lookout] = []
    on.board = lambda age=None: seen[0].board  # type: ignore[method-assign]
    acts = on.acts()
    journal = acts.pen.journal
    findings = Findings(configured, Clock(), journal.append, remembered(journal.path))
    lookout = Lookout(acts.hands.context, app.show, findings)
    seen.append(lookout)
    lookout.board = Board().with_(read(memory, datetime.now(UTC)))
    async with app.run_test(size=size, message_hook=hook, notifications=True) as pilot:
        app.duty = boards.DUTY
        hand = Hand(app, pilot)
        await hand.until(lambda: app.main is not None and app.screen is app.main)
        app.opened(Opened(configured, acts.hands.context, Realm(), "test"), lookout, acts)
        lookout.heard()
        await hand.until(lambda: app.board.findings or memory <= 80)
        try:
            yield hand
        finally:
            await acts.close()
