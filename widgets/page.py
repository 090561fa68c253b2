"""Screens about one row, which follow it while it lives: its detail, and the explanation."""

from __future__ import annotations

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.model import Row, Snapshot, facts
from console.model.wishes import CopyLink
from widgets.desk import desk, follow
from widgets.header import Header, StatusLine
from widgets.keyline import KeyLine
from widgets.look import Look
from widgets.parts import PartTable, left_out, table_csv, why_empty
from widgets.telling import detail, explanation, find, is_table
from widgets.wishes import CopyWanted, Wanted

NO_NAME = re.compile(r"[^\w.]+")


class RowPage(Screen[None]):
    """Everything about one row in words; says so when the row is gone."""

    has_past: ClassVar[bool] = True
    DEFAULT_CSS = """
    RowPage { layout: vertical; }
    RowPage #words { height: 1fr; padding: 1 2; scrollbar-size: 0 0; }
    RowPage #words.-short { height: auto; max-height: 60%; }
    RowPage #gone { color: $text-warning; display: none; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape", "app.pop_screen", "back", id="page.back"),
        Binding("y", "copy", "copy", id="page.copy"),
        Binding("l", "closer", "logs", id="page.closer"),
        Binding("o", "link", "copy link", id="page.link"),
    ]

    def __init__(self, row: Row) -> None:
        super().__init__()
        self.row = row
        self.part: Snapshot | None = None
        self._shown = Content()
        self._text = Static(markup=False)
        self._gone = Static("no longer seen; these are its last values", id="gone")

    def compose(self) -> ComposeResult:
        """The words scroll, whatever their length."""
        yield Header()
        yield self._gone
        with VerticalScroll(id="words"):
            yield self._text
        yield from self.further()
        yield StatusLine()
        yield KeyLine()

    def further(self) -> ComposeResult:
        """What follows the words."""
        yield from ()

    def on_mount(self) -> None:
        """Follow the row."""
        follow(self, "board now symbols", self.follow)

    def follow(self) -> None:
        """Take the row as it is now; repaint only when its words changed."""
        found = find(desk(self).board, self.row.ref, type(self.row))
        self._gone.display = found is None
        if found is not None:
            self.part, self.row = found
        if self.part is None:
            return
        content = self.words(self.part, desk(self).look)
        if content != self._shown:
            self._shown = content
            self._text.update(content)

    def words(self, part: Snapshot, look: Look) -> Content:
        """What this page says of the row."""
        raise NotImplementedError

    def action_link(self) -> None:
        """The vendor's own page of the row."""
        self.post_message(Wanted(CopyLink((self.row.ref,))))

    def action_closer(self) -> None:
        """What a person would open next about the row."""
        from widgets.closer import look_closer

        look_closer(self, self.row)

    def action_copy(self) -> None:
        """Take these words along."""
        self.post_message(CopyWanted(self._shown.plain))


class Detail(RowPage):
    """All facts, their ages, sparklines, and the partitions of a topic."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "explain", "explain", id="page.explain"),
        Binding("s", "save", "save as CSV", id="page.save"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is something to save where there is a table."""
        return action != "save" or bool(self.query(PartTable))

    def action_save(self) -> None:
        """Take the tables along as a file for a spreadsheet."""
        for table in self.query(PartTable):
            if why := why_empty(self.row, table.fact):
                self.app.notify(f"not saved: {why}", severity="warning", timeout=10, markup=False)
                continue  # a file saved before is worth more than an empty one
            name = NO_NAME.sub("-", f"{self.row.ref.name}-{table.fact}".lower())
            self.post_message(CopyWanted(table_csv(self.row, table.fact), f"{name}.csv"))

    def words(self, part: Snapshot, look: Look) -> Content:
        """Every fact."""
        short = "".join(left_out(self.row, table.fact) for table in self.query(PartTable))
        return Content(short) + detail(part, self.row, look, desk(self).affairs)

    def further(self) -> ComposeResult:
        """A table for each fact that is a list of things."""
        for name, value in facts(self.row):
            if is_table(value):
                yield PartTable(self.row, name)

    def on_mount(self) -> None:
        """Share the height with the tables."""
        super().on_mount()
        self.query_one("#words").set_class(bool(self.query(PartTable)), "-short")

    def follow(self) -> None:
        """The tables follow too."""
        super().follow()
        for table in self.query(PartTable):
            table.take(self.row)

    def action_explain(self) -> None:
        """Say why instead."""
        self.app.switch_screen(Explain(self.row))


class Explain(RowPage):
    """Why is this red: the sentence, the values it was judged from, and how old they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "detail", "detail", id="page.detail"),
    ]

    def words(self, part: Snapshot, look: Look) -> Content:
        """The judgement."""
        return explanation(part, self.row, look)

    def action_detail(self) -> None:
        """Show every fact instead."""
        self.app.switch_screen(Detail(self.row))
