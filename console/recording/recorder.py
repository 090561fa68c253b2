"""Records a shift: what changed on the board, and every line of the journal, once a second.

The screen never waits for it: a change is put aside by reference, a thread compresses and writes.
What the disk refuses waits; when too much does, only the newest of each part stays, and the hole is
written down as soon as there is room again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import takewhile
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from console.acting.locks import Lock
from console.acting.opened import os_user
from console.clock import Clock, real_now
from console.machine import Sleep
from console.model import Board, Finding, Snapshot
from console.poll import in_thread
from console.recording.file import Foreign, Unreadable
from console.recording.last import before, idle_s
from console.recording.lines import Lines
from console.recording.masking import Masking
from console.recording.shelf import FOLDER, MB, Keep, path_of, tidy
from console.recording.values import DELETED, NOBODY, Change, Gap, Title, micros, moment
from console.recording.waiting import Waiting
from console.recording.writer import Writer

EVERY_S = 1.0
"""What a crash may lose."""
SELDOM_S = 30.0  # between two tries while the disk refuses
LATE_S = 20.0  # a disk that has not answered for so long is trouble
LOCK = "recorder.lock"
AT_ONCE = 100  # changes in a transaction: what a full disk refuses is packed again for each try
TIDY_EVERY = 60.0  # seconds
FILES = range(1, 10)
"""Of a day: where one is another program's, or damaged, the next is begun."""
NOT_RECORDED = "not recorded"
SLEPT = "the computer slept"
FAULTS = (OSError, sqlite3.Error, Unreadable)


class Recorded(Exception):
    """Another console records this estate: `str()` says which, as `pid 7 (kim)`."""


