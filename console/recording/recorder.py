"""Records a shift: what changed on the board, and every line of the journal, once a second.

The screen never waits for it: a change is put aside by reference, a thread compresses and writes.
What the disk refuses waits; when too much does, only the newest of each part stays, and the hole is
written down as soon as there is room again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
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
from console.following import Following
from console.lines import encode
from console.machine import Sleep
from console.model import Board, Finding, Snapshot
from console.poll import in_thread
from console.recording.codec import masking
from console.recording.file import Unreadable, last_seen
from console.recording.shelf import FOLDER, MB, Keep, path_of, recordings, tidy
from console.recording.values import Change, Gap, Title, micros, moment
from console.recording.writer import Writer

EVERY_S = 1.0
"""What a crash may lose."""
SELDOM_S = 30.0  # between two tries while the disk refuses
LATE_S = 20.0  # a disk that has not answered for so long is trouble
LOCK = "recorder.lock"
MOST_WAITING = 2_000  # changes put aside while the disk refuses
AT_ONCE = 100  # changes in a transaction: what a full disk refuses is packed again for each try
TIDY_EVERY = 60.0  # seconds
NOT_RECORDED = "not recorded"
SLEPT, FULL = "the computer slept", "more was seen than could wait for the disk"
FAULTS = (OSError, sqlite3.Error, Unreadable)


class Recorded(Exception):
    """Another console records this estate: `str()` says which, as `pid 7 (kim)`."""


class Full(OSError):
    """The recordings of today alone are more than may be kept."""


class Waiting:
    """What was seen and is not on the disk yet."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.gaps: list[Gap] = []

    def then(self, later: Waiting) -> Waiting:
        """Both, this one first; memory is bounded, come what may."""
        self.changes += later.changes
        self.gaps += later.gaps
        return self.bounded()

    def bounded(self) -> Waiting:
        """The same with one change, and a gap, for too many."""
        if len(self.changes) > MOST_WAITING:
            self.gaps.append(Gap(self.changes[0].at, self.changes[-1].at, FULL))
            self.changes = [self._newest()]
        return self

    def _newest(self) -> Change:
        snapshots: dict[tuple[str, str], Snapshot] = {}
        findings: tuple[Finding, ...] | None = None
        lines: list[bytes] = []
        for change in self.changes:
            snapshots |= {(one.source, one.part): one for one in change.snapshots}
            findings = findings if change.findings is None else change.findings
            lines += change.lines
        last = self.changes[-1]
        last = replace(last, snapshots=tuple(snapshots.values()), findings=findings)
        return replace(last, lines=tuple(lines))


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
        """What nobody recorded before this one began, once that is known."""
        self._zone = ZoneInfo(title.zone)
        self._journal = Following(journal)
        self._board = Board()
        self._waiting = Waiting()
        self._lock = Lock(state / FOLDER / LOCK)
        self._refused = ""
        self._asked: float | None = None
        """Since when (monotonic) the disk has owed an answer."""
        self._flushing: asyncio.Task[None] | None = None
        self._pause, self._tidied = EVERY_S, float("-inf")
        # of the thread that writes
        self._mask = masking(secrets)
        self._writer: Writer | None = None
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
            self._waiting.changes.append(replace(self._instant(), snapshots=new, findings=findings))
            self._waiting.bounded()

    def _instant(self) -> Change:
        return Change(micros(self._now()), micros(self.clock.now()), self.clock.speed)

    async def take(self) -> None:
        """Be the one that records this estate. Raises Recorded, and OSError."""
        if who := await in_thread(self._lock.take, os_user()):
            raise OSError(who) if self._lock.trouble else Recorded(who)

    async def run(self) -> None:
        """Write until cancelled, and then what is left. Raises Recorded, and OSError."""
        await self.take()
        sleep = Sleep(self._now(), monotonic())
        try:
            while True:
                await asyncio.sleep(self._pause)
                since = sleep.wall
                if sleep.ended(self._now(), monotonic()):
                    self._waiting.gaps.append(Gap(micros(since), micros(self._now()), SLEPT))
                # what a thread has begun goes on whoever is cancelled, and `close` waits for it
                self._flushing = asyncio.create_task(self.flush())
                await asyncio.shield(self._flushing)
        finally:
            await asyncio.shield(self.close())

    @property
    def holds(self) -> bool:
        """Whether it is this one that records the estate."""
        return self._lock.held

    async def close(self) -> None:
        """Let go of the file, with what could be written."""
        if self._flushing is not None:
            await asyncio.wait([self._flushing])
        try:
            await self.flush()
            if self._writer is not None:
                await in_thread(self._writer.close)
                self._writer = None
        finally:
            self._lock.release()

    async def flush(self) -> None:
        """Write now what waits; what the disk refuses waits on, and `trouble` says why."""
        waiting, self._waiting = self._waiting, Waiting()
        self._asked = monotonic()
        try:
            await in_thread(self._write, waiting)
        except FAULTS as error:
            said = (isinstance(error, OSError) and error.strerror) or str(error)
            self._refused = f"{NOT_RECORDED}: {said}"
            self._waiting = waiting.then(self._waiting)
            self._pause = min(2 * self._pause, SELDOM_S)
        else:
            self._refused, self._pause = "", EVERY_S
            self._waiting.gaps[:0] = waiting.gaps  # nothing was seen since, by which to write them
        finally:
            self._asked = None

    def _write(self, waiting: Waiting) -> None:
        """What is on the disk is taken out of `waiting`. Raises FAULTS."""
        self._make_room()
        self._put(waiting)
        waiting.changes += self._followed()  # a journal that cannot be read stops no board
        self._put(waiting)

    def _put(self, waiting: Waiting) -> None:
        while waiting.changes:
            day = self._day(waiting.changes[0])
            ours = list(takewhile(partial(self._within, day), waiting.changes[:AT_ONCE]))
            file = self._file(day, ours)
            file.write(ours, waiting.gaps)
            self.missed = self.missed or file.missed
            del waiting.changes[: len(ours)]
            waiting.gaps.clear()
            for change in ours:
                self._known |= {(one.source, one.part): one for one in change.snapshots}
                self._found = self._found if change.findings is None else change.findings

    def _file(self, day: date, ours: list[Change]) -> Writer:
        """The file of that day; a new one begins with all that was known, to stand alone."""
        path = path_of(self.state, day)
        if self._writer is None or self._writer.path != path:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            before = 0 if self._known else self._before(path)
            self._writer = Writer(path, self.title, self._mask, before)
        if self._writer.fresh:
            known = {**self._known, **{(one.source, one.part): one for one in ours[0].snapshots}}
            found = self._found if ours[0].findings is None else ours[0].findings
            ours[0] = replace(ours[0], snapshots=tuple(known.values()), findings=found)
        return self._writer

    def _before(self, path: Path) -> int:
        """Up to when an earlier day was recorded: µs since 1970, 0 where none can be read."""
        for one in reversed(recordings(self.state)):
            if one.name < path.name:
                with suppress(Unreadable, sqlite3.Error):
                    return last_seen(one)
        return 0

    def _day(self, change: Change) -> date:
        return self._date(moment(change.at))

    def _within(self, day: date, change: Change) -> bool:
        return self._day(change) == day

    def _date(self, real: datetime) -> date:
        return real.astimezone(self._zone).date()

    def _followed(self) -> list[Change]:
        """The journal's new lines; what stood there before this day is of another file."""
        if not self._journal.grown():
            return []
        entries, _ = self._journal.read()
        now = self._instant()
        ours = [one for one in entries if self._date(one.at) >= self._day(now)]
        return [replace(now, lines=tuple(map(encode, ours)))] if ours else []

    def _make_room(self) -> None:
        """Raises Full when there is none."""
        if monotonic() - self._tidied > TIDY_EVERY:
            left = tidy(self.state, self._date(self._now()), self.keep)
            if left > self.keep.megabytes * MB:
                limit = f"{self.keep.megabytes} MB (recording.megabytes)"
                raise Full(f"the recording of today alone is larger than {limit}")
            self._tidied = monotonic()
