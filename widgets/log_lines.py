"""Lines from outside on the screen: only those that are seen are ever cleaned and drawn."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.cells import chop_cells
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from console.model.closer import Line
from console.model.words import uncoloured
from widgets.desk import desk
from widgets.line_filter import LineFilter
from widgets.look import Look
from widgets.words import clean, fit, number

LONGEST = 4_100  # characters of one line, and of the sign that it goes on
STEP = 20  # characters to the side
NEXT_TURN = 0.001  # seconds
GAP = "  "
SHORT, LONG = 8, 15  # cells of a time, of a date and a time


def when(at: datetime | None, look: Look, width: int) -> str:
    """The time before a line, in so many cells: with the date, where any line needs it."""
    if at is None or not width:
        return " " * width
    local = at.astimezone(look.zone)
    return f"{local:%d %b %H:%M:%S}" if width == LONG else f"{local:%H:%M:%S}"


def is_today(at: datetime | None, look: Look) -> bool:
    """Whether a line needs no date."""
    now = look.now.estate.astimezone(look.zone).date()
    return at is None or at.astimezone(look.zone).date() == now


def stamp_width(lines: Sequence[Line], look: Look) -> int:
    """Cells of the time before each line; 0 where no line has one. Its ends stand for all."""
    ends = [*lines[:3], *lines[-3:]]
    if not any(line.at for line in ends):
        return 0
    return SHORT if all(is_today(line.at, look) for line in ends) else LONG


def marked(lines: Sequence[Line]) -> int | None:
    """The line that a reader begins with, where there is one: a group's committed offset."""
    return next((at for at, line in enumerate(lines) if line.tone == "strong"), None)


def shown_text(line: Line, look: Look, begin: int = 0, most: int = LONGEST) -> str:
    """So much of a line, made harmless; what is missing of it is said at its end."""
    plain = uncoloured(line.text).replace("\t", "    ")
    text = clean(plain[begin : begin + most], look.symbols, LONGEST)
    cut = line.cut and begin + most >= len(plain)
    return f"{text} {look.symbols.more} {number(line.cut)} bytes cut" if cut else text


