"""What the palette offers: every pane and every deed, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.app import SystemCommand

from widgets.desk import Desk, desk
from widgets.kinds import KINDS
from widgets.main import MainScreen, pane_orders
from widgets.symbols import ASCII, UNICODE
from widgets.wishes import LeaveWanted, RefreshWanted


def _signs(app: Desk) -> None:
    app.symbols = UNICODE if app.symbols is ASCII else ASCII


def commands(screen: MainScreen) -> Iterator[SystemCommand]:
    """The commands of the main screen."""
    app, pane = desk(screen), screen.pane
    for digit, kind in enumerate(KINDS, 1):
        asked = ", ".join((*kind.sources, *kind.heads))
        show = partial(screen.run_action, f"show('{kind.id}')")
        yield SystemCommand(f"Pane: {kind.title}", f"key {digit}; sources: {asked}", show)
    yield SystemCommand("All panes", "key 0", partial(screen.run_action, "show('')"))
    yield SystemCommand("Refresh", "ask every source now", lambda: _post_refresh(screen))
    yield SystemCommand("Filter", "rows with these words", screen.action_filter)
    yield SystemCommand("Faults only", "hide or show what is OK", screen.action_faults)
    for name, order in pane_orders(pane).items():
        title = f"Order {pane.kind.title}: {name or 'worst first'}"
        yield SystemCommand(title, "o goes to the next order", partial(pane.sort, name, order))
    yield SystemCommand("Signs: ASCII or Unicode", "if columns do not line up", lambda: _signs(app))
    yield SystemCommand("Help", "keys and signs", screen.action_help)
    yield SystemCommand("Quit", "leave the console", lambda: _post_leave(screen))


def _post_refresh(screen: MainScreen) -> None:
    screen.post_message(RefreshWanted())


def _post_leave(screen: MainScreen) -> None:
    screen.post_message(LeaveWanted())
