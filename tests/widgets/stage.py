"""A console on a stage: no data side, a frozen instant, and its picture as plain text."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from textual.message import Message
from textual.pilot import Pilot

from console.app import Console
from console.model import Board, Duty, Now
from tests.widgets import boards
from widgets.wishes import Wanted

GOLDEN = Path(__file__).parent.parent / "golden"
LARGE, SMALL = (160, 45), (80, 24)


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
        app.tell(duty)
        app.show(boards.night() if board is None else board)
        await pilot.pause()
        yield app, pilot


def picture(app: Console) -> str:
    """The screen as plain text, without the blanks at the ends of lines."""
    strips = app.screen._compositor.render_strips()
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    return "\n".join(lines) + "\n"


def golden(app: Console, name: str) -> None:
    """The screen is as it was agreed; `GOLDEN=write` agrees to what it is now."""
    path, seen = GOLDEN / f"{name}.txt", picture(app)
    if os.environ.get("GOLDEN") == "write":
        path.write_text(seen)
    assert seen == path.read_text(), f"differs from {path.name}; GOLDEN=write takes the new one"
