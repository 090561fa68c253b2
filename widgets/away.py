"""While you were away: what happened since the last key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.model import Entry
from console.model.affairs import Affairs
from widgets.careful import Careful
from widgets.choice import Choice
from widgets.desk import desk
from widgets.entry_words import entry_words
from widgets.look import Look
from widgets.symbols import STYLES
from widgets.words import age, fit

AWAY = timedelta(minutes=5)
TOLD = ("watch.phase", "watch.rang", "finding.seen", "finding.cleared")
WHOLE = ("remedy.", "run.")
LOUD = {
    "watch.rang": "critical",
    "remedy.failed": "critical",
    "remedy.unknown": "warning",
    "remedy.refused": "warning",
}


def since_then(entries: tuple[Entry, ...], then: datetime) -> tuple[Entry, ...]:
    """What is worth telling of what was written since a moment (real time), oldest first."""
    new: list[Entry] = []
    for entry in reversed(entries):
        if entry.at <= then:
            break
        if entry.kind in TOLD or entry.kind.startswith(WHOLE):
            new.append(entry)
    return tuple(reversed(new))


def away_lines(
    entries: Iterable[Entry], affairs: Affairs, look: Look, width: int
) -> Iterable[Content]:
    """A line an entry, newest last."""
    for entry in entries:
        at, style = look.clock_of(entry.at), STYLES.get(LOUD.get(entry.kind, ""), "")
        kind = fit(entry.kind, 16, more=look.symbols.more)
        said = fit(entry_words(entry, affairs, look), width - 25, more=look.symbols.more)
        yield Content.assemble((f"{at:>5}  ", STYLES["unknown"]), (f"{kind}  {said}", style))


class Away(Careful):
    """Opened by the first key after a long while, which does nothing else."""

    DEFAULT_CSS = "Away .box { width: 120; } Away #body { height: auto; scrollbar-size: 0 0; }"
    AUTO_FOCUS = "#close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", id="away.close"),
        Binding("pagedown,down", "scroll(3)", "down", show=False, id="away.down"),
        Binding("pageup,up", "scroll(-3)", "up", show=False, id="away.up"),
    ]

    def __init__(self, entries: tuple[Entry, ...], then: datetime) -> None:
        super().__init__()
        self._entries, self._then = entries, then

    def compose(self) -> ComposeResult:
        """What happened, newest last."""
        app = desk(self)
        past = age(app.here.real - self._then)
        with Vertical(classes="box") as box:
            box.border_title = Content(f"While you were away ({past})")
            with VerticalScroll(id="body", can_focus=False):
                yield Static(id="told", markup=False)
            with Horizontal(classes="buttons"):
                yield Choice("Close", "close")

    def on_mount(self) -> None:
        """The newest is what counts."""
        self._tell()

    def on_resize(self) -> None:
        """Another width."""
        self._tell()

    def _tell(self) -> None:
        app = desk(self)
        width = min(120, app.size.width) - 4
        look = replace(app.look, now=app.here)  # of the past nothing is missed
        lines = away_lines(self._entries, app.own, look, width)
        self.query_one("#told", Static).update(Content("\n").join(lines))
        self.fit_body(2)
        self.call_after_refresh(self._end)

    def _end(self) -> None:
        for body in self.query("#body"):  # none while it is being closed
            body.scroll_end(animate=False)

    def on_choice_pressed(self, event: Choice.Pressed) -> None:
        """Enough."""
        event.stop()
        self.action_close()

    def action_scroll(self, by: int) -> None:
        """Read on."""
        self.query_one("#body").scroll_relative(y=by, animate=False, immediate=True)

    def action_close(self) -> None:
        """Enough."""
        if not self.deaf:
            self.dismiss()
