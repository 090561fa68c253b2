"""Recordings of several days as one: a shift goes through midnight.

Every method blocks, and raises Unreadable, sqlite3.Error and OSError.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import overload

from console.clock import real_now
from console.model import Board, Entry, Now, Severity
from console.model.past import Hole, Mark, Track
from console.recording.chronicle import Chronicle, Line
from console.recording.file import FAULTS, Unreadable
from console.recording.recording import Recording
from console.recording.shelf import day_of, inode, recordings
from console.recording.values import ALIKE_S, NOBODY, Gap, Title, moment

DAY = timedelta(days=1)
LEAST = 1  # µs between two instants: each has a place of its own


class Instants(Sequence[Now]):
    """What both clocks said, made when it is asked for: a day has 86,400 of them."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, float]] = []

    def __len__(self) -> int:
        return len(self.told)

    @overload
    def __getitem__(self, index: int) -> Now: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Now]: ...
    def __getitem__(self, index: int | slice) -> Now | Sequence[Now]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        real, estate, speed = self.told[index]
        return Now(moment(estate), moment(real), speed)


class Course:
    """How bad it was in one recording, and where anything got worse; goes on as that grows."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.levels: list[tuple[int, Severity]] = []
        self.worse: list[int] = []
        self._last = -1
        self._known: dict[int, Severity] = {}
        self._live: dict[int, Severity] = {}
        """Of this sitting; `_known`: of any."""

    def go_on(self) -> list[Line]:
        """Read what is new, and only that; the journal's new lines."""
        one, last = self.recording, self._last
        lines, severities = [*one.brought(last)], [*one.severities(last)]
        begun = [first for first in one.sittings() if first > last]
        self._last = len(one) - 1
        for index, stream, severity in severities:
            while begun and begun[0] <= index:
                begun.pop(0)
                self._live = {}
            if self._live.get(stream) is severity:
                continue
            if severity > self._known.get(stream, severity) and self.worse[-1:] != [index]:
                self.worse.append(index)
            self._known[stream] = self._live[stream] = severity
            worst = max(self._live.values())
            if not self.levels or self.levels[-1][1] is not worst:
                self.levels.append((index, worst))
        if begun:  # a sitting that has seen nothing yet
            self._live = {}
        return lines


