"""The composition root: shows the first frame, then starts the data side and hands it on."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerError, WorkerState

from console.clock import Clock, real_now
from console.machine import (
    HANGUP,
    Sleep,
    collect_rarely,
    leave_within,
    terminal_gone,
    write_crash,
)
from console.model import Now
from console.realm import for_people
from widgets.closely import UNOPENED, WISH
from widgets.header import Header
from widgets.looking_back import LookingBack
from widgets.moments import OwnDesk
from widgets.starting import Starting
from widgets.symbols import ASCII
from widgets.wishes import CopyWanted, RefreshWanted, Wanted

if TYPE_CHECKING:
    from textual.screen import Screen

    from console.acting import Acts
    from console.clerk import Clerk, Granting
    from console.estates import Opened
    from console.lookout import Lookout
    from widgets.main import MainScreen

log = logging.getLogger(__name__)
START = "start"  # name of the worker that has the data side
ASCII_VARIABLE = "ONCALL_ASCII"  # set: never a sign beyond ASCII
FORCE_AFTER = 3.0  # seconds that closing may take
GRACE = 1.5  # of which an act that is being sent gets these for its reply
FAREWELL = 1.2  # and then every connection these, to be closed
Start = Callable[["Console"], Awaitable[None]]


def crash_directory() -> Path:
    """Where a crash is reported before an estate is open."""
    from console.estates import state_directory

    return state_directory("unopened")


async def hung_up(workers: Iterable[Worker[object]]) -> None:
    """The data side closed its connections; the end of the loop would cut it short in that."""
    for worker in workers:
        worker.cancel()
        with suppress(WorkerError, TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await worker.wait()


class Console(LookingBack):
    """State lives here; everything seen is a widget, everything known comes through `show`."""

    TITLE = "oncall"
    BINDINGS: ClassVar[list[BindingType]] = [
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
        force_after: float = FORCE_AFTER,
    ) -> None:
        super().__init__()
        self.read_only, self.start, self.state = read_only, start, state
        self.clock = clock or Clock()
        self.main: MainScreen | None = None
        self.lookout: Lookout | None = None
        self.acts: Acts | None = None
        self.clerk: Clerk | None = None
        self.granting: Granting | None = None
        self.failed: Exception | None = None
        """Why the data side could not start, for whoever runs this program."""
        self._force_after = force_after
        self._unforced: Callable[[], None] = lambda: None
        if keymap:
            self.set_keymap(keymap)

    def compose(self) -> ComposeResult:
        """The first frame: whose console this is, and what is being started."""
        yield Header()
        yield Starting()

    def on_mount(self) -> None:
        """Paint first; whatever is heavy comes after the first frame."""
        self.now = self._instant()
        self._sleep = Sleep(real_now(), monotonic())
        self.set_interval(1.0, self.tick)
        self.app_resume_signal.subscribe(self, self.resumed)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        from widgets.main import MainScreen  # half of what there is to import

        self.main = MainScreen()
        self.push_screen(self.main)
        if not self.is_headless:
            self.set_interval(1.0, collect_rarely().tick)
            for sign in (signal.SIGHUP, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(sign, self.lost, 128 + sign)
            if os.environ.get(ASCII_VARIABLE):
                self.symbols = ASCII
            else:
                self.probe()
        if self.start is not None:
            self.run_worker(self.start(self), name=START, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A data side that ended with an error for people ends the program with it."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if isinstance(error, for_people()):
            self.failed = error
            self.exit(return_code=1)
        elif event.worker.name == WISH:
            log.error("a wish was not granted", exc_info=error)
            fault = f"{type(error).__name__}: {error}"
            self.say(f"this failed, and the fault is ours ({fault}); the rest goes on", bad=True)
        elif isinstance(error, Exception):
            self._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual would print every local variable of the traceback, and they hold tokens.
        error = self._exception or RuntimeError("unknown")
        path = write_crash(error, self.state or crash_directory(), real_now())
        told = f"oncall crashed: {type(error).__name__}. The report is in {path}"
        self._exit_renderables.append(Text(told))
        self._close_messages_no_wait()

    def lost(self, code: int = HANGUP) -> None:
        """The terminal is gone, or we were told to end: end, by force if it takes long."""
        self._end(code, GRACE, FORCE_AFTER)

    def leave(self, code: int) -> None:
        """No new step; the answer to what is being sent is waited for, and nothing else is."""
        if self.acts is None or not self.acts.sending:
            return self._end(code, GRACE, self._force_after)
        from console.remedy import WRITE_S
        from widgets.leaving import Waiting

        self.push_screen(Waiting(self.acts.sending, WRITE_S))
        return self._end(code, WRITE_S, WRITE_S + 1)

    def stay(self) -> None:
        """Take back the end by force: whoever ran this has something to do after the screen."""
        self._unforced()

    def _end(self, code: int, grace: float, force: float) -> None:
        if not self.is_headless:
            self._unforced = leave_within(force, code)
        self.run_worker(self._close(code, grace), name="close")

    async def _close(self, code: int, grace: float) -> None:
        if self.acts is not None:
            await self.acts.close(grace)
        await hung_up([worker for worker in self.workers if worker.name == START])
        self.exit(return_code=code)

    def opened(self, opened: Opened, lookout: Lookout, acts: Acts) -> None:
        """The estate is open: take its clock, its state directory, its keys and what may act."""
        self.clock, self.state = opened.context.clock, opened.context.state
        from console.clerk import Clerk, Granting
        from console.closer.looking import Closer
        from console.recording.backwards import look_back

        self.lookout, self.acts = lookout, acts
        self.clerk = Clerk(opened.configuration, lookout, acts, OwnDesk(self))
        self.granting = Granting(opened.configuration, self.clerk, self.take_along)
        self.looking = Closer(opened.context, self.show_reading)
        self.backwards = partial(look_back, opened, self)
        self.run_worker(self.clerk.run(), name="clerk", exit_on_error=False)
        self.set_keymap(opened.context.estate.keys)

    def _instant(self) -> Now:
        return Now(self.clock.now(), real_now(), self.clock.speed)

    def tick(self) -> None:
        """Once a second; widgets repaint only the ages that changed."""
        if not self.is_headless and terminal_gone():
            self.lost()
        if self._sleep.ended(real_now(), monotonic()):
            self.resumed()
        if self.acts is not None and self.acts.arms.ended:
            self.run_worker(self.acts.tick(), name="disarm")
        self.take_instant()
        if self.clerk is not None:
            self.clerk.publish()
        self.watch_affairs()  # a dialog that was in the way may be gone
        if self.lookout is not None and self.main is not None and self.main.is_current:
            self.lookout.focus(self.main.scopes)

    def resumed(self, _: object = None) -> None:
        """The computer slept, or this program was stopped: all is stale, and nothing is armed."""
        if self.acts is not None:
            self.acts.resumed()
        if self.lookout is not None:
            self.lookout.resumed()

    def get_system_commands(self, screen: Screen[object]) -> Iterator[SystemCommand]:
        """What the palette offers."""
        from widgets.commands import commands

        yield from commands(self.main) if self.main else ()

    def on_refresh_wanted(self, wanted: RefreshWanted) -> None:
        """Ask every source now."""
        if self.past is not None:
            self.refuse()
        elif self.lookout is not None:
            alone = self.lookout.refresh(wanted.sources, wanted.scopes)
            told = "the machines shown are read through SSM" if alone else "every source is asked"
            self.notify(told, timeout=2)

    def on_copy_wanted(self, wanted: CopyWanted) -> None:
        """To the terminal's clipboard (OSC 52), and to a file, since not every terminal obeys."""
        wanted = self.dated(wanted)
        self.copy_to_clipboard(wanted.text)
        self.run_worker(self._keep(wanted), name="copy")

    async def _keep(self, wanted: CopyWanted) -> None:
        from console import modes, poll

        told = f"copied, if the terminal allows it{wanted.about}"
        if self.state is not None:
            path = self.state / wanted.name
            try:
                await poll.in_thread(modes.whole, path, f"{wanted.text}\n", wanted.encoding)
            except OSError as error:
                return self.say(f"{told}; not in {path}: {error.strerror}", bad=True)
            told += f"; also in {path}"
        return self.say(told)

    def on_wanted(self, wanted: Wanted) -> None:
        """Grant a wish; until the estate is open, none can be."""
        if self.past is not None:
            self.refuse()
        elif self.granting is None:
            self.say(UNOPENED, bad=True)
        else:
            self.run_worker(self.granting.grant(wanted.wish), name=WISH, exit_on_error=False)
