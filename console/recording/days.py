"""Which file each day's changes go to, and which lines of the journal.

Of the thread that writes: every method blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import takewhile
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from console.model import Finding, Snapshot
from console.recording.file import Foreign, cause
from console.recording.last import before
from console.recording.lines import Lines
from console.recording.masking import Masking
from console.recording.shelf import MB, Keep, path_of, tidy
from console.recording.values import DELETED, NOBODY, Change, Gap, Title, moment
from console.recording.waiting import Waiting
from console.recording.writer import Writer

AT_ONCE = 100  # changes in a transaction: what a full disk refuses is packed again for each try
TIDY_EVERY = 60.0  # seconds
FILES = range(1, 10)
"""Of a day: where one is another program's, or damaged, the next is begun."""


class Full(OSError):
    """The recordings of today alone are more than may be kept."""


class Days:
    """A file for each day of the estate, each with all that was known when it begins."""

    def __init__(
        self,
        state: Path,
        title: Title,
        journal: Path,
        keep: Keep,
        instant: Callable[[], Change],
        secrets: Iterable[str] = (),
    ) -> None:
        """`instant`: a change of nothing, now; `secrets`: never recorded."""
        self.state, self.title, self.keep = state, title, keep
        self.missed: Gap | None = None
        """What is not recorded before this one began, or began anew, once that is known."""
        self.deleted = ""
        """What had to go the last time that recordings were deleted, and why."""
        self.unread = ""
        """Why the journal's lines are not recorded just now."""
        self.untidy = ""
        """Why what is too old, or too much, is still there."""
        self._instant, self._journal = instant, journal
        self._zone = ZoneInfo(title.zone)
        self._tidied = float("-inf")
        self._mask = Masking(secrets)
        self._writer: Writer | None = None
        self._lines: Lines | None = None
        self._deleted_since = 0
        """The first instant (µs since 1970) of a file that somebody deleted."""
        self._known: dict[tuple[str, str], Snapshot] = {}
        self._found: tuple[Finding, ...] = ()

    def write(self, waiting: Waiting) -> None:
        """What is on the disk is taken out of `waiting`. Raises FAULTS."""
        self._make_room()
        self._put(waiting)
        if lines := self._new_lines():
            waiting.add(replace(self._instant(), lines=lines))
        self._put(waiting)

    def _new_lines(self) -> tuple[bytes, ...]:
        """A journal that cannot be read stops no board."""
        try:
            lines = self._followed().new(self._now())
        except OSError as error:
            self.unread = f"the journal: {cause(error)}"
            return ()
        self.unread = ""
        return lines

    def _followed(self) -> Lines:
        """The journal from the day on which it was last recorded: nothing of it is left out."""
        if self._lines is None:
            last = before(self.state)
            first = self._date(moment(last)) if last else None
            self._lines = Lines(self._journal, self._date, first)
        return self._lines

    def close(self) -> None:
        """Let go of the file. Raises FAULTS."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()

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
            self._lines = None
            self.close()
        paths = [path_of(self.state, day, number) for number in FILES]
        if self._writer is None or self._writer.path not in paths:
            self.close()
            self._writer = self._begun(day, paths)
            self._deleted_since = 0
        if self._writer.fresh:
            ours[0] = whole(ours[0], self._known, self._found, self._followed().carried())
        return self._writer

    def _begun(self, day: date, paths: list[Path]) -> Writer:
        """In the day's first file that is a recording of this program, or is none yet."""
        why, since = DELETED if self._deleted_since else NOBODY, self._deleted_since
        if not since and not self._known:
            since = before(self.state, day)
        for path in paths[:-1]:
            with suppress(Foreign):
                return Writer(path, self.title, self._mask, since, why)
        return Writer(paths[-1], self.title, self._mask, since, why)

    def _now(self) -> datetime:
        return moment(self._instant().at)

    def _day(self, change: Change) -> date:
        return self._date(moment(change.at))

    def _within(self, day: date, change: Change) -> bool:
        return self._day(change) == day

    def _date(self, real: datetime) -> date:
        return real.astimezone(self._zone).date()

    def _make_room(self) -> None:
        """Raises Full when there is none; what cannot be deleted stops no recording."""
        if monotonic() - self._tidied <= TIDY_EVERY:
            return
        try:
            left, deleted = tidy(self.state, self._date(self._now()), self.keep)
        except OSError as error:
            self.untidy = f"old recordings cannot be deleted: {cause(error)}"
        else:
            self.untidy, self.deleted = "", deleted or self.deleted
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