class Tape:
    """Recordings, one after the other, and where everything lies on them."""

    def __init__(
        self,
        paths: Sequence[Path],
        more: Callable[[], Sequence[Path]] | None = None,
        *,
        lines: bool = False,
    ) -> None:
        """What cannot be read is left out. Raises Unreadable where that is all of them.

        The newest as any other: a full disk leaves an empty file at midnight, a later program one
        of its own. `more`: which files there are by now, as the tape grows. `lines`: keep those of
        the journal, for whoever has none.
        """
        if not paths:
            raise Unreadable("nothing is recorded yet")
        self.left_out: list[str] = []
        self.recordings: list[Recording] = []
        self._more = more
        self._firsts: list[int] = []
        self._courses: list[Course] = []
        self._open(paths)
        if not self.recordings:
            raise Unreadable(self.left_out[-1])
        self._chronicle = Chronicle(lines)
        self.entries: tuple[Entry, ...] = ()
        """The journal's lines in the order of time, if they are kept."""
        self.track = self._laid_out()

    def _open(self, paths: Iterable[Path]) -> bool:
        """What of these is not open yet; whether there was any. The same name may be a new file."""
        known, count = {one.file for one in self.recordings}, len(self.recordings)
        for path in paths:
            try:
                if inode(path) not in known:
                    self.recordings.append(Recording(path))
                    self._courses.append(Course(self.recordings[-1]))
            except FAULTS as error:
                told = str(error) if isinstance(error, Unreadable) else f"{path}: {error}"
                if told not in self.left_out:
                    self.left_out.append(told)
        return len(self.recordings) > count

    @property
    def title(self) -> Title:
        """Whose it is, as the last sitting had it."""
        return self.recordings[-1].title

    def grown(self) -> bool:
        """Whether there is more than before; then the track is another one."""
        new = [one.refresh() for one in self.recordings]
        if self._more is not None:
            new.append(self._open(self._more()))
        if any(new):
            self.track = self._laid_out()
        return any(new)

    def board(self, index: int) -> Board:
        """The board as it was published at that instant."""
        at = bisect_right(self._firsts, index) - 1
        return self.recordings[at].board(index - self._firsts[at])

    def close(self) -> None:
        """No more is read."""
        for one in self.recordings:
            one.close()

    def _laid_out(self) -> Track:
        self._firsts, instants = [], Instants()
        for one in self.recordings:
            self._firsts.append(len(instants))
            instants.told += one.clocks
        real = [at for at, _, _ in instants.told]
        tape = tuple(places(real))
        for first, course in zip(self._firsts, self._courses, strict=True):
            self._chronicle.take(first, course.go_on(), real, tape)
        self.entries = self._chronicle.entries()
        return Track(
            instants,
            tape,
            tuple(sorted(self._marks(tape), key=lambda mark: mark.at)),
            tuple(self._levels(tape)),
            tuple(self._holes(real, tape)),
            tuple(turns([estate for _, estate, _ in instants.told])),
        )

    def _marks(self, tape: Sequence[float]) -> Iterator[Mark]:
        for first, one in zip(self._firsts, self._courses, strict=True):
            yield from (Mark(tape[first + index], "worse") for index in one.worse)
        yield from self._chronicle.marks

    def _levels(self, tape: Sequence[float]) -> Iterator[tuple[float, Severity]]:
        for first, one in zip(self._firsts, self._courses, strict=True):
            yield from ((tape[first + index], worst) for index, worst in one.levels)

    def _holes(self, real: Sequence[int], tape: Sequence[float]) -> Iterator[Hole]:
        """What is missing in a file, and between two what the later one does not tell of."""
        known: list[Hole] = []
        for first, one in zip(self._firsts, self.recordings, strict=True):
            known += (_hole(real, tape, first + index, gap) for index, gap in one.missing())
        yield from dict.fromkeys(known)
        for first in self._firsts[1:]:
            begin, end = tape[first - 1], tape[first]
            told = any(one.begin <= begin and end <= one.end for one in known)
            if end - begin > ALIKE_S and not told:
                yield Hole(begin, end, NOBODY)


def _hole(real: Sequence[int], tape: Sequence[float], index: int, gap: Gap) -> Hole:
    """What is missing before an instant: it lies between that one and the one before it."""
    if index == 0:
        return Hole(tape[0], tape[0], gap.why)
    first, last = tape[index - 1], tape[index]
    begin = min(first + max(gap.since - real[index - 1], 0) / 1e6, last)
    end = last - max(real[index] - gap.until, 0) / 1e6
    return Hole(begin, max(begin, end), gap.why)


def turns(estate: Sequence[int]) -> Iterator[int]:
    """The instants before which this clock (µs) was set back."""
    return (number for number, (a, b) in enumerate(pairwise(estate), 1) if b < a)


def places(real: Sequence[int]) -> Iterator[float]:
    """Where each instant (µs) lies on the tape: what goes by on the real clock, and never back."""
    at, before = 0, real[0]
    for number, one in enumerate(real):
        if number:
            at += max(one - before, LEAST)
        before = one
        yield at / 1e6


def newest(state: Path, today: date | None = None) -> list[Path]:
    """What is looked back at: the newest day of which there is any, and the one before it.

    A day that is yet to come is of a clock that was wrong, unless there is no other. Raises
    Unreadable.
    """
    known = [(day, one) for one in recordings(state) if (day := day_of(one))]
    if not known:
        raise Unreadable(f"nothing is recorded yet in {state}")
    come = (today or real_now().date()) + DAY  # it may be tomorrow where the estate is
    last = max([day for day, _ in known if day <= come] or [day for day, _ in known])
    return [one for day, one in known if last - DAY <= day <= last]
