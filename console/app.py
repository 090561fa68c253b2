"""The composition root: shows the first frame, then starts the data side and hands it on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from console.clock import Clock, real_now
from console.model import Board, Duty, Now
from widgets.desk import Desk
from widgets.main import MainScreen

if TYPE_CHECKING:
    from console.estates import Opened
    from console.lookout import Lookout

PAINT_EVERY = 0.25  # seconds between two boards on the screen
Start = Callable[["Console"], Awaitable[None]]


class Console(Desk):
    """State lives here; everything seen is a widget, everything known comes through `show`."""

    TITLE = "oncall"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "quit", id="app.quit"),
        Binding("ctrl+q", "leave", "quit", show=False, priority=True, id="app.quit_now"),
        Binding("colon", "command_palette", "palette", id="app.palette"),
    ]

    def __init__(
        self,
        *,
        read_only: bool = False,
        start: Start | None = None,
        clock: Clock | None = None,
        state: Path | None = None,
        keymap: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.read_only, self.start, self.state = read_only, start, state
        self.clock = clock or Clock()
        self.lookout: Lookout | None = None
        self._next: Board | None = None
        self._painted = 0.0
        if keymap:
            self.set_keymap(keymap)

    def on_mount(self) -> None:
        """Paint first; whatever is heavy comes after the first frame."""
        self.tick()
        self.push_screen(MainScreen())
        self.set_interval(1.0, self.tick)
        if self.start is not None:
            self.call_after_refresh(self._start)

    def _start(self) -> None:
        assert self.start is not None
        self.run_worker(self.start(self), name="start", exit_on_error=True)

    def show(self, board: Board) -> None:
        """Show this board, at most four times a second; the newest wins."""
        waiting, self._next = self._next is not None, board
        pause = self._painted + PAINT_EVERY - monotonic()
        if pause <= 0:
            self._paint()
        elif not waiting:
            self.set_timer(pause, self._paint)

    def _paint(self) -> None:
        if self._next is not None:
            self._painted, board, self._next = monotonic(), self._next, None
            self.now = self._instant()
            self.board = board

    def opened(self, opened: Opened, lookout: Lookout) -> None:
        """The estate is open: take its clock, its state directory and its keys."""
        self.clock, self.state = opened.context.clock, opened.context.state
        self.lookout = lookout
        self.set_keymap(opened.context.estate.keys)

    def tell(self, duty: Duty) -> None:
        """Say something else in the header."""
        self.duty = duty

    def _instant(self) -> Now:
        return Now(self.clock.now(), self._real())

    def _real(self) -> datetime:
        return real_now()

    def tick(self) -> None:
        """Once a second; widgets repaint only the ages that changed."""
        self.now = self._instant()

    def action_leave(self) -> None:
        """Quit."""
        self.exit(0)
