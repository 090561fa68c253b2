"""A short list of things of several lines each: findings, steps. The cursor keeps its thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

Line = tuple[tuple[str, str], ...]
"""Pieces of text, each with its tone."""


@dataclass(frozen=True, slots=True)
class Block:
    """One thing: its name for the cursor, and its lines."""

    key: str
    lines: tuple[Line, ...]


class Blocks(ScrollView, can_focus=True):
    """Subclasses say which blocks there are; keys move from block to block."""

    DEFAULT_CSS = """
    Blocks { scrollbar-size: 0 0; overflow: hidden hidden; }
    Blocks > .blocks--cursor { background: $surface-lighten-2; }
    Blocks:focus > .blocks--cursor { background: $primary 45%; }
    Blocks > .blocks--dim, Blocks > .blocks--unknown { color: $text-muted; }
    Blocks > .blocks--ok { color: $text-success; }
    Blocks > .blocks--warning { color: $text-warning; }
    Blocks > .blocks--critical { color: $text-error; text-style: bold; }
    Blocks > .blocks--strong { text-style: bold; }
    """
    TONED: ClassVar = ("dim", "ok", "unknown", "warning", "critical", "strong")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"blocks--{name}" for name in ("cursor", *TONED)}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "down", show=False, id="list.down"),
        Binding("home,g", "move(-10000)", "first", show=False, id="list.home"),
        Binding("end,G", "move(10000)", "last", show=False, id="list.end"),
        Binding("enter", "open", "open", show=False, id="list.open"),
    ]

    @dataclass
    class Moved(Message):
        """Another thing is under the cursor."""

        blocks: Blocks

    @dataclass
    class Opened(Message):
        """A person wants to see everything about this thing."""

        blocks: Blocks
        key: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shown: tuple[Block, ...] = ()
        self._lines: list[tuple[int, Line]] = []
        self._cursor = 0

    def blocks(self, width: int) -> Sequence[Block]:
        """What there is now, in lines of at most `width` cells."""
        raise NotImplementedError

    def redo(self) -> None:
        """Show what there is now; nothing is painted that did not change."""
        blocks = tuple(self.blocks(max(self.size.width, 1)))
        if blocks == self.shown and self._lines:
            return
        key = self.key
        self.shown = blocks
        self._lines = [(at, line) for at, block in enumerate(blocks) for line in block.lines]
        found = next((at for at, block in enumerate(blocks) if block.key == key), self._cursor)
        self._cursor = max(min(found, len(blocks) - 1), 0)
        self.virtual_size = Size(self.size.width, len(self._lines))
        self._reveal()
        self.refresh()

    @property
    def key(self) -> str:
        """The thing under the cursor; empty when there is none."""
        return self.shown[self._cursor].key if self.shown else ""

    def go(self, key: str) -> None:
        """Put the cursor on this thing."""
        found = next((at for at, block in enumerate(self.shown) if block.key == key), None)
        if found is not None:
            self._go(found)

    def _go(self, at: int) -> None:
        self._cursor = max(min(at, len(self.shown) - 1), 0)
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self))

    def _reveal(self) -> None:
        mine = [y for y, (at, _) in enumerate(self._lines) if at == self._cursor]
        top, room = self.scroll_offset.y, max(self.size.height, 1)
        if mine and (mine[0] < top or mine[-1] >= top + room):
            target = mine[0] if mine[0] < top else min(mine[0], mine[-1] - room + 1)
            self.scroll_to(y=target, animate=False, immediate=True)

    @property
    def allow_vertical_scroll(self) -> bool:
        """It scrolls without a scroll bar."""
        return True

    def on_resize(self, event: events.Resize) -> None:
        """Other words may fit."""
        self._lines = []
        self.redo()

    def render_line(self, y: int) -> Strip:
        """One line of a block; the whole block under the cursor stands out."""
        width, index = self.size.width, y + self.scroll_offset.y
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        at, line = self._lines[index]
        under = at == self._cursor and bool(self.shown[at].key)
        base = self.get_component_rich_style("blocks--cursor") if under else self.rich_style
        segments = [Segment(text, self._style(base, tone)) for text, tone in line]
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, base: Style, tone: str) -> Style:
        if not tone:
            return base
        return base + self.get_component_rich_style(f"blocks--{tone}", partial=True)

    def action_move(self, by: int) -> None:
        """Move the cursor by so many things."""
        self._go(self._cursor + by)

    def action_open(self) -> None:
        """Ask for everything about the thing under the cursor."""
        if self.key:
            self.post_message(self.Opened(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """One click puts the cursor there, two open it."""
        index = event.y + self.scroll_offset.y
        if index < len(self._lines):
            self._go(self._lines[index][0])
            if event.chain == 2:
                self.action_open()


class Unfolding(Blocks):
    """Blocks of which the one under the cursor says more than the others."""

    def _go(self, at: int) -> None:
        super()._go(at)
        self.redo()