class LogLines(Widget, can_focus=True):
    """Ten thousand lines with a cursor; it stays on the newest while it stands there."""

    DEFAULT_CSS = """
    LogLines { width: 1fr; height: 1fr; }
    LogLines > .log--cursor { background: $surface-lighten-2; }
    LogLines:focus > .log--cursor { background: $primary 45%; }
    LogLines > .log--time { color: $text-muted; }
    LogLines > .log--said { color: $text-muted; text-style: italic; }
    LogLines > .log--strong { text-style: bold; }
    LogLines > .log--warning { color: $text-warning; }
    LogLines > .log--critical { color: $text-error; }
    """
    TONES: ClassVar = ("time", "said", "strong", "warning", "critical")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"log--{name}" for name in ("cursor", *TONES)}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="lines.up"),
        Binding("down,j", "move(1)", "down", show=False, id="lines.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="lines.page_up"),
        Binding("pagedown,space", "page(1)", "page down", show=False, id="lines.page_down"),
        Binding("home,g", "move(-1000000000)", "oldest", show=False, id="lines.home"),
        Binding("end,G", "move(1000000000)", "newest", show=False, id="lines.end"),
        Binding("left,h", "shift(-1)", "to the left", show=False, id="lines.left"),
        Binding("right", "shift(1)", "to the right", show=False, id="lines.right"),
    ]

    @dataclass
    class Sifted(Message):
        """The filter looked through more of the lines."""

        lines: LogLines

    def __init__(self, from_top: bool = False) -> None:
        super().__init__()
        self.wrapped = False
        self._filter = LineFilter()
        self._turn, self._first = -1, 0
        self._lines: Sequence[Line] = ()
        self._cursor = self._top = self._left = 0
        self._from_top, self._at_end = from_top, True
        self._rows: list[tuple[int, str, str]] | None = None

    def take(self, turn: int, first: int, lines: Sequence[Line]) -> None:
        """Show these; `first` is the number of the first of them, in this turn."""
        if turn != self._turn:
            self._turn, self._at_end, self._left = turn, not self._from_top, 0
            self._filter = LineFilter(self._filter.sought)
            self._cursor = self._top = first if self._from_top else self._cursor
        elif lines is self._lines:
            return
        self._first, self._lines = first, lines
        if not self._filter.looked and (at := marked(lines)) is not None:
            self._cursor, self._at_end = first + at, False
        self._sift()

    def seek(self, words: str) -> None:
        """Show the lines with these words only."""
        self._filter = LineFilter(words)
        self._sift()

    def wrap(self, on: bool) -> None:
        """Long lines whole, or one row each."""
        self.wrapped, self._left = on, 0
        self._settle()

    def _sift(self) -> None:
        self._filter.sift(self._first, self._lines)
        if self.looking:
            self.set_timer(NEXT_TURN, self._sift)
        self.post_message(self.Sifted(self))
        if self._at_end and self._numbers:
            self._cursor = self._numbers[-1]
        self._settle()

    @property
    def looking(self) -> bool:
        """Whether the filter has lines before it that it did not look at."""
        return self._filter.looked < self._first + len(self._lines)

    @property
    def shown(self) -> int:
        """How many lines there are, with the filter."""
        return len(self._numbers)

    def found(self) -> str:
        """What the filter found by now, in words."""
        return self._filter.told(self.looking)

    @property
    def _numbers(self) -> Sequence[int]:
        return self._filter.numbers

    @property
    def current(self) -> Line | None:
        """The line under the cursor."""
        return self._lines[self._cursor - self._first] if self._numbers else None

    def every(self) -> Iterator[Line]:
        """The lines that are shown now, newest first, whatever comes before all are taken."""
        lines, first, numbers = self._lines, self._first, tuple(self._numbers)
        return (lines[n - first] for n in reversed(numbers))

    def _settle(self) -> None:
        """Cursor and top on lines that are there, and the cursor on the screen."""
        self._rows = None
        count, height = len(self._numbers), max(self.size.height, 1)
        if count:
            at = min(bisect_left(self._numbers, self._cursor), count - 1)
            top = min(bisect_left(self._numbers, self._top), count - 1)
            top = at if at < top else max(top, self._highest(at, height))
            top = min(top, self._highest(count - 1, height))
            self._cursor, self._top = self._numbers[at], self._numbers[top]
        self.refresh()

    def _highest(self, at: int, height: int) -> int:
        """The first line of a screen of which line `at` is the last."""
        rows = len(self._folded(self._numbers[at]))
        while at > 0 and rows < height:
            rows += len(self._folded(self._numbers[at - 1]))
            if rows > height:
                break
            at -= 1
        return at

    def _folded(self, number: int) -> list[str]:
        """The rows of one line: never more than the screen has."""
        if not self.wrapped:
            return [""]
        line = self._lines[number - self._first]
        text = shown_text(line, desk(self).look, self._left)
        return chop_cells(text, max(self._room(), 1))[: max(self.size.height, 1)] or [""]

    def _room(self) -> int:
        stamp = stamp_width(self._lines, desk(self).look)
        return self.size.width - stamp - (len(GAP) if stamp else 0)

    def _laid_out(self) -> list[tuple[int, str, str]]:
        """Each row of the screen: its line's number, the time before it, the text."""
        look, room = desk(self).look, self._room()
        width = stamp_width(self._lines, look)
        rows: list[tuple[int, str, str]] = []
        at = bisect_left(self._numbers, self._top)
        while len(rows) < self.size.height and at < len(self._numbers):
            n = self._numbers[at]
            line = self._lines[n - self._first]
            stamp = when(line.at, look, width) + GAP if width else ""
            if self.wrapped:
                first, *rest = self._folded(n)
                rows += [(n, stamp, first), *((n, " " * len(stamp), text) for text in rest)]
            else:
                text = shown_text(line, look, self._left, 2 * max(room, 1))  # the end is cut below
                rows.append((n, stamp, fit(text, max(room, 1), more=look.symbols.more)))
            at += 1
        return rows

    def render_line(self, y: int) -> Strip:
        """One row."""
        if self._rows is None:
            self._rows = self._laid_out() if self._numbers else []
        width = self.size.width
        if y >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        number, stamp, text = self._rows[y]
        line = self._lines[number - self._first]
        under = number == self._cursor
        base = self.get_component_rich_style("log--cursor") if under else self.rich_style
        tone = base
        if line.tone:
            tone = base + self.get_component_rich_style(f"log--{line.tone}", partial=True)
        dim = base + self.get_component_rich_style("log--time", partial=True)
        return Strip([Segment(stamp, dim), Segment(text, tone)]).adjust_cell_length(width, base)

    def on_resize(self, event: events.Resize) -> None:
        """Other rows may fit."""
        self._settle()

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        if self._numbers:
            at = bisect_left(self._numbers, self._cursor) + by
            self._go(max(min(at, len(self._numbers) - 1), 0))

    def _go(self, at: int) -> None:
        self._cursor, self._at_end = self._numbers[at], at == len(self._numbers) - 1
        self._settle()

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.action_move(by * max(self.size.height - 1, 1))

    def action_shift(self, by: int) -> None:
        """See what is further to the side."""
        self._left = max(self._left + by * STEP, 0)
        self._settle()

    def on_click(self, event: events.Click) -> None:
        """The cursor goes there."""
        if self._rows and event.y < len(self._rows):
            self._go(bisect_left(self._numbers, self._rows[event.y][0]))
