"""The main screen: everything at once where there is room, one pane and tabs where there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import var
from textual.screen import Screen

from widgets.desk import desk
from widgets.header import Header, StatusLine
from widgets.keyline import KeyLine
from widgets.kinds import KINDS
from widgets.orders import Order, by_fact, by_name
from widgets.pane import Pane
from widgets.rail import Rail
from widgets.sieve import Sieve
from widgets.starting import Starting
from widgets.table import Table
from widgets.tabs import TabLine
from widgets.wishes import CopyWanted, LeaveWanted, RefreshWanted

if TYPE_CHECKING:
    from widgets.filter import FilterLine

WIDE = 140  # cells from which all main panes stand side by side


def pane_orders(pane: Pane) -> dict[str, Order]:
    """The orders a pane's rows can stand in, by what the title then says; empty = the usual."""
    facts = {f"by {c.title}": by_fact(c.fact) for c in pane.table.columns if c.fact}
    return {"": pane.kind.order, "by name": by_name} | facts


class MainScreen(Screen[None]):
    """Header, findings, panes, status. It owns which pane is shown and what is filtered."""

    DEFAULT_CSS = """
    MainScreen { layout: vertical; overflow: hidden hidden; }
    MainScreen #body { height: 1fr; }
    MainScreen.-narrow #body { layout: vertical; }
    MainScreen #pane-sites { height: 4fr; }
    MainScreen #pane-kafka, MainScreen #row { height: 3fr; }
    MainScreen.-narrow Pane { height: 1fr; border: none; border-top: solid $surface-lighten-3; }
    MainScreen.-narrow #row { height: 1fr; }
    MainScreen.-narrow Rail { border: none; width: 1fr; height: auto; max-height: 3; }
    MainScreen TabLine { display: none; }
    MainScreen.-narrow TabLine { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(digit), f"show('{kind.id}')", kind.title, show=False, id=f"pane.{kind.id}")
            for digit, kind in enumerate(KINDS, 1)
        ),
        Binding("0", "show('')", "all panes", show=False, id="pane.all"),
        Binding("tab", "step(1)", "next pane", show=False, id="pane.next"),
        Binding("shift+tab", "step(-1)", "pane before", show=False, id="pane.before"),
        Binding("slash,f3", "filter", "filter", id="rows.filter"),
        Binding("z", "faults", "faults only", id="rows.faults"),
        Binding("e", "explain", "explain", id="row.explain"),
        Binding("o", "order", "order", show=False, id="rows.order"),
        Binding("y", "copy", "copy", show=False, id="row.copy"),
        Binding("ctrl+r,f5", "refresh", "refresh", show=False, id="app.refresh"),
        Binding("question_mark,f1", "help", "help", id="app.help"),
        Binding("q", "leave", "quit", id="app.quit"),
        Binding("escape", "back", "back", show=False, id="app.back"),
    ]

    shown: var[str] = var("", init=False)
    """The pane that has the whole body; empty = all main panes, if there is room."""

    def compose(self) -> ComposeResult:
        """Panes of further sources are made when somebody asks for them."""
        main = [kind for kind in KINDS if kind.main]
        yield Header()
        yield Starting()
        with Horizontal(id="body"):
            yield Rail()
            yield TabLine()
            with Vertical(id="panes"):
                for kind in main[:2]:
                    yield Pane(kind)
                with Horizontal(id="row"):
                    for kind in main[2:]:
                        yield Pane(kind)
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        self._arrange()
        self.query_one(Pane).table.focus()

    @property
    def wide(self) -> bool:
        """Whether all main panes fit side by side."""
        return self.app.size.width >= WIDE

    @property
    def pane(self) -> Pane:
        """The pane that keys speak to."""
        at = self.focused
        while at is not None and not isinstance(at, Pane):
            at = at.parent if isinstance(at.parent, Pane | Vertical) else None
        if isinstance(at, Pane):
            return at
        return next(pane for pane in self.query(Pane) if pane.display)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes of every row on the screen: what is worth asking often."""
        tables = [pane.table for pane in self.query(Pane) if pane.display]
        rows = (table.rows[index] for table in tables for index in table.window)
        return frozenset(scope for row in rows for scope in row.scopes)

    def on_resize(self, event: events.Resize) -> None:
        """A small screen shows one pane, a large one all."""
        self._arrange()

    def watch_shown(self) -> None:
        """Another pane was asked for."""
        self._arrange()

    def _arrange(self) -> None:
        self.set_class(not self.wide, "-narrow")
        alone = self.shown or ("" if self.wide else self._focused_id())
        for pane in self.query(Pane):
            pane.display = pane.kind.id == alone if alone else pane.kind.main
        row = self.query_one("#row")
        row.display = any(pane.display for pane in row.query(Pane))
        self.query_one(TabLine).shown = alone

    def _focused_id(self) -> str:
        focused = self.focused
        pane = focused.parent if focused is not None else None
        return pane.kind.id if isinstance(pane, Pane) else KINDS[0].id

    async def action_show(self, id: str) -> None:
        """Show one pane; on a wide screen a main pane only gets the keys."""
        kind = next((kind for kind in KINDS if kind.id == id), None)
        if kind is None:
            self.shown = "" if self.wide else KINDS[0].id
            self.query_one(f"#pane-{self.shown or KINDS[0].id}", Pane).table.focus()
            return
        if not self.query(f"#pane-{id}"):
            await self.query_one("#panes").mount(Pane(kind))
        self.shown = "" if self.wide and kind.main else id
        self._arrange()
        self.query_one(f"#pane-{id}", Pane).table.focus()

    async def action_step(self, by: int) -> None:
        """Go to the next pane, or the one before."""
        ids = [kind.id for kind in KINDS if kind.main or not self.wide]
        now = self.pane.kind.id
        at = ids.index(now) if now in ids else 0
        await self.action_show(ids[(at + by) % len(ids)])

    def action_faults(self) -> None:
        """Hide or show the rows that are OK, in every pane."""
        self.sift(Sieve(self.pane.sieve.text, not self.pane.sieve.faults))

    def sift(self, sieve: Sieve) -> None:
        """The same filter for every pane: an incident is looked for everywhere."""
        for pane in self.query(Pane):
            pane.sieve = sieve

    async def action_filter(self) -> None:
        """Type words that a row must have."""
        from widgets.filter import FilterLine

        if not self.query(FilterLine):
            await self.mount(FilterLine(self.pane.sieve.text), before=self.query_one(StatusLine))
        self._back_to = self.pane
        self.query_one(FilterLine).focus()

    async def on_filter_line_wanted(self, event: FilterLine.Wanted) -> None:
        """Filter as one types; afterwards the keys belong to the rows again."""
        self.sift(Sieve(event.text, self.pane.sieve.faults))
        if event.done:
            self._back_to.table.focus()
            await self.query("FilterLine").remove()

    def action_back(self) -> None:
        """Take the filter away; without one, show all panes again."""
        if self.pane.sieve != Sieve():
            self.sift(Sieve())
        elif self.wide:
            self.shown = ""

    def action_leave(self) -> None:
        """Back to all panes; from there, out."""
        if self.wide and self.shown:
            self.shown = ""
        else:
            self.post_message(LeaveWanted())

    def action_order(self) -> None:
        """The next order: the usual one, by name, by each fact."""
        pane = self.pane
        orders = pane_orders(pane)
        names = list(orders)
        name = names[(names.index(pane.sorted_by) + 1) % len(names)]
        pane.sort(name, orders[name])

    def on_table_opened(self, event: Table.Opened) -> None:
        """Everything about one row."""
        from widgets.page import Detail

        self.app.push_screen(Detail(event.row))

    def action_explain(self) -> None:
        """Why is this red, from which values, how old?"""
        from widgets.page import Explain

        if row := self.pane.table.current:
            self.app.push_screen(Explain(row))

    def action_copy(self) -> None:
        """Take the row along as text."""
        from widgets.telling import detail, find

        row = self.pane.table.current
        if row and (found := find(desk(self).board, row.ref, type(row))):
            self.post_message(CopyWanted(detail(*found, desk(self).look).plain))

    def action_refresh(self) -> None:
        """Ask everything now."""
        self.post_message(RefreshWanted())

    def action_help(self) -> None:
        """Keys and signs."""
        from widgets.help import Help

        self.app.push_screen(Help(active.binding for active in self.active_bindings.values()))
