"""Records a shift: what changed on the board, and every line of the journal, once a second.

The screen never waits for it: a change is put aside by reference, a thread compresses and writes.
What the disk refuses waits; when too much does, only the newest of each part stays, and the hole is
written down as soon as there is room again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic

from console.acting.locks import Lock
from console.acting.opened import os_user
from console.clock import Clock, real_now
from console.machine import Sleep
from console.model import Board
from console.poll import in_thread
from console.recording.days import Days
from console.recording.file import FAULTS, cause
from console.recording.last import idle_s
from console.recording.shelf import FOLDER, Keep
from console.recording.values import Change, Gap, Title, micros
from console.recording.waiting import Waiting

EVERY_S = 1.0
"""What a crash may lose."""
SELDOM_S = 30.0  # between two tries while the disk refuses
LATE_S = 20.0  # a disk that has not answered for so long is trouble
LOCK = "recorder.lock"
SLEPT, STOOD_STILL = "the computer slept", "the program stood still"
BEAT_S = 60.0  # between two instants at the most: one that stood still says less
LATER_S = 10.0  # than it was to wake up: it stood still


class RecordedElsewhere(Exception):
    """Another console records this estate: `str()` says which, as `pid 7 (kim)`."""


class Recorder:
    """One for an estate at a time, whoever looks at it."""

    def __init__(
        self,
        state: Path,
        title: Title,
        clock: Clock,
        journal: Path,
        keep: Keep | None = None,
        *,
        now: Callable[[], datetime] = real_now,
        secrets: Iterable[str] = (),
    ) -> None:
        """`secrets`: never recorded, wherever they come from."""
        self.state, self.clock = state, clock
        self._now = now
        self._days = Days(state, title, journal, keep or Keep(), self._instant, secrets)
        self._board = Board()
        self._waiting = Waiting()
        self._lock = Lock(state / FOLDER / LOCK)
        self._refused = ""
        self._asked: float | None = None
        """Since when (monotonic) the disk has owed an answer."""
        self._flushing: asyncio.Task[None] | None = None
        self._pause = EVERY_S
        self._seen = monotonic()
        """When (monotonic) something was last put aside."""

    @property
    def missed(self) -> Gap | None:
        """What is not recorded before this one began, or began anew, once that is known."""
        return self._days.missed

    @property
    def deleted(self) -> str:
        """What had to go the last time that recordings were deleted, and why."""
        return self._days.deleted

    @property
    def trouble(self) -> str:
        """Why nothing, or not all, is written just now."""
        if self._asked is not None and monotonic() - self._asked > LATE_S:
            return "the disk does not answer"
        return "; ".join(one for one in (self._refused, self._days.unread) if one)

    @property
    def untidy(self) -> str:
        """Why what is too old, or too much, is still there."""
        return self._days.untidy

    def see(self, board: Board) -> None:
        """A board was published: put aside what is new on it. Never blocks."""
        old, self._board = self._board, board
        known = old.snapshots
        new = tuple(one for key, one in board.snapshots.items() if known.get(key) is not one)
        findings = board.findings if board.findings != old.findings else None
        if new or findings is not None:
            self._put_aside(replace(self._instant(), snapshots=new, findings=findings))

    def _instant(self) -> Change:
        return Change(micros(self._now()), micros(self.clock.now()), self.clock.speed)

    async def take(self) -> None:
        """Be the one that records this estate. Raises RecordedElsewhere, and OSError."""
        await in_thread(self._hold)

    def _hold(self) -> None:
        if who := self._lock.take(os_user()):
            raise OSError(who) if self._lock.trouble else RecordedElsewhere(who)

    async def run(self) -> None:
        """Write until cancelled, and then what is left. Raises RecordedElsewhere, and OSError.

        That also where another one has come meanwhile: whoever deletes the lock lets it in.
        """
        await self.take()
        sleep = Sleep(self._now(), monotonic())
        try:
            while True:
                since, begun = sleep.wall, monotonic()
                await asyncio.sleep(self._pause)
                late = monotonic() - begun > self._pause + LATER_S
                if sleep.ended(self._now(), monotonic()) or late:
                    why = STOOD_STILL if late else SLEPT
                    self._waiting.missed(Gap(micros(since), micros(self._now()), why))
                self._beat()
                # what a thread has begun goes on whoever is cancelled, and `close` waits for it
                self._flushing = asyncio.create_task(self.flush())
                await asyncio.shield(self._flushing)
        finally:
            await asyncio.shield(self.close())

    def _beat(self) -> None:
        """Where nothing is new for long, that is worth an instant: it was looked at."""
        if monotonic() - self._seen > BEAT_S:
            self._put_aside(self._instant())

    def _put_aside(self, change: Change) -> None:
        self._seen = monotonic()
        self._waiting.add(change)

    async def idle_s(self) -> float | None:
        """How long ago (s) anything was recorded, whoever does; None where that cannot be told."""
        return await in_thread(idle_s, self.state, micros(self._now()))

    @property
    def holds(self) -> bool:
        """Whether it is this one that records the estate."""
        return self._lock.held

    async def close(self) -> None:
        """Let go of the file, with what could be written."""
        if self._flushing is not None:
            await asyncio.wait([self._flushing])
        try:
            with suppress(RecordedElsewhere):  # it is the other one's to write now
                await self.flush()
            await in_thread(self._days.close)
        finally:
            self._lock.release()

    async def flush(self) -> None:
        """Write now what waits; what the disk refuses waits on, and `trouble` says why.

        Raises RecordedElsewhere where another one records by now.
        """
        waiting, self._waiting = self._waiting, Waiting()
        self._asked = monotonic()
        try:
            await in_thread(self._write, waiting)
        except FAULTS as error:
            self._refused = cause(error)
            self._pause = min(2 * self._pause, SELDOM_S)
        else:
            self._refused, self._pause = "", EVERY_S
        finally:
            self._waiting = waiting.then(self._waiting)
            self._asked = None

    def _write(self, waiting: Waiting) -> None:
        """Raises FAULTS, and RecordedElsewhere."""
        self._hold()
        self._days.write(waiting)
