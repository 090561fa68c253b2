"""The main screen: what is filtered, explained, ordered and copied of what the panes show."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from console.model import Finding
from widgets.blocks import Blocks
from widgets.desk import desk
from widgets.filter import FilterLine
from widgets.night_words import SOURCE
from widgets.orders import Order, by_fact, by_name
from widgets.pane import Pane
from widgets.paned import Paned
from widgets.sieve import Sieve
from widgets.table import Table
from widgets.wishes import CopyWanted, LeaveWanted, RefreshWanted


def pane_orders(pane: Pane) -> dict[str, Order]:
    """The orders a pane's rows can stand in, by what the title then says; empty = the usual."""
    facts = {f"by {c.title}": by_fact(c.fact) for c in pane.table.columns if c.fact}
    return {"": pane.kind.order, "by name": by_name} | facts


class MainScreen(Paned):
    """The panes with the keys that speak to them."""

    DEFAULT_CSS = "MainScreen FilterLine { display: none; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,f3", "filter", "filter", id="rows.filter"),
        Binding("z", "faults", "faults only", id="rows.faults"),
        Binding("e", "explain", "explain", id="row.explain"),
        Binding("s", "order", "order", show=False, id="rows.order"),
        Binding("y", "copy", "copy", show=False, id="row.copy"),
        Binding("ctrl+r,f5", "refresh", "refresh", show=False, id="app.refresh"),
        Binding("question_mark,f1", "help", "help", id="app.help"),
        Binding("q", "leave", "quit", id="app.quit"),
        Binding("escape", "back", "back", show=False, id="app.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._filter = FilterLine("")

    def further(self) -> ComposeResult:
        """The filter is there from the start: what is typed fast after its key is not lost."""
        yield self._filter

    def action_faults(self) -> None:
        """Hide or show the rows that are OK, in every pane."""
        self.sift(Sieve(self.pane.sieve.text, not self.pane.sieve.faults))

    def sift(self, sieve: Sieve) -> None:
        """The same filter for every pane: an incident is looked for everywhere."""
        for pane in self.query(Pane):
            pane.sieve = sieve

    def action_filter(self) -> None:
        """Type words that a row must have."""
        self._back_to = self.pane
        self._filter.display = True
        self.set_focus(self._filter)

    def on_filter_line_wanted(self, event: FilterLine.Wanted) -> None:
        """Filter as one types; afterwards the keys belong to the rows again."""
        self.sift(Sieve(event.text, self.pane.sieve.faults))
        if event.done:
            self._filter.display = False
            self.set_focus(self._back_to.table)

    def action_back(self) -> None:
        """Take the filter away; without one, show all panes again."""
        if self.pane.sieve != Sieve():
            self._filter.value = ""
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
        """The next order: the usual one, by name, by each fact. What was held is sorted first."""
        pane = self.pane
        if pane.release():
            return
        orders = pane_orders(pane)
        names = list(orders)
        name = names[(names.index(pane.sorted_by) + 1) % len(names)]
        pane.sort(name, orders[name])

    async def on_table_opened(self, event: Table.Opened) -> None:
        """Everything about one row; of a maintenance that is its night."""
        from widgets.page import Detail

        if event.row.ref.kind == SOURCE:
            await self.action_watch()
        else:
            await self.app.push_screen(Detail(event.row))

    def action_explain(self) -> None:
        """Why is this red, from which values, how old?"""
        from widgets.page import Explain

        if self.row is not None:
            self.app.push_screen(Explain(self.row))
        elif self.finding is not None:
            self._explain(self.finding)

    def _explain(self, finding: Finding) -> None:
        from widgets.finding_page import FindingPage

        self.app.push_screen(FindingPage(finding))

    def on_blocks_opened(self, event: Blocks.Opened) -> None:
        """Everything about one finding."""
        if self.finding is not None:
            self._explain(self.finding)

    def action_copy(self) -> None:
        """Take the row along as text."""
        from widgets.telling import detail, find

        row = self.row
        if row and (found := find(desk(self).board, row.ref, type(row))):
            self.post_message(CopyWanted(detail(*found, desk(self).look, desk(self).affairs).plain))

    def action_refresh(self) -> None:
        """Ask everything now; on a pane of what is asked on demand only that."""
        self.post_message(RefreshWanted(self.pane.kind.sources, self.scopes))
