"""A night over an axis of clock times: each broker's lane, and a level as a strip of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from typing import TYPE_CHECKING

from widgets.symbols import Symbols
from widgets.words import sparkline

if TYPE_CHECKING:
    from console.sources.maintenance import Lane, Level, Maintenance

SCALES = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800)  # seconds a cell
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360)  # minutes between two clock times
BETWEEN = 8  # cells that a clock time needs
LEAD = 3  # cells before it began
QUIET = timedelta(minutes=30)  # shown while nothing happens
LEAST = timedelta(minutes=5)
TONES = {"up": "ok", "down": "warning", "behind": "warning", "unknown": "unknown"}
RANKS = ("", "up", "unknown", "behind", "down")  # of several in one cell the last is shown
Piece = tuple[str, str]
"""Cells, and their tone."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Clock times from left to right: it stands still until the night has outgrown it."""

    start: datetime
    scale: int
    """Seconds a cell."""
    cells: int

    def cell(self, when: datetime) -> int:
        """The cell in which a moment falls; it may be beyond either end."""
        return int((when - self.start).total_seconds() // self.scale)

    def spread(self, begin: datetime, end: datetime) -> range:
        """The cells of a while, the begun ones too."""
        first, last = max(self.cell(begin), 0), min(self.cell(end), self.cells - 1)
        return range(first, last + 1)


def axis_of(row: Maintenance, until: datetime, cells: int) -> Axis:
    """From shortly before it began to now, in as few seconds a cell as there is room for."""
    cells = max(cells, BETWEEN)
    began = min(row.began or until - QUIET, until - LEAST)
    span = (until - began).total_seconds()
    fits = (one for one in SCALES if span < (cells - LEAD) * one)
    scale = next(fits, SCALES[-1])
    start = began.timestamp() - LEAD * scale
    if span > (cells - LEAD) * scale:  # days: the newest of it
        start = until.timestamp() - (cells - 1) * scale
    return Axis(datetime.fromtimestamp(start // scale * scale, until.tzinfo), scale, cells)


def clock_line(axis: Axis, zone: tzinfo) -> str:
    """The clock times over the lanes, where each stands over its own cell."""
    minutes = next((t for t in TICKS if t * 60 >= BETWEEN * axis.scale), TICKS[-1])
    local = axis.start.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    tick = timedelta(minutes=minutes)
    at = (midnight + -(-(local - midnight) // tick) * tick).astimezone(UTC)
    line = ""
    while (cell := axis.cell(at)) + len("21:00") <= axis.cells:
        line += " " * (cell - len(line)) + f"{at.astimezone(zone):%H:%M}"
        at += tick
    return line


def whiles(
    moves: Sequence[tuple[datetime, str]], until: datetime
) -> Iterator[tuple[datetime, datetime, str]]:
    """Each move with its end; the last goes on until now."""
    ends = [at for at, _ in moves[1:]] + [max(until, moves[-1][0])] if moves else []
    for (begin, standing), end in zip(moves, ends, strict=True):
        yield begin, end, standing


def lane_pieces(
    lane: Lane, axis: Axis, until: datetime, now: datetime, symbols: Symbols
) -> list[Piece]:
    """How one broker stood, cell by cell; since `until` nobody knows.

    A short absence is never lost: of what falls into one cell the worst is shown.
    """
    cells = [""] * axis.cells
    known = list(whiles(lane.moves, until))
    unknown = [(until, now, "unknown")] if now > until else []
    for begin, end, standing in (*known, *unknown):
        for cell in axis.spread(begin, end):
            cells[cell] = max(cells[cell], standing, key=RANKS.index)
    signs = {"": " ", "up": symbols.up, "down": symbols.down, "behind": symbols.behind}
    runs = ((standing, len(list(same))) for standing, same in groupby(cells))
    return [
        (signs.get(standing, symbols.unknown) * count, TONES.get(standing, ""))
        for standing, count in runs
    ]


def level_strip(
    levels: Iterable[Level], name: str, axis: Axis, until: datetime, symbols: Symbols
) -> str:
    """One number over the night: its highest in each cell; a gap where nobody knew it."""
    moves = [(level.at, getattr(level, name)) for level in levels]
    cells: list[float | None] = [None] * axis.cells
    ends = [*(at for at, _ in moves[1:]), until]
    for (begin, value), end in zip(moves, ends, strict=False):
        for cell in axis.spread(begin, end) if value is not None else ():
            cells[cell] = max(value, cells[cell] or 0)
    return sparkline(tuple(cells), symbols, axis.cells)


@dataclass(frozen=True, slots=True)
class Lasted:
    """How long a broker was away, and then behind, since the maintenance began (seconds)."""

    down: float = 0.0
    behind: float = 0.0
    now: str = "unknown"


def lasted(lane: Lane, since: datetime | None, until: datetime) -> Lasted:
    """The sums over a lane's moves."""
    sums = {"down": 0.0, "behind": 0.0}
    for begin, end, standing in whiles(lane.moves, until):
        begin = max(begin, since) if since else begin
        if standing in sums and end > begin:
            sums[standing] += (end - begin).total_seconds()
    return Lasted(sums["down"], sums["behind"], lane.moves[-1][1] if lane.moves else "unknown")
