"""The journal as a recorder follows it: which of its lines stand in which day's file. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

from console.following import Following
from console.lines import encode
from console.model import Entry


class Lines:
    """Each new line once; of what was there before only the day's, and the runs still open."""

    def __init__(self, path: Path, day: Callable[[datetime], date]) -> None:
        """`day`: on which day of the estate a moment is."""
        self._following, self._date = Following(path), day
        self._looked: date | None = None
        """The day of the look before."""
        self._open: dict[str, list[bytes]] = {}
        """Of each checklist's run that is not closed, its lines."""

    def new(self, now: datetime) -> tuple[bytes, ...]:
        """What was written since the last look. Raises OSError.

        A line of just before midnight may be read only after it: it is of the day of that look.
        """
        today = self._date(now)
        day, self._looked = self._looked or today, today
        if not self._following.grown():
            return ()
        entries, anew = self._following.read()
        told = [(entry, encode(entry)) for entry in entries]
        if anew:
            self._open = {}
        for entry, line in told:
            self._keep(entry, line)
        if anew:
            told = [one for one in told if self._date(one[0].at) >= day or one[0].run in self._open]
        return tuple(line for _, line in told)

    def _keep(self, entry: Entry, line: bytes) -> None:
        if entry.kind == "run.opened":
            self._open.setdefault(entry.run, []).append(line)
        elif entry.kind == "run.closed":
            self._open.pop(entry.run, None)
        elif entry.run in self._open:
            self._open[entry.run].append(line)

    def carried(self) -> Iterator[bytes]:
        """What a new day's file begins with, to stand alone: the runs that go on."""
        for lines in self._open.values():
            yield from lines
