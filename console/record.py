"""`oncall record`: a console that only looks. It asks, judges and records, and never acts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from console.acting.opened import open_acts
from console.clerk import Clerk
from console.clerk.clerk import LOOK_EVERY
from console.clock import real_now
from console.findings import open_findings
from console.headless import LAST_WORDS_S, last_words, on_signals
from console.lookout import Lookout
from console.machine import Sleep
from console.model import Board
from console.model.affairs import Affairs
from console.model.words import harmless, utc
from console.recording.opened import RecorderNews, open_standby
from console.recording.standby import ended

if TYPE_CHECKING:
    from console.estates import Opened

DONE, LOST = 0, 1


class Record:
    """The desk of a clerk whom nobody asks for anything."""

    def __init__(self, opened: Opened) -> None:
        self.opened, self.affairs = opened, Affairs()
        self.standby = open_standby(opened, RecorderNews(self.say))
        self._findings = open_findings(opened)
        self.lookout = Lookout(opened.context, self.standby.see, self._findings)
        self.acts = open_acts(
            *(opened, self._board, self.lookout.ask_again), read_only=True, aside=True
        )
        self.clerk = Clerk(opened.configuration, self.lookout, self.acts, self)
        self._sleep = Sleep(real_now(), monotonic())
        self._troubles: dict[str, str] = {}
        self._stop = asyncio.Event()

    def _board(self) -> Board:
        return self.lookout.board

    def say(self, text: str, bad: bool = False) -> None:
        """A line for whoever reads this service's log."""
        with suppress(OSError):  # who reads it may be gone; what is seen is recorded on
            print(f"{utc(real_now())}  {harmless(text)}", file=sys.stderr, flush=True)

    async def run(self) -> int:
        """Until a signal; whether all that was seen is recorded, as exit code."""
        on_signals(lambda sign: self._stop.set())
        recording = asyncio.create_task(self.standby.run())
        others = [
            asyncio.create_task(one)
            for one in (self.lookout.run(), self._look(), self._stop.wait())
        ]
        await asyncio.wait([recording, *others], return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        await asyncio.wait(others)
        whole = await self._close(recording)
        for task in (recording, *others):
            if task.done() and not task.cancelled():
                task.result()  # what ended by a fault of ours ends this program with it
        return DONE if whole else LOST

    async def _look(self) -> None:
        while True:
            if self._sleep.ended(real_now(), monotonic()):
                self.lookout.resumed()
                self.say("the computer slept: everything is asked anew")
            await self.clerk.look()
            self.clerk.publish()
            self._tell_troubles()
            await asyncio.sleep(LOOK_EVERY)

    def _tell_troubles(self) -> None:
        """A line where what could be seen can be seen no more, and where it can again."""
        now = dict(troubles(self.lookout.board))
        for name, why in now.items():
            if name not in self._troubles:
                self.say(f"{name}: {why}")
        for name in self._troubles.keys() - now.keys():
            self.say(f"{name}: answers again")
        self._troubles = now

    async def _close(self, recording: asyncio.Task[None]) -> bool:
        """Write what is left as far as that goes; whether all that was seen is recorded."""
        await last_words(self.say, self._findings.written)
        by_itself = recording.done()  # it never ends so but by a fault of ours
        whole = await ended(recording, LAST_WORDS_S) and not self.standby.state.trouble
        whole = whole and not by_itself
        if not whole:
            self.say("not everything that was seen is recorded")
        await self.acts.close()
        await self.opened.context.clients.close()
        return whole


def troubles(board: Board) -> Iterator[tuple[str, str]]:
    """Each part that cannot be read, and why."""
    for (source, part), snapshot in board.snapshots.items():
        if snapshot.trouble is not None:
            yield f"{source} {part}".rstrip(), snapshot.trouble.message