class Full(OSError):
    """The recordings of today alone are more than may be kept."""


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
        self.state, self.title, self.clock, self.keep = state, title, clock, keep or Keep()
        self._now = now
        self.missed: Gap | None = None
        """What is not recorded before this one began, or began anew, once that is known."""
        self.deleted = ""
        """What had to go the last time that recordings were deleted, and why."""
        self._zone = ZoneInfo(title.zone)
        self._journal = journal
        self._board = Board()
        self._waiting = Waiting()
        self._lock = Lock(state / FOLDER / LOCK)
        self._refused = ""
        self._asked: float | None = None
        """Since when (monotonic) the disk has owed an answer."""
        self._flushing: asyncio.Task[None] | None = None
        self._pause, self._tidied = EVERY_S, float("-inf")
        # of the thread that writes
        self._mask = Masking(secrets)
        self._writer: Writer | None = None
        self._lines = Lines(journal, self._date)
        self._deleted_since = 0
        """The first instant (µs since 1970) of a file that somebody deleted."""
        self._known: dict[tuple[str, str], Snapshot] = {}
        self._found: tuple[Finding, ...] = ()

    @property
    def trouble(self) -> str:
        """Why nothing is written just now."""
        if self._asked is not None and monotonic() - self._asked > LATE_S:
            return f"{NOT_RECORDED}: the disk does not answer"
        return self._refused

    def see(self, board: Board) -> None:
        """A board was published: put aside what is new on it. Never blocks."""
        old, self._board = self._board, board
        known = old.snapshots
        new = tuple(one for key, one in board.snapshots.items() if known.get(key) is not one)
        findings = board.findings if board.findings != old.findings else None
        if new or findings is not None:
            self._waiting.add(replace(self._instant(), snapshots=new, findings=findings))

    def _instant(self) -> Change:
        return Change(micros(self._now()), micros(self.clock.now()), self.clock.speed)

    async def take(self) -> None:
        """Be the one that records this estate. Raises Recorded, and OSError."""
        await in_thread(self._hold)

    def _hold(self) -> None:
        if who := self._lock.take(os_user()):
            raise OSError(who) if self._lock.trouble else Recorded(who)

    async def run(self) -> None:
        """Write until cancelled, and then what is left. Raises Recorded, and OSError.

        Recorded also where another one has come meanwhile: whoever deletes the lock lets it in.
        """
        await self.take()
        sleep = Sleep(self._now(), monotonic())
        try:
            while True:
                await asyncio.sleep(self._pause)
                since = sleep.wall
                if sleep.ended(self._now(), monotonic()):
                    self._waiting.missed(Gap(micros(since), micros(self._now()), SLEPT))
                # what a thread has begun goes on whoever is cancelled, and `close` waits for it
                self._flushing = asyncio.create_task(self.flush())
                await asyncio.shield(self._flushing)
        finally:
            await asyncio.shield(self.close())

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
            with suppress(Recorded):  # it is the other one's to write now
                await self.flush()
            if self._writer is not None:
                await in_thread(self._let_go)
        finally:
            self._lock.release()

    async def flush(self) -> None:
        """Write now what waits; what the disk refuses waits on, and `trouble` says why.

        Raises Recorded where another one records by now.
        """
        waiting, self._waiting = self._waiting, Waiting()
        self._asked = monotonic()
        try:
            await in_thread(self._write, waiting)
        except FAULTS as error:
            said = (isinstance(error, OSError) and error.strerror) or str(error)
            self._refused = f"{NOT_RECORDED}: {said}"
            self._pause = min(2 * self._pause, SELDOM_S)
        else:
            self._refused, self._pause = "", EVERY_S
        finally:
            self._waiting = waiting.then(self._waiting)
            self._asked = None

    def _write(self, waiting: Waiting) -> None:
        """What is on the disk is taken out of `waiting`. Raises FAULTS, and Recorded."""
        self._hold()
        self._make_room()
        self._put(waiting)
        if lines := self._lines.new(self._now()):  # a journal that cannot be read stops no board
            waiting.add(replace(self._instant(), lines=lines))
        self._put(waiting)

    def _put(self, waiting: Waiting) -> None:
        while waiting.changes:
            day = self._day(waiting.changes[0])
            ours = list(takewhile(partial(self._within, day), waiting.changes[:AT_ONCE]))
            file = self._file(day, ours)
            file.write(ours)
            self.missed = file.missed or self.missed
            del waiting.changes[: len(ours)]
            for change in ours:
                self._known |= {(one.source, one.part): one for one in change.snapshots}
                self._found = self._found if change.findings is None else change.findings

    def _file(self, day: date, ours: list[Change]) -> Writer:
        """The file of that day; a new one begins with all that was known, to stand alone."""
        if self._writer is not None and self._writer.lost:
            self._deleted_since = self._writer.first
            self._lines = Lines(self._journal, self._date)
            self._let_go()
        paths = [path_of(self.state, day, number) for number in FILES]
        if self._writer is None or self._writer.path not in paths:
            self._let_go()
            self._writer = self._begun(day, paths)
            self._deleted_since = 0
        if self._writer.fresh:
            ours[0] = whole(ours[0], self._known, self._found, self._lines.carried())
        return self._writer

    def _let_go(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()

    def _begun(self, day: date, paths: list[Path]) -> Writer:
        """In the day's first file that is a recording of this program, or is none yet."""
        why, since = DELETED if self._deleted_since else NOBODY, self._deleted_since
        if not since and not self._known:
            since = before(self.state, day)
        for path in paths[:-1]:
            with suppress(Foreign):
                return Writer(path, self.title, self._mask, since, why)
        return Writer(paths[-1], self.title, self._mask, since, why)

    def _day(self, change: Change) -> date:
        return self._date(moment(change.at))

    def _within(self, day: date, change: Change) -> bool:
        return self._day(change) == day

    def _date(self, real: datetime) -> date:
        return real.astimezone(self._zone).date()

    def _make_room(self) -> None:
        """Raises Full when there is none."""
        if monotonic() - self._tidied > TIDY_EVERY:
            left, deleted = tidy(self.state, self._date(self._now()), self.keep)
            self.deleted = deleted or self.deleted
            if left > self.keep.megabytes * MB:
                limit = f"{self.keep.megabytes} MB (recording.megabytes)"
                raise Full(f"the recording of today alone is larger than {limit}")
            self._tidied = monotonic()


def whole(
    first: Change,
    known: Mapping[tuple[str, str], Snapshot],
    found: tuple[Finding, ...],
    lines: Iterable[bytes],
) -> Change:
    """The first change of a file, with what else was known by then."""
    parts = {**known, **{(one.source, one.part): one for one in first.snapshots}}
    return replace(
        first,
        snapshots=tuple(parts.values()),
        findings=found if first.findings is None else first.findings,
        lines=tuple(dict.fromkeys((*lines, *first.lines))),
    )
