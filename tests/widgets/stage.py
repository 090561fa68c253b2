"""A console on a stage: no data side, a frozen instant, and its picture as plain text."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic

from textual.message import Message
from textual.pilot import Pilot

from console.app import Console
from console.model import Board, Duty, Now
from tests.widgets import boards
from widgets.wishes import Wanted

GOLDEN = Path(__file__).parent.parent / "golden"
LARGE, SMALL = (160, 45), (80, 24)
BUSY = 10.0  # seconds that a busy machine may take to paint


class Stage(Console):
    """The console with its clock in the test's hand."""

    at: Now = boards.NOW

    def on_wanted(self, wanted: Wanted) -> None:
        """Without an engine, wishes are only heard."""
        if self.granting is None:
            wanted.prevent_default()

    def _instant(self) -> Now:
        return self.at

    def later(self, seconds: float) -> None:
        """Let so much time go by."""
        past = boards.ago(-seconds) - boards.AT
        self.at = replace(self.at, estate=self.at.estate + past, real=self.at.real + past)
        self.tick()


@asynccontextmanager
async def stage(
    board: Board | None = None,
    size: tuple[int, int] = LARGE,
    duty: Duty = boards.DUTY,
    hook: Callable[[Message], None] | None = None,
    **options: object,
) -> AsyncIterator[tuple[Stage, Pilot[int]]]:
    """A running console that shows `board`."""
    app = Stage(**options)  # type: ignore[arg-type]
    async with app.run_test(size=size, message_hook=hook, notifications=True) as pilot:
        app.duty = duty
        app.show(boards.night() if board is None else board)
        await settled(app, pilot)
        yield app, pilot


async def settled(app: Console, pilot: Pilot[int]) -> None:
    """The main screen is there, and every board it was given is painted."""
    async with asyncio.timeout(BUSY):
        while app.main is None or not app.main.is_current or app._next is not None:
            await pilot.pause(0.01)
    await pilot.pause()


def picture(app: Console) -> str:
    """The screen as plain text, without the blanks at the ends of lines."""
    strips = app.screen._compositor.render_strips()
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    return "\n".join(lines) + "\n"


async def golden(app: Console, name: str) -> None:
    """The screen comes to be as it was agreed; `GOLDEN=write` agrees to what it is now.

    What follows from a key is painted later on a busy machine: a picture may take its time.
    """
    path, until = GOLDEN / f"{name}.txt", monotonic() + BUSY
    if os.environ.get("GOLDEN") == "write":
        await asyncio.sleep(0.5)
        path.write_text(picture(app))
    agreed = path.read_text()
    while picture(app) != agreed and monotonic() < until:
        await asyncio.sleep(0.02)
    assert picture(app) == agreed, f"differs from {path.name}; GOLDEN=write takes the new one"
