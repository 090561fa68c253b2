"""The journal: newest last, filtered by words; from a line to its checklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.model import Entry, Ref, Row, Severity
from widgets.columns import Column
from widgets.desk import desk, follow
from widgets.entry_words import entry_lines, entry_words
from widgets.filtered import Filtered
from widgets.header import Header
from widgets.keyline import KeyLine
from widgets.look import Cell, Look
from widgets.table import Table
from widgets.wishes import CopyWanted
from widgets.words import clean, clock

TONES = {
    "armed": Severity.WARNING,
    "remedy.failed": Severity.CRITICAL,
    "remedy.unknown": Severity.WARNING,
    "remedy.refused": Severity.WARNING,
}
NEWEST = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow(Row):
    """One line of the journal, as a table has it."""

    entry: Entry
    number: int
    said: str


def _when(row: EntryRow, look: Look) -> Cell:
    return Cell(clock(row.entry.at, look.zone, look.now.real))


def _plain(name: str) -> Any:
    return lambda row, look: Cell(clean(str(getattr(row.entry, name)), look.symbols, 60))


COLUMNS = (
    Column("when", _when, right=True, widest=13),
    Column("what", _plain("kind"), widest=20, least=14),
    Column("by", _plain("by"), widest=20, least=6, drop=2),
    Column("run", _plain("run"), widest=8, least=4, drop=3),
    Column("said", lambda row, look: Cell(row.said), widest=400, least=20),
)


def in_order(row: Row) -> tuple[object, ...]:
    """As it was written."""
    return (row.number,) if isinstance(row, EntryRow) else (0,)


class JournalScreen(Filtered):
    """Follows the journal while the cursor stands on its newest line."""

    has_past: ClassVar[bool] = True
    DEFAULT_CSS = """
    JournalScreen { layout: vertical; }
    JournalScreen #trouble { height: auto; color: $text-error; padding: 0 1; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,f3", "filter", "filter", id="journal.filter"),
        Binding("e", "explain", "whole entry", id="journal.entry"),
        Binding("y", "copy", "copy", show=False, id="journal.copy"),
        Binding("q", "app.pop_screen", "back", id="journal.back"),
        Binding("escape", "back", "back", show=False, id="journal.unfilter"),
    ]

    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self._rows: list[EntryRow] = []
        self._entries: tuple[Entry, ...] | None = None

    def compose(self) -> ComposeResult:
        """The lines, and the filter while it is typed."""
        yield Header()
        yield Static(id="trouble", markup=False)
        yield self.table
        yield self._filter
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow the journal."""
        self.table.sort(in_order)
        follow(self, "affairs", self._follow)
        self.call_after_refresh(self.table.action_move, NEWEST)

    def _follow(self) -> None:
        app = desk(self)
        trouble = self.query_one("#trouble", Static)
        trouble.display = bool(app.affairs.trouble)
        trouble.update(Content(clean(app.affairs.trouble, app.symbols)))
        if app.affairs.entries is not self._entries:
            self._take(app.affairs.entries)

    def _take(self, entries: tuple[Entry, ...]) -> None:
        """Rows are made of new entries only: the journal may be long."""
        app, before = desk(self), self._entries or ()
        known = len(before) if entries[: len(before)] == before else 0
        del self._rows[known:]
        for number, entry in enumerate(entries[known:], known):
            said = entry_words(entry, app.affairs, app.look)
            ref, severity = Ref("entry", "", str(number)), TONES.get(entry.kind, Severity.OK)
            row = EntryRow(
                ref=ref, at=entry.at, severity=severity, entry=entry, number=number, said=said
            )
            self._rows.append(row)
        self._entries = entries
        self.sift()

    def sift(self) -> None:
        """Its lines; the cursor stays at the end where it was there."""
        table = self.table
        at_end = table.cursor >= len(table.rows) - 1
        sought = self._sought
        table.load([row for row in self._rows if not sought or self.is_sought(_haystack(row))])
        if at_end:
            table.action_move(NEWEST)

    async def on_table_opened(self, event: Table.Opened) -> None:
        """The checklist the entry belongs to; else the whole entry."""
        event.stop()
        row = event.row
        if not isinstance(row, EntryRow):
            return
        if desk(self).affairs.run(row.entry.run) is not None:
            from widgets.checklist import Checklist

            await self.app.push_screen(Checklist(run=row.entry.run))
        else:
            await self.app.push_screen(EntryPage(row.entry))

    async def action_explain(self) -> None:
        """Everything the entry has."""
        if isinstance(row := self.table.current, EntryRow):
            await self.app.push_screen(EntryPage(row.entry))

    def action_copy(self) -> None:
        """Take the entry along."""
        if isinstance(row := self.table.current, EntryRow):
            self.post_message(CopyWanted("\n".join(entry_lines(row.entry, desk(self).look))))


def _haystack(row: EntryRow) -> str:
    return f"{row.entry.kind} {row.entry.by} {row.entry.run} {row.said}".casefold()


class EntryPage(Screen[None]):
    """One entry, whole."""

    DEFAULT_CSS = "EntryPage VerticalScroll { padding: 1 2; scrollbar-size: 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape", "app.pop_screen", "back", id="entry.back"),
    ]

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry

    def compose(self) -> ComposeResult:
        """A line a value."""
        yield Header()
        with VerticalScroll():
            yield Static(Content("\n".join(entry_lines(self.entry, desk(self).look))))
        yield KeyLine()
