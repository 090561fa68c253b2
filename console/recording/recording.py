"""Reads a recording: the board of any moment, what happened when, and where nothing is known.

Every method blocks (a seek: some ms), and raises sqlite3.Error and OSError for the disk.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from console.lines import NoEntry, decode
from console.model import Board, Entry, Finding, Now, Severity, Snapshot, Trouble
from console.recording.codec import UNREADABLE, to_findings, to_snapshot
from console.recording.file import DAMAGED, FINDINGS, Unreadable, connect, frame
from console.recording.shelf import inode
from console.recording.values import ALIKE_S, UNSEEN, Gap, Title, moment

FRAME = """select instant, whole, body from frame
where stream = ? and instant between ? and ? order by instant desc limit 1"""
LOST = "The findings of this moment cannot be read"
SEVERITIES = "select instant, stream, severity from frame"
ENTRIES = "select instant, line, brought from entry"


class Recording:
    """One file. It may grow while it is read: `refresh` looks for what is new."""

    def __init__(self, path: Path) -> None:
        """Raises Unreadable when the file is no recording, or holds nothing yet."""
        self.path, self.file = path, inode(path)
        """`file`: which one it is, should another come to lie there."""
        self._file = connect(path)
        self._numbers: list[int] = []
        self._estate: list[int] = []
        self._real: list[tuple[int, float]] = []
        self.refresh()
        if not self._numbers:
            self._file.close()
            raise Unreadable(f"{path}: nothing is recorded in it")

    def refresh(self) -> bool:
        """Whether there is something new."""
        last = self._numbers[-1] if self._numbers else 0
        told = "select id, at, estate, speed from instant where id > ? order by id"
        new = self._file.execute(told, (last,)).fetchall()
        for number, at, estate, speed in new:
            self._numbers.append(number)
            self._real.append((at, speed))
            self._estate.append(estate)
        return bool(new)

    def __len__(self) -> int:
        """How many instants there are; they are 0 to `len - 1`."""
        return len(self._numbers)

    def now(self, index: int) -> Now:
        """What both clocks said."""
        at, speed = self._real[index]
        return Now(moment(self._estate[index]), moment(at), speed)

    @property
    def title(self) -> Title:
        """Whose it is, as the last sitting had it."""
        told = "select title, zone, program from sitting order by instant desc limit 1"
        return Title(*self._file.execute(told).fetchone())

    def board(self, index: int) -> Board:
        """The board as it was published at that instant."""
        number = self._numbers[index]
        told = "select max(instant) from sitting where instant <= ?"
        first = self._file.execute(told, (number,)).fetchone()[0]
        now = self.now(index)
        parts: dict[tuple[str, str], Snapshot] = {}
        findings: tuple[Finding, ...] = ()
        streams = self._file.execute("select id, source, part from stream order by id").fetchall()
        for stream, source, part in streams:
            if (found := self._file.execute(FRAME, (stream, first, number)).fetchone()) is None:
                continue
            read = partial(frame, self._file, stream, *found)
            if (source, part) == FINDINGS:
                findings = read_findings(now.estate, read)
            else:
                parts[source, part] = read_part(source, part, now.real, read)
        return Board(MappingProxyType(parts), findings)

    def check(self, index: int) -> None:
        """Raises Unreadable where anything of that moment is damaged."""
        board = self.board(index)
        told = [part.trouble.message for part in board.snapshots.values() if part.trouble]
        told += [why for one in board.findings if one.title == LOST for why in one.why]
        if bad := next((one for one in told if one.startswith(DAMAGED)), ""):
            raise Unreadable(f"{self.path}: it is damaged: {bad}")

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """The journal's lines, with the index of the instant by which each was there."""
        return ((index, entry) for index, entry, _ in self.brought())

    def brought(self, after: int = -1) -> Iterator[tuple[int, Entry, int]]:
        """The same after an instant; and of a bundle's note, how many of the lines it brought."""
        for number, line, brought in self._told(ENTRIES, after):
            with suppress(NoEntry):
                yield self._index(number), decode(line), brought

    def severities(self, after: int = -1) -> Iterator[tuple[int, int, Severity]]:
        """After an instant: at which one, which stream, how bad its worst was; in order."""
        for instant, stream, severity in self._told(SEVERITIES, after):
            yield self._index(instant), stream, Severity(severity)

    def sittings(self) -> list[int]:
        """The instants with which a recorder began: what the one before saw is not carried on."""
        return [self._index(number) for (number,) in self._told("select instant from sitting")]

    def _told(self, rows: str, after: int = -1) -> list[tuple[Any, ...]]:
        """Rows of instants that are known, in order: it is written to while it is read."""
        told = f"{rows} where instant > ? and instant <= ? order by instant, rowid"
        first = self._numbers[after] if after >= 0 else 0
        return self._file.execute(told, (first, self._numbers[-1])).fetchall()

    @property
    def clocks(self) -> Iterator[tuple[int, int, float]]:
        """Of every instant: the real clock, the estate's (µs), and how fast that one ran."""
        both = zip(self._real, self._estate, strict=True)
        return ((at, estate, speed) for (at, speed), estate in both)

    def gaps(self) -> list[Gap]:
        """Real time of which nothing, or not all, is recorded."""
        return [gap for _, gap in self.missing()]

    def missing(self) -> Iterator[tuple[int, Gap]]:
        """Each gap, with the index of the instant before which it stands.

        What a recorder said, and what it could not say: it stood still itself.
        """
        told: dict[int, list[Gap]] = {}
        for number, *gap in self._told("select instant, since, until, why from gap"):
            told.setdefault(self._index(number), []).append(Gap(*gap))
        for index, ((begin, _), (end, _)) in enumerate(pairwise(self._real), 1):
            known = max((gap.until - gap.since for gap in told.get(index, ())), default=0)
            if end - begin > ALIKE_S * 1e6 + max(known, 0):
                told.setdefault(index, []).append(Gap(begin, end, UNSEEN))
        for index in sorted(told):
            yield from ((index, gap) for gap in told[index])

    def _index(self, number: int) -> int:
        return bisect_left(self._numbers, number)

    def close(self) -> None:
        """No more is read."""
        self._file.close()


def read_part(source: str, part: str, at: datetime, told: Callable[[], bytes]) -> Snapshot:
    """A part of a moment (real time); one that cannot be read says so, and takes no other along."""
    try:
        return to_snapshot(told())
    except (Unreadable, ValueError) as error:
        return Snapshot(source, part, 0.0, trouble=Trouble(_why(error), at))


def read_findings(at: datetime, told: Callable[[], bytes]) -> tuple[Finding, ...]:
    """Those of a moment (the estate's); what cannot be read must not look as if all were well."""
    try:
        return to_findings(told())
    except (Unreadable, ValueError) as error:
        unknown, why = Severity.UNKNOWN, (_why(error),)
        return (Finding("unreadable", LOST, "recording", unknown, at, why=why),)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, Unreadable) else UNREADABLE
