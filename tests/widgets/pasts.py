"""A night that is replayed, and a console that looks back at it: what their tests stand on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.model import Duty, Now
from console.model.affairs import Affairs
from console.recording.backwards import projected
from console.recording.player import Player
from console.recording.projector import Projector
from console.recording.replay import Replay
from console.recording.tape import Tape, newest
from tests.recording import nights
from tests.widgets import boards
from tests.widgets.stage import BUSY, LARGE, Stage, picture, settled, stage

WORDS = Affairs(titles={"sakai/prod": "堺 Sakai/prod"})
LATER = Now(boards.ago(-6 * 3600), boards.ago(-6 * 3600))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a night is recorded."""
    state = tmp_path_factory.mktemp("night")
    nights.recorded(state)
    return state


class Hand:
    """Presses keys and waits for what comes of them."""

    def __init__(self, app: Stage, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def seen(self) -> str:
        """The screen, and what was said in passing: a toast breaks its lines."""
        said = [one.message for one in self.app._notifications]
        return "\n".join([picture(self.app), *said])

    @property
    def home(self) -> bool:
        """Whether it is the main screen that is looked at."""
        return self.app.screen is self.app.main

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(BUSY):
            while not holds():
                await self.pilot.pause(0.01)

    async def reads(self, *wanted: str) -> None:
        await self.until(lambda: all(one in self.seen for one in wanted))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)


@asynccontextmanager
async def replayed(
    night: Path, size: tuple[int, int] = LARGE, at: float = 0
) -> AsyncIterator[Hand]:
    """A replay of the night, standing at this place of its tape."""
    tape = Tape(newest(night), lines=True)
    player = Player(tape.track, zone=tape.title.zone).to(at if at >= 0 else tape.track.end)
    start = Replay(tape, player, "2026-11-24.sqlite", names=WORDS, now=lambda: LATER.real)
    app = Stage(start=start)
    app.at = LATER
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(app, pilot)
        hand = Hand(app, pilot)
        await hand.until(lambda: app.past is not None and bool(app.board.snapshots))
        yield hand


@asynccontextmanager
async def looking_back(
    night: Path,
    size: tuple[int, int] = LARGE,
    opens: Callable[[], Awaitable[object]] | None = None,
    **options: Any,
) -> AsyncIterator[Hand]:
    """A living console, six hours after the night, that can look back at it.

    `opens`: what the opening of the recording waits for.
    """
    duty = Duty(estate="réseau", zone="Europe/Paris")
    async with stage(boards.night(), size, duty, **options) as (app, pilot):
        app.at = LATER
        app.affairs = WORDS

        async def backwards() -> Projector | None:
            if opens is not None:
                await opens()
            return await projected(night, app, lambda: LATER, duty.zone, {})

        app.backwards = backwards
        app.tick()
        yield Hand(app, pilot)


ACTING = ("r", "a", "x", "X", "n", "A", "H", "l", "o", "ctrl+r", "p", "i")
"""Keys that lead to a deed elsewhere."""


def passing(app: Stage) -> list[str]:
    """What was said in passing."""
    return [one.message for one in app._notifications]
