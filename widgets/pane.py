"""A pane: the rows of its sources, how old they are, and what is wrong with asking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from console.model import (
    FRESHNESS_ORDER,
    Board,
    Freshness,
    Ref,
    Row,
    Severity,
    Snapshot,
)
from widgets.columns import automatic
from widgets.desk import desk
from widgets.kinds import Kind
from widgets.look import Look
from widgets.sieve import Sieve
from widgets.table import Table
from widgets.words import age, cell_len, clean, clock, fit, number

TRUSTED = (Freshness.FRESH, Freshness.LATE)
TROUBLES = 3  # lines about failed parts; more are counted
WORDY = {
    Freshness.LATE: "late ",
    Freshness.STALE: "STALE ",
    Freshness.FAILED: "FAILED ",
    Freshness.AUTH_EXPIRED: "AUTH EXPIRED ",
}


def freshness_words(parts: tuple[Snapshot, ...], look: Look) -> tuple[Freshness, str]:
    """The worst freshness of some parts, and it in words: `● 12 s`, `◌ STALE 3 m 10 s`."""
    now = look.now.real
    each = [part.freshness(now) for part in parts]
    worst = max(each, key=FRESHNESS_ORDER.index, default=Freshness.NO_DATA)
    ages = [past for part in parts if (past := part.age(now)) is not None]
    sign = look.symbols.freshness(worst)
    if not ages:
        return worst, f"{sign} {WORDY.get(worst, '')}no data yet"
    return worst, f"{sign} {WORDY.get(worst, '')}{age(max(ages))}"


def trouble_lines(part: Snapshot, named: bool, look: Look, width: int) -> list[str]:
    """Why a part is old, since when, and the command that cures it: on one line if it fits."""
    trouble, symbols = part.trouble, look.symbols
    name = [clean(part.part, symbols)] if named else []
    if trouble is None:
        seen = "" if part.taken_at is None else clock(part.taken_at, look.zone, look.now.real)
        told = [*name, f"STALE: last answer {seen}, asked every {part.interval:g} s"]
    else:
        head = "AUTH EXPIRED" if trouble.auth_expired else "FAILED"
        since = clock(trouble.since, look.zone, look.now.real)
        cure, message = clean(trouble.cure, symbols), clean(trouble.message, symbols)
        told = [f"{head} since {since}", *name]
        told += [] if trouble.auth_expired and cure else [message]
        told += [f"run: {cure}" if trouble.auth_expired else cure] if cure else []
    line = f" {symbols.dot} ".join(told)
    if len(told) < 2 or cell_len(line) <= width:
        return [line]
    return [f" {symbols.dot} ".join(told[:-1]), told[-1]]


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
        self._parts: tuple[Snapshot, ...] = ()
        self._old: frozenset[str] = frozenset()
        self._told: tuple[str, ...] = ()
        self._title = ""

    def compose(self) -> ComposeResult:
        """The trouble first: nobody reads values that are old without knowing it."""
        yield Static(classes="pane--trouble", markup=False)
        yield Static(classes="pane--empty", markup=False)
        yield Table(self.kind.columns)

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        self.table.by = self.kind.order
        for name in ("board", "duty", "now", "symbols"):
            self.watch(self.app, name, self._changed, init=False)
        self._show(desk(self).board, force=True)

    @property
    def table(self) -> Table:
        """Its rows."""
        return self.query_one(Table)

    def watch_sieve(self) -> None:
        """Other rows are wanted."""
        self._show(desk(self).board, force=True)

    def on_resize(self, event: events.Resize) -> None:
        """The title reaches from edge to edge."""
        self._changed()

    def _changed(self) -> None:
        self._show(desk(self).board)

    def _show(self, board: Board, force: bool = False) -> None:
        look = desk(self).look
        parts = self._own(board, self.kind.sources)
        everything = (*parts, *self._own(board, self.kind.heads))
        now = look.now.real
        old = frozenset(p.part for p in parts if p.freshness(now) not in TRUSTED)
        changed = len(parts) != len(self._parts) or any(
            one is not other for one, other in zip(parts, self._parts, strict=True)
        )
        self._parts = parts
        if changed or force or old != self._old:
            self._old = old
            self._fill(parts, look)
        self._tell(everything, look)
        self._caption(look)

    @staticmethod
    def _own(board: Board, sources: tuple[str, ...]) -> tuple[Snapshot, ...]:
        return tuple(part for source in sources for part in board.parts(source))

    def _fill(self, parts: tuple[Snapshot, ...], look: Look) -> None:
        rows = [row for part in parts for row in part.rows]
        kept = [row for row in rows if self.sieve.keeps(row)]
        if rows and not self.kind.columns and not self.table.columns:
            self.table.set_columns(automatic(type(rows[0]), rows[:50]))
        self.table.load(kept, frozenset(self._old_refs(parts, look.now.real)))
        empty = self.query_one(".pane--empty", Static)
        note = self._empty_note(rows, parts)
        empty.display = not kept
        empty.update(note)

    @staticmethod
    def _old_refs(parts: tuple[Snapshot, ...], now: datetime) -> Iterator[Ref]:
        for part in parts:
            if part.freshness(now) not in TRUSTED:
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
        hurt = [p for p in parts if p.freshness(look.now.real) not in (*TRUSTED, Freshness.NO_DATA)]
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
        trouble = self.query_one(".pane--trouble", Static)
        trouble.display = bool(lines)
        trouble.update(Content("\n".join(lines)))

    def _caption(self, look: Look) -> None:
        """The border's line: what, how much, and at its right end how old."""
        board, symbols = desk(self).board, look.symbols
        about = self.kind.about(board, look) if self.kind.about else ""
        told = [self.kind.title, about, self._cost(look), self.sieve.words(), self._place()]
        left = f" {symbols.dot} ".join(part for part in told if part)
        everything = (*self._parts, *self._own(board, self.kind.heads))
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
        if not self.kind.costs or duty.calls_per_min is None:
            return ""
        money = "" if duty.usd_per_month is None else f", ${number(duty.usd_per_month)}/month"
        return f"AWS {number(duty.calls_per_min)} calls/min{money}"

    def _place(self) -> str:
        window, count = self.table.window, len(self.table.order)
        if not count or len(window) >= count:
            return ""
        return f"{window.start + 1}-{window.stop} of {number(count)}"

    def on_table_moved(self, event: Table.Moved) -> None:
        """The title says which rows are on the screen."""
        self._caption(desk(self).look)
