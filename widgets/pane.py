"""A pane: the rows of its sources, how old they are, and what is wrong with asking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from console.model import (
    Board,
    Freshness,
    Ref,
    Row,
    Severity,
    Snapshot,
)
from widgets.columns import automatic
from widgets.desk import desk
from widgets.freshness import freshness_words, trouble_lines
from widgets.kinds import Kind
from widgets.look import Look
from widgets.orders import Order
from widgets.sieve import Search, Sieve
from widgets.table import Table
from widgets.words import cell_len, fit, number

TROUBLES = 3  # lines about failed parts; more are counted


class Pane(Vertical):
    """Any source as a table. It watches the board once and repaints only what differs."""

    DEFAULT_CSS = """
    Pane { border: round $surface-lighten-3; height: 1fr; padding: 0; }
    Pane:focus-within { border: round $primary; }
    Pane > .pane--trouble { height: auto; color: $text-error; display: none; }
    Pane > .pane--empty { height: auto; color: $text-muted; padding: 0 2; display: none; }
    """

    sieve: var[Sieve] = var(Sieve, init=False)

    def __init__(self, kind: Kind) -> None:
        super().__init__(id=f"pane-{kind.id}")
        self.kind = kind
        self.table = Table(kind.columns)
        self._trouble = Static(classes="pane--trouble", markup=False)
        self._empty = Static(classes="pane--empty", markup=False)
        self._parts: tuple[Snapshot, ...] = ()
        self._rows: list[Row] = []
        self._critical = False
        self._search = Search()
        self._noted = ""
        self._old: frozenset[str] = frozenset()
        self._told: tuple[str, ...] = ()
        self._title = ""
        self.sorted_by = ""

    def compose(self) -> ComposeResult:
        """The trouble first: nobody reads values that are old without knowing it."""
        yield self._trouble
        yield self._empty
        yield self.table

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        self.table.sort(self.kind.order)
        for name in ("board", "duty", "now"):
            self.watch(self.app, name, self._changed, init=False)
        self.watch(self.app, "symbols", self._redraw, init=False)
        self._show(desk(self).board, force=True)

    def watch_sieve(self) -> None:
        """Other rows are wanted."""
        self._redraw()

    def on_resize(self, event: events.Resize) -> None:
        """The title reaches from edge to edge."""
        self._changed()

    def _redraw(self) -> None:
        self._show(desk(self).board, force=True)

    def _changed(self) -> None:
        self._show(desk(self).board)

    def _show(self, board: Board, force: bool = False) -> None:
        look = desk(self).look
        parts = self.kind.parts(board)
        everything = (*parts, *self._heads(board))
        now = look.now.real
        old = frozenset(p.part for p in parts if not p.freshness(now).trusted)
        changed = len(parts) != len(self._parts) or any(
            one is not other for one, other in zip(parts, self._parts, strict=True)
        )
        if changed:
            self._parts, self._rows = parts, self.kind.rows(parts)
            severities = map(attrgetter("severity"), self._rows)
            self._critical = Severity.CRITICAL in severities
        if changed or force or old != self._old:
            self._old = old
            self._fill(parts, look)
        self._tell(everything, look)
        self._caption(look)

    def _heads(self, board: Board) -> tuple[Snapshot, ...]:
        return tuple(part for source in self.kind.heads for part in board.parts(source))

    def _fill(self, parts: tuple[Snapshot, ...], look: Look) -> None:
        rows = self._rows
        kept = self._search.keep(rows, self.sieve)
        if rows and not self.kind.columns and not self.table.columns:
            self.table.set_columns(automatic(type(rows[0]), rows[:50]))
        self.table.load(kept, frozenset(self._old_refs(parts, look.now.real)))
        note = "" if kept else self._empty_note(rows, parts)
        if note != self._noted:
            self._noted = note
            self._empty.display = bool(note)
            self._empty.update(note)

    @staticmethod
    def _old_refs(parts: tuple[Snapshot, ...], now: datetime) -> Iterator[Ref]:
        for part in parts:
            if not part.freshness(now).trusted:
                yield from (row.ref for row in part.rows)

    def _empty_note(self, rows: list[Row], parts: tuple[Snapshot, ...]) -> str:
        if rows:
            worst = max(row.severity for row in rows)
            hidden = f"{len(rows)} rows hidden: {self.sieve.words()}"
            return hidden if worst > Severity.OK else f"{hidden}; all of them OK"
        if any(part.taken_at is not None for part in parts):
            return "asked and answered: there is nothing of this kind"
        return "no data yet"

    def _tell(self, parts: tuple[Snapshot, ...], look: Look) -> None:
        each = [(part, part.freshness(look.now.real)) for part in parts]
        hurt = [p for p, fresh in each if not (fresh.trusted or fresh is Freshness.NO_DATA)]
        room = self.size.width - 2
        lines = [
            line
            for part in hurt[:TROUBLES]
            for line in trouble_lines(part, len(parts) > 1, look, room)
        ]
        if len(hurt) > TROUBLES:
            lines.append(f"and {len(hurt) - TROUBLES} more parts without a fresh answer")
        if tuple(lines) == self._told:
            return
        self._told = tuple(lines)
        self._trouble.display = bool(lines)
        self._trouble.update(Content("\n".join(lines)))

    def _caption(self, look: Look) -> None:
        """The border's line: what, how much, and at its right end how old."""
        board, symbols = desk(self).board, look.symbols
        about = self.kind.about(board, look) if self.kind.about else ""
        told = [self.kind.title, self._news(), about, self._cost(look), self.sieve.words()]
        told += [self.sorted_by, self._place()]
        left = f" {symbols.dot} ".join(part for part in told if part)
        everything = (*self._parts, *self._heads(board))
        _, fresh = freshness_words(everything, look)
        room = self.size.width - 4 - cell_len(fresh) - 2
        left = fit(left, room, more=symbols.more) if cell_len(left) > room else left
        fill = symbols.line * max(room - cell_len(left), 0)
        title = f"{left} {fill} {fresh}"
        if title != self._title:
            self._title = title
            self.border_title = Content(title)

    def _cost(self, look: Look) -> str:
        duty = desk(self).duty
        if not self.kind.costs or duty.calls_per_min is None or desk(self).past is not None:
            return ""
        money = "" if duty.usd_per_month is None else f", ${number(duty.usd_per_month)}/month"
        return f"AWS {number(duty.calls_per_min)} calls/min{money}"

    def _news(self) -> str:
        """What turned critical out of sight, while rows keep their places under a busy hand."""
        above, below = self.table.unseen if self._critical else (0, 0)
        where = [f"{count} {word}" for count, word in ((above, "above"), (below, "below")) if count]
        return f"new critical: {' '.join(where)}, s sorts" if where else ""

    def release(self) -> bool:
        """Sort what was held, if something turned critical out of sight meanwhile."""
        hidden = self.table.unseen != (0, 0)
        if hidden:
            self.table.sort()
            self._caption(desk(self).look)
        return hidden

    def _place(self) -> str:
        window, count = self.table.window, len(self.table.rows)
        if not count or len(window) >= count:
            return ""
        return f"{window.start + 1}-{window.stop} of {number(count)}"

    def sort(self, name: str, order: Order) -> None:
        """Put the rows in another order; the title says which, if it is not the usual one."""
        self.sorted_by = name
        self.table.sort(order)
        self._caption(desk(self).look)

    def on_table_moved(self, event: Table.Moved) -> None:
        """The title says which rows are on the screen."""
        self._caption(desk(self).look)
