"""The journal as a recorder follows it: which of its lines stand in which day's file. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

from console.armed import armed
from console.following import Following
from console.lines import encode
from console.model import Entry
from console.model.acts import ENDS

ARMINGS = ("armed", "disarmed")


class Lines:
    """Each new line once; of what was there before only the day's, and what still goes on."""

    def __init__(
        self, path: Path, day: Callable[[datetime], date], first: date | None = None
    ) -> None:
        """`day`: on which day of the estate a moment is; `first`: the day last recorded."""
        self._following, self._date = Following(path), day
        self._looked = first
        """The day of the look before."""
        self._begin()

    def _begin(self) -> None:
        self._count = 0
        self._open: dict[str, dict[int, bytes]] = {}
        """Of each checklist's run, and of each act, that has not ended: its lines, numbered."""
        self._armings: dict[int, Entry] = {}
        """Those of which no line tells the end."""

    def new(self, now: datetime) -> tuple[bytes, ...]:
        """What was written since the last look. Raises OSError.

        A line of just before midnight may be read only after it: it is of the day of that look.
        """
        today = self._date(now)
        if not self._following.grown():
            self._looked = today
            return ()
        entries, anew = self._following.read()
        day, self._looked = min(self._looked or today, today), today
        told = [(entry, encode(entry)) for entry in entries]
        if anew:
            self._begin()
        for entry, line in told:
            self._keep(entry, line)
        if anew:
            kept = frozenset(self.carried())
            told = [one for one in told if self._date(one[0].at) >= day or one[1] in kept]
        return tuple(line for _, line in told)

    def _keep(self, entry: Entry, line: bytes) -> None:
        self._count += 1
        act = str(entry.data.get("act", ""))
        if entry.kind == "run.opened":
            self._open.setdefault(entry.run, {})
        elif entry.kind == "run.closed":
            self._open.pop(entry.run, None)
        elif entry.kind == "remedy.started" and act:
            self._open.setdefault(f"act {act}", {})
        elif entry.kind in ENDS:
            self._open.pop(f"act {act}", None)
        elif entry.kind in ARMINGS:
            self._armings[self._count] = entry
            left = {id(one.entry) for one in armed(self._armings.values())}
            self._armings = {at: one for at, one in self._armings.items() if id(one) in left}
        for name in (entry.run, f"act {act}"):
            if name in self._open:
                self._open[name][self._count] = line

    def carried(self) -> Iterator[bytes]:
        """What a new day's file begins with, to stand alone, in the journal's order."""
        lines = {at: line for one in self._open.values() for at, line in one.items()}
        lines |= {at: encode(entry) for at, entry in self._armings.items()}
        yield from (lines[at] for at in sorted(lines))
