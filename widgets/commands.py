"""What the palette offers: every pane and every deed, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from textual.app import SystemCommand

from widgets.desk import Desk, desk
from widgets.kinds import KINDS, digit_of
from widgets.main import MainScreen, pane_orders
from widgets.symbols import ASCII, UNICODE
from widgets.wishes import LeaveWanted

Deed = Callable[[], object]


def _signs(app: Desk) -> None:
    app.symbols = UNICODE if app.symbols is ASCII else ASCII


def _deeds(screen: MainScreen) -> tuple[tuple[str, str, Deed], ...]:
    """What has a key of its own on the main screen."""
    return (
        ("Findings", "key f: worst first", partial(screen.action_show, "findings")),
        ("Remedy", "key r: of the highlighted finding", screen.action_remedy),
        ("What may act", "key a: on the row or finding with the keys", screen.action_remedies),
        ("Checklist", "key c: of the highlighted finding", screen.action_checklist),
        ("Take it", "key x: acknowledge the highlighted finding", screen.action_acknowledge),
        ("Silence", "key X: the highlighted finding, until when and why", screen.action_silence),
        ("Link", "key o: the vendor's own page of the row, copied", screen.action_link),
        ("Note", "key n: on the row or finding with the keys", screen.action_note),
        ("Arm or disarm", "key A: what this console may act on", screen.action_arm),
        ("Watch", "key w: the night of a maintenance", screen.action_watch),
        ("Known issues", "key i: the register, site by site", screen.action_issues),
        ("Planned windows", "key p: what is due, steps, reports", screen.action_planned),
        ("Handover", "key H: the shift, item by item", screen.action_handover),
        ("Journal", "key J: what was seen and done", screen.action_journal),
    )


def commands(screen: MainScreen) -> Iterator[SystemCommand]:
    """The commands of the main screen, wherever they are called from."""
    app, pane = desk(screen), screen.pane

    def offer(title: str, told: str, deed: Deed) -> SystemCommand:
        def there() -> object:
            while app.screen is not screen and len(app.screen_stack) > 1:
                app.pop_screen()
            return deed()

        return SystemCommand(title, told, there)

    for kind in KINDS:
        asked = ", ".join((*kind.sources, *kind.heads))
        key = f"key {digit}; " if (digit := digit_of(kind)) else ""
        show = partial(screen.action_show, kind.id)
        yield offer(f"Pane: {kind.title}", f"{key}sources: {asked}", show)
    yield offer("All panes", "key 0", partial(screen.action_show, ""))
    if app.past is None:  # else nothing can be done, and nothing is asked
        for title, told, deed in _deeds(screen):
            yield offer(title, told, deed)
        yield offer("Refresh", "ask every source now", screen.action_refresh)
    else:
        yield offer("Journal", "key J: what was seen and done until then", screen.action_journal)
    yield offer("Filter", "rows with these words", screen.action_filter)
    yield offer("Faults only", "hide or show what is OK", screen.action_faults)
    for name, order in pane_orders(pane).items():
        title = f"Order {pane.kind.title}: {name or 'worst first'}"
        yield offer(title, "s goes to the next order", partial(pane.sort, name, order))
    yield offer("Signs: ASCII or Unicode", "if columns do not line up", partial(_signs, app))
    yield offer("Help", "keys and signs", screen.action_help)
    yield offer("Quit", "leave the console", lambda: screen.post_message(LeaveWanted()))
