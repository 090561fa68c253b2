"""A recording at a glance: how bad it was when, findings and acts, and where one stands."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby, takewhile
from operator import attrgetter

from textual.content import Content

from console.model import Severity
from console.model.past import Past, Track
from widgets.desk import desk
from widgets.header import Band
from widgets.symbols import STYLES, TONES, Symbols

LABEL = 7  # cells before the strip
SPANS = tuple(hours * 3600.0 for hours in (0.25, 0.5, 1, 2, 4, 8, 12))  # seconds on one line
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360)  # minutes between two clock times
BETWEEN = 9  # cells that a clock time needs
HEIGHTS = {Severity.OK: 0, Severity.UNKNOWN: 2, Severity.WARNING: 4, Severity.CRITICAL: 7}
CASE, ACT = "finding", "act"
ROUNDING = 1e-6  # cells
Sign = tuple[str, str]
"""With its tone."""


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of a tape that is on the line, and in how many cells."""

    begin: float
    scale: float
    """Seconds a cell."""
    cells: int

    def cell(self, at: float) -> int:
        """The cell in which a place lies; of the end the last one."""
        return min(int((at - self.begin) / self.scale), self.cells - 1)

    def shows(self, at: float) -> bool:
        """Whether a place is on the line; its end may lie a rounding beyond the last cell."""
        return 0 <= at - self.begin <= self.scale * (self.cells + ROUNDING)

    def edges(self) -> Iterator[tuple[float, float]]:
        """Each cell from where to where."""
        for number in range(self.cells):
            yield self.begin + number * self.scale, self.begin + (number + 1) * self.scale


def window(track: Track, at: float, cells: int) -> Window:
    """All of it where that is not too much; else the half of a day that the place is in."""
    span = next((one for one in SPANS if one >= track.end), SPANS[-1])
    pages = int((track.end - at) / span)
    begin = max(track.end - (pages + 1) * span, 0.0)
    return Window(begin, max(min(span, track.end), 1.0) / cells, cells)


def clock_times(track: Track, shown: Window, zone: tzinfo) -> str:
    """Clock times over the strip, each where it begins."""
    then = track.now(shown.begin)
    cell = shown.scale * then.speed
    tick = 60 * next((one for one in TICKS if one * 60 >= BETWEEN * cell), TICKS[-1])
    line, before = "", None
    for number, (begin, _) in enumerate(shown.edges()):
        local = track.now(begin).estate.astimezone(zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        turn = local.date(), int((local - midnight).total_seconds() // tick)
        if before is not None and turn != before and len(line) <= number:
            minutes = turn[1] * tick // 60
            told = f"{minutes // 60:02}:{minutes % 60:02}"
            if number + len(told) <= shown.cells:
                line += " " * (number - len(line)) + told + " "
        before = turn
    return line[: shown.cells].ljust(shown.cells)


def levels(track: Track, shown: Window, symbols: Symbols) -> Iterator[Sign]:
    """The worst in each cell; nothing where nothing was recorded."""
    for begin, end in shown.edges():
        worst = None if begin > track.end else track.worst(begin, end)
        yield (" ", "") if worst is None else (symbols.sparks[HEIGHTS[worst]], TONES[worst])


def marks(track: Track, shown: Window, symbols: Symbols) -> Iterator[Sign]:
    """Findings and acts, a sign a cell: an act before a finding, the worse before the better."""
    cells: dict[int, tuple[bool, Severity]] = {}
    first = bisect_left(track.marks, shown.begin, key=attrgetter("at"))
    for mark in takewhile(lambda mark: shown.shows(mark.at), track.marks[first:]):
        if mark.kind in (CASE, ACT):
            cell, told = shown.cell(mark.at), (mark.kind == ACT, mark.severity)
            if cell not in cells or told > cells[cell]:
                cells[cell] = told
    for number in range(shown.cells):
        act, severity = cells.get(number, (False, None))
        sign = " " if severity is None else symbols.armed if act else symbols.severity(severity)
        yield sign, TONES[severity] if severity is not None else ""


@dataclass(frozen=True, slots=True)
class Strip:
    """What the lines say wherever on them one stands: a shift has 10,000 marks."""

    times: str
    worst: tuple[Sign, ...]
    marks: tuple[Sign, ...]


def strip(track: Track, shown: Window, zone: tzinfo, symbols: Symbols) -> Strip:
    """Of a stretch of the tape."""
    return Strip(
        clock_times(track, shown, zone),
        tuple(levels(track, shown, symbols)),
        tuple(marks(track, shown, symbols)),
    )


class Timeline(Band):
    """Three lines; there while the past is looked at."""

    DEFAULT_CSS = "Timeline { height: 3; display: none; background: $surface-lighten-1; }"

    _key: tuple[Track, Window, tzinfo, Symbols] | None = None
    """Of what the strip was worked out last."""

    def words(self) -> Content:
        """Clock times with the place one stands at, the strip, the marks."""
        past = desk(self).past
        self.display = past is not None
        if past is None:
            return Content()
        width = self.size.width or self.app.size.width  # it has none before it was ever shown
        return Content("\n").join(self._lines(past, max(width - LABEL - 1, 10)))

    def _lines(self, past: Past, cells: int) -> Iterator[Content]:
        symbols, shown = desk(self).symbols, window(past.track, past.at, cells)
        here, told = shown.cell(past.at), self._strip(past.track, shown)
        times = told.times[:here] + symbols.falling + told.times[here + 1 :]
        yield Content.assemble((" time  ", "$text-muted"), times)
        yield Content.assemble((" worst ", "$text-muted"), *_drawn(told.worst, here))
        found = [*told.marks]
        if past.mark is not None and shown.shows(past.mark):
            found[shown.cell(past.mark)] = ("A", "mark")
        yield Content.assemble((" marks ", "$text-muted"), *_drawn(found, here))

    def _strip(self, track: Track, shown: Window) -> Strip:
        look = desk(self).look
        key = track, shown, look.zone, look.symbols
        if self._key != key:
            self._key, self._told = key, strip(*key)
        return self._told


def _drawn(cells: Sequence[Sign], here: int) -> list[Sign]:
    """Signs with their styles, those alike together; the place one stands at in reverse."""
    marked = [(sign, tone, number == here) for number, (sign, tone) in enumerate(cells)]
    drawn = []
    for (tone, under), same in groupby(marked, key=lambda cell: cell[1:]):
        style = "bold" if tone == "mark" else STYLES.get(tone, "")
        style += " reverse" if under else ""
        drawn.append(("".join(sign for sign, *_ in same), style.strip()))
    return drawn
