"""The handover on the screen: how far it is, its items, and the evidence beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.model.handover import Item
from console.model.shift import LookOver, ShowAsItWas, Walk
from console.model.wishes import Wish
from widgets.blocks import Block, Blocks, Unfolding
from widgets.desk import desk, follow
from widgets.handover_evidence import as_it_was
from widgets.handover_words import blocks, heading
from widgets.header import Header
from widgets.keyline import KeyLine
from widgets.symbols import STYLES
from widgets.wishes import Wanted
from widgets.words import clean

LOOK_S = 3.0  # seconds between two looks whether the document still holds
WIDE = 140  # cells from which the evidence stands beside the items


class Items(Unfolding):
    """The sections with their items; the cursor stops at items only."""

    DEFAULT_CSS = "Items { width: 1fr; height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "as it was", id="handover.evidence"),
    ]

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._walk: Walk | None = None
        self._basis: tuple[object, ...] = ()

    def blocks(self, width: int) -> Sequence[Block]:
        """The handover as it stands; no time goes by in it: it is put in words when it changed."""
        app, walk = desk(self), desk(self).affairs.walk
        day = app.now.estate.astimezone(app.look.zone).date()
        basis = (app.symbols, day, width, self.key)
        if walk is not self._walk or basis != self._basis:
            self._walk, self._basis = walk, basis
            return blocks(walk, app.look, width, self.key)
        return self.shown

    def redo(self) -> None:
        """Show it; what had no item under the cursor goes to the first there is."""
        super().redo()
        if self.shown and not self.key:
            self.action_move(1)

    def action_move(self, by: int) -> None:
        """Move by so many items; what stands above the first one is shown with it."""
        at = [number for number, block in enumerate(self.shown) if block.key]
        if not at:
            return
        here = next((n for n, number in enumerate(at) if number >= self._cursor), len(at) - 1)
        past = at[here] != self._cursor and by > 0  # on a heading: the item after it is next
        there = max(min(here + by - past, len(at) - 1), 0)
        self._go(at[there])
        if there == 0:
            self.scroll_to(y=0, animate=False, immediate=True)


class Walkthrough(Screen[None]):
    """Follows the handover, and has the evidence of the item under the cursor looked up."""

    DEFAULT_CSS = """
    Walkthrough { layout: vertical; }
    Walkthrough #head { height: auto; padding: 0 1; }
    Walkthrough #beside { width: 72; height: 1fr; border-left: solid $surface-lighten-3; }
    Walkthrough #beside { padding: 0 1; scrollbar-size: 0 0; }
    Walkthrough.-narrow #beside { display: none; }
    """
    AUTO_FOCUS = "#items"

    def __init__(self) -> None:
        super().__init__()
        self._head, self.items = Static(id="head", markup=False), Items(id="items")
        self._beside = Static(id="then", markup=False)
        self.sought = ""
        self._told, self._then = Content(), Content()

    def compose(self) -> ComposeResult:
        """Who and how far, the items, and beside them the evidence of the one under the cursor."""
        yield Header()
        yield self._head
        with Horizontal():
            yield self.items
            with VerticalScroll(id="beside", can_focus=False):
                yield self._beside
        yield KeyLine()

    def on_mount(self) -> None:
        """Have it made, and follow it."""
        self.wish(LookOver())
        self.set_interval(LOOK_S, self._look)  # a wish that fails is said, and ends nothing else
        follow(self, "affairs now symbols", self._follow)

    def on_resize(self, event: events.Resize) -> None:
        """Beside the items, where there is room."""
        self.set_class(not self._wide, "-narrow")

    @property
    def _wide(self) -> bool:
        return self.app.size.width >= WIDE

    @property
    def walk(self) -> Walk:
        """The handover as it stands."""
        return desk(self).affairs.walk

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        document = self.walk.document
        return document.item(self.items.key) if document is not None else None

    def wish(self, wish: Wish) -> None:
        """Want this of the program."""
        self.post_message(Wanted(wish))

    def _look(self) -> None:
        if self.is_current:
            self.wish(LookOver())

    def _follow(self) -> None:
        app = desk(self)
        look, trouble = app.look, app.affairs.trouble
        lines = [*heading(self.walk, look), (self.walk.said, "")]
        if not any(trouble in text for text, _ in lines):  # the document says it, too
            lines.insert(-1, (trouble, "warning"))
        head = Content("\n").join(
            Content.styled(clean(text, look.symbols, 400), STYLES.get(tone, "bold" * bool(tone)))
            for text, tone in lines
            if text
        )
        if head != self._told:
            self._told = head
            self._head.update(head)
        self.items.redo()
        self._show()

    def on_blocks_moved(self, event: Blocks.Moved) -> None:
        """Another item has other evidence."""
        self._show()

    def _show(self) -> None:
        item = self.item
        if item is not None and self._wide and item.id != self.sought:
            self.sought = item.id
            self.wish(ShowAsItWas(item.id))
            self.query_one("#beside").scroll_home(animate=False)
        app = desk(self)
        then = as_it_was(item, self.walk.evidence, app.affairs, app.look)
        if then != self._then:
            self._then = then
            self._beside.update(then)

    def action_read(self, by: int) -> None:
        """Read on in the evidence."""
        self.query_one("#beside").scroll_relative(y=by * 10, animate=False, immediate=True)
