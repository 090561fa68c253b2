"""What the journal's lines tell of a tape: marks on it, and the lines where they are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from console.adopted import adopted, in_time
from console.model import Entry, Severity
from console.model.past import Mark
from console.recording.values import ALIKE_S, micros

ACTS = ("remedy.started", "remedy.verified", "remedy.failed", "remedy.unknown")
SEEN = "finding.seen"
ENDED = {
    "remedy.failed": Severity.CRITICAL,
    "remedy.unknown": Severity.WARNING,
    "remedy.verified": Severity.OK,
}
Line = tuple[int, Entry, int]
"""With its instant, and of a bundle's note how many of the lines before it the bundle brought."""


class Chronicle:
    """Each line once, as the tape grows: a day's file repeats what goes on of the one before."""

    def __init__(self, keep: bool) -> None:
        """`keep`: the lines too; a shift has 20,000, and the collector of garbage looks at all."""
        self.marks: list[Mark] = []
        self._keep = keep
        self._known: set[tuple[datetime, str, str]] = set()
        self._lines: list[Entry] = []
        """As `in_time` wants them: a bundle's note says how many lines are recorded before it."""
        self._notes: dict[int, Entry] = {}
        """Those notes as they stand in the journal."""

    def take(
        self, first: int, lines: Sequence[Line], real: Sequence[int], tape: Sequence[float]
    ) -> None:
        """Of a recording whose first instant is this one of the tape."""
        begun, new = min(real) - ALIKE_S * 1e6, list[bool]()
        for index, entry, brought in lines:
            line = (entry.at, entry.prev, entry.kind)
            new.append(line not in self._known)
            if not new[-1]:
                continue
            self._known.add(line)
            if self._keep:
                self._add(entry, sum(new[-1 - brought : -1]))
            if (at := micros(entry.at)) >= begun:  # else it was no news when this began
                self.marks += _marks(entry, _when(real, tape, first + index, at))

    def _add(self, entry: Entry, brought: int) -> None:
        counted = entry
        if adopted(entry):
            counted = replace(entry, data={**entry.data, "lines": brought})
            self._notes[id(counted)] = entry
        self._lines.append(counted)

    def entries(self) -> tuple[Entry, ...]:
        """In the order of time."""
        return tuple(self._notes.get(id(one), one) for one in in_time(self._lines))


def _marks(entry: Entry, at: float) -> Iterator[Mark]:
    if entry.kind == SEEN:
        told = str(entry.data.get("severity", "")).upper()
        severity = Severity.__members__.get(told, Severity.UNKNOWN)
        yield Mark(at, "finding", severity)
    elif entry.kind in ACTS:
        yield Mark(at, "act", ENDED.get(entry.kind, Severity.UNKNOWN))


def _when(real: Sequence[int], tape: Sequence[float], index: int, at: int) -> float:
    """Where a line of the journal belongs (µs) that an instant has: that, if it is not far off.

    A recorder that begins reads what was written while nobody recorded.
    """
    if real[index] - at <= ALIKE_S * 1e6:
        return tape[index]
    known = next((one for one in reversed(range(index)) if real[one] <= at), 0)
    return min(tape[known] + max(at - real[known], 0) / 1e6, tape[known + 1])
