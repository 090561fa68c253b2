"""Panes on a screen: all at once where there is room, one and its tabs where there is not."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import var

from console.model import Finding, Row
from widgets.flow_side import FlowSide
from widgets.header import Header, StatusLine
from widgets.keyline import KeyLine
from widgets.kinds import BY_DIGIT, KINDS
from widgets.onduty import OnDuty
from widgets.pane import Pane
from widgets.rail import Rail
from widgets.ringing import Ringing
from widgets.starting import Starting
from widgets.tabs import TabLine
from widgets.timeline import Timeline

WIDE = 140  # cells from which all main panes stand side by side
FINDINGS = "findings"


class Paned(OnDuty):
    """Header, findings, panes, status. It owns which pane is shown and which has the keys."""

    DEFAULT_CSS = """
    Paned { layout: vertical; overflow: hidden hidden; }
    Paned #body { height: 1fr; }
    Paned #side { width: 30; height: 1fr; }
    Paned.-narrow #side { width: 1fr; height: auto; }
    Paned.-narrow #body { layout: vertical; }
    Paned #pane-sites { height: 4fr; }
    Paned #pane-kafka, Paned #row { height: 3fr; }
    Paned.-narrow Pane { height: 1fr; border: none; border-top: solid $surface-lighten-3; }
    Paned.-narrow #row { height: 1fr; }
    Paned.-narrow Rail { border: none; width: 1fr; }
    Paned TabLine { display: none; }
    Paned.-narrow TabLine { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(digit), f"show('{kind.id}')", kind.title, show=False, id=f"pane.{kind.id}")
            for digit, kind in BY_DIGIT.items()
        ),
        Binding("0", "show('')", "all panes", show=False, id="pane.all"),
        Binding("f", f"show('{FINDINGS}')", "findings", show=False, id="pane.findings"),
        Binding("tab", "step(1)", "next pane", show=False, id="pane.next"),
        Binding("shift+tab", "step(-1)", "pane before", show=False, id="pane.before"),
    ]

    shown: var[str] = var("", init=False)
    """The pane that has the whole body; empty = all main panes, if there is room."""

    def compose(self) -> ComposeResult:
        """Panes of further sources are made when somebody asks for them."""
        main = [kind for kind in KINDS if kind.main]
        yield Header()
        yield Ringing()
        yield Starting()
        yield Timeline()
        with Horizontal(id="body"):
            with Vertical(id="side"):
                yield Rail()
                yield FlowSide()
            yield TabLine()
            with Vertical(id="panes"):
                for kind in main[:2]:
                    yield Pane(kind)
                with Horizontal(id="row"):
                    for kind in main[2:]:
                        yield Pane(kind)
        yield from self.further()
        yield StatusLine()
        yield KeyLine()

    def further(self) -> ComposeResult:
        """What stands below the panes."""
        yield from ()

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        self._arrange()
        self.query_one(Pane).table.focus()

    @property
    def rail(self) -> Rail:
        """The findings."""
        return self.query_one(Rail)

    @property
    def finding(self) -> Finding | None:
        """The finding that is highlighted, whatever has the keys."""
        return self.rail.finding

    @property
    def row(self) -> Row | None:
        """The row under the cursor, while a pane has the keys."""
        return None if self.focused is self.rail else self.pane.table.current

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
        self.rail.redo()
        self.query_one(FlowSide).redo()

    def _focused_id(self) -> str:
        focused = self.focused
        pane = focused.parent if focused is not None else None
        return pane.kind.id if isinstance(pane, Pane) else KINDS[0].id

    async def action_show(self, id: str) -> None:
        """Show one pane; on a wide screen a main pane only gets the keys."""
        kind = next((kind for kind in KINDS if kind.id == id), None)
        if id == FINDINGS:
            self.set_focus(self.rail)
            return
        if kind is None:
            self.shown = "" if self.wide else KINDS[0].id
            self.set_focus(self.query_one(f"#pane-{self.shown or KINDS[0].id}", Pane).table)
            return
        if not self.query(f"#pane-{id}"):
            further = Pane(kind)
            further.set_reactive(Pane.sieve, self.pane.sieve)  # one filter for every pane
            await self.query_one("#panes").mount(further)
        self.shown = "" if self.wide and kind.main else id
        self._arrange()
        self.set_focus(self.query_one(f"#pane-{id}", Pane).table)

    async def action_step(self, by: int) -> None:
        """Go to the next pane, or the one before."""
        ids = [FINDINGS, *(kind.id for kind in KINDS if kind.main or not self.wide)]
        now = FINDINGS if self.rail.has_focus else self.pane.kind.id
        at = ids.index(now) if now in ids else 0
        await self.action_show(ids[(at + by) % len(ids)])
