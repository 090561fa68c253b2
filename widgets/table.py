"""The virtual table: ten thousand rows, of which only those on the screen are ever drawn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.model import Ref, Row
from widgets.columns import Column, Placed, place
from widgets.desk import desk
from widgets.drawing import MARK, OLD, Brush, heading, line
from widgets.orders import Order, Standing
from widgets.words import cell_len

HELD = 30.0  # seconds after a key in which no row changes its place
SAMPLE = 100  # rows that decide the widths of columns, next to those on the screen
HEAD = 1  # lines of the heading


class Table(ScrollView, can_focus=True):
    """Rows by key. New values never move the cursor, the scroll, or the row under a busy hand."""

    DEFAULT_CSS = """
    Table { height: 1fr; scrollbar-size: 0 0; overflow: hidden hidden; }
    Table > .table--head { color: $text-muted; text-style: bold; }
    Table > .table--cursor { background: $surface-lighten-2; }
    Table:focus > .table--cursor { background: $primary 45%; text-style: bold; }
    Table > .table--dim { color: $text-disabled; }
    Table > .table--ok { color: $text-success; }
    Table > .table--unknown { color: $text-muted; }
    Table > .table--warning { color: $text-warning; }
    Table > .table--critical { color: $text-error; text-style: bold; }
    """
    TONED: ClassVar = ("dim", "ok", "unknown", "warning", "critical")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"table--{name}" for name in ("head", "cursor", *TONED)
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="table.up"),
        Binding("down,j", "move(1)", "down", show=False, id="table.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="table.page_up"),
        Binding("pagedown,space", "page(1)", "page down", show=False, id="table.page_down"),
        Binding("home,g", "move(-1000000000)", "first row", show=False, id="table.home"),
        Binding("end,G", "move(1000000000)", "last row", show=False, id="table.end"),
        Binding("enter", "open", "detail", id="row.open"),
    ]

    # The number of rows moves nothing on the screen, since there is no scroll bar to make room
    # for: without this each letter of a filter lays out the whole screen anew.
    virtual_size = Reactive(Size(0, 0))

    @dataclass
    class Opened(Message):
        """A person wants to see everything about one row."""

        row: Row

    @dataclass
    class Moved(Message):
        """Another row is under the cursor, or the part of the rows on the screen changed."""

        table: Table

    def __init__(self, columns: Sequence[Column] = (), id: str | None = None) -> None:
        self._brush: Brush | None = None
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.old: frozenset[Ref] = frozenset()
        self._standing = Standing()
        self.cursor = 0
        self._wanted: list[int] = []
        self._sampled = False
        self._placed: tuple[Placed, ...] = ()
        self._touched = -HELD

    def load(self, rows: Sequence[Row], old: frozenset[Ref] = frozenset()) -> None:
        """Take these rows; those whose Ref is in `old` are drawn as old values."""
        under, count = self.current, len(self.rows)
        self.old = old
        self._standing.take(rows, under is not None and self._held())
        self._follow(under.ref if under is not None else None)
        if len(self.rows) != count:
            self._resize()
        self._measure()
        self.refresh()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns."""
        self.columns, self._wanted = tuple(columns), []
        self._measure()
        self.refresh()

    def sort(self, by: Order | None = None) -> None:
        """Put the rows in another order, now; without one, those that were held in theirs."""
        self._standing.by, self._touched = by or self._standing.by, -HELD
        self.load(self.rows, self.old)

    @property
    def rows(self) -> list[Row]:
        """The rows in the order in which they stand."""
        return self._standing.rows

    @property
    def unseen(self) -> tuple[int, int]:
        """Rows that turned critical while the order was held, above and below what is seen."""
        return self._standing.unseen(self.window) if self._held() else (0, 0)

    def _held(self) -> bool:
        return time.monotonic() - self._touched < HELD

    def _follow(self, ref: Ref | None) -> None:
        """Keep the cursor on its row, and that row on its line of the screen."""
        before = self.cursor
        if ref is not None and self._touched > -HELD:
            found = self._standing.find(ref, before)
            self.cursor = before if found is None else found
        self.cursor = max(min(self.cursor, len(self.rows) - 1), 0)
        if self.cursor != before and self.scroll_offset.y:
            self._resize()
            self.scroll_to(
                y=self.scroll_offset.y + self.cursor - before, animate=False, immediate=True
            )

    def _resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows) + HEAD)

    @property
    def allow_vertical_scroll(self) -> bool:
        """It scrolls without a scroll bar: the pane's title says where one is."""
        return True

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    @property
    def window(self) -> range:
        """The indices of the rows on the screen."""
        top = self.scroll_offset.y
        return range(top, min(top + max(self.size.height - HEAD, 0), len(self.rows)))

    def _measure(self) -> None:
        """Columns grow with what is seen and never shrink by themselves: nothing jitters."""
        look = desk(self).look
        seen = [self.rows[index] for index in self.window]
        if len(self._wanted) != len(self.columns):
            self._wanted = [cell_len(column.title) for column in self.columns]
            self._sampled = False
        if self.rows and not self._sampled:
            seen, self._sampled = self.rows[:SAMPLE], True
        for row in seen:
            for at, column in enumerate(self.columns):
                width = min(cell_len(column.show(row, look).text), column.widest)
                self._wanted[at] = max(self._wanted[at], width)
        room = self.size.width - MARK - (len(OLD) if self.old else 0)
        self._placed = place(self.columns, self._wanted, room)

    def on_resize(self, event: events.Resize) -> None:
        """Other columns may fit now."""
        self._resize()
        self._measure()
        self._reveal()

    def notify_style_update(self) -> None:
        """Other styles: looking all of them up takes as long as some lines, so only then."""
        self._brush = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the heading, a row, or nothing."""
        width = self.size.width
        if y < HEAD:
            return heading(self._placed, width, self.get_component_rich_style("table--head"))
        index = y - HEAD + self.scroll_offset.y
        if index >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        row, self._brush = self.rows[index], self._brush or brush_of(self)
        under, old = index == self.cursor, row.ref in self.old
        return line(row, self._placed, width, desk(self).look, self._brush, under, old)

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self._go(self.cursor + by * max(self.size.height - HEAD - 1, 1))

    def action_open(self) -> None:
        """Ask for everything about the row under the cursor."""
        if row := self.current:
            self.post_message(self.Opened(row))

    def _go(self, index: int) -> None:
        before, self._touched = self.cursor, time.monotonic()
        self.cursor = max(min(index, len(self.rows) - 1), 0)
        for index in (before, self.cursor):
            self.refresh(Region(0, index + HEAD - self.scroll_offset.y, self.size.width, 1))
        self._reveal()
        self.post_message(self.Moved(self))

    def _reveal(self) -> None:
        top, room = self.scroll_offset.y, max(self.size.height - HEAD, 1)
        if not top <= self.cursor < top + room:
            target = self.cursor if self.cursor < top else self.cursor - room + 1
            self.scroll_to(y=target, animate=False, immediate=True)
            self._measure()

    def on_click(self, event: events.Click) -> None:
        """One click puts the cursor there, two open the row."""
        index = event.y - HEAD + self.scroll_offset.y
        if event.y >= HEAD and index < len(self.rows):
            self._go(index)
            if event.chain == 2:
                self.action_open()


def brush_of(table: Table) -> Brush:
    """Its styles as the theme has them now."""
    tones = {
        tone: table.get_component_rich_style(f"table--{tone}", partial=True) for tone in table.TONED
    }
    return Brush(table.rich_style, table.get_component_rich_style("table--cursor"), tones)
