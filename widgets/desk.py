"""What every widget may read from the running program: the board, the duty, the time, the signs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, cast

from textual.app import App
from textual.events import CursorPosition, Event, Key, Paste
from textual.reactive import var
from textual.widgets import Input

from console.model import Board, Duty, Now
from console.model.affairs import Affairs
from console.model.past import Past
from widgets.as_now import AsNow
from widgets.keys import translated, wide
from widgets.look import Look, zone_of
from widgets.probe import PATIENCE, QUESTION, heard, silence
from widgets.symbols import ASCII, UNICODE, Symbols

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from console.model.closer import Reading

IME_ON = "An input method is on. Letters still work; switch it off for the rest."


def _now() -> Now:
    return Now(datetime.now(UTC), datetime.now(UTC))


class Desk(App[int]):
    """State bound down: widgets watch these and read nothing else.

    None of them lays out or repaints the program by itself; each widget decides what changed.
    """

    CSS = """
    .-ascii Pane, .-ascii Rail { border: ascii $surface-lighten-3; }
    .-ascii .-narrow Pane { border: none; border-top: ascii $surface-lighten-3; }
    .-ascii .-narrow Rail { border: none; }
    """

    board: var[Board] = var(Board, always_update=True, init=False)
    duty: var[Duty] = var(Duty, init=False)
    affairs: var[Affairs] = var(Affairs, init=False)
    closer: var[Reading | None] = var(None, init=False)
    """What is read for the screen that looks closer."""
    now: var[Now] = var(_now, init=False)
    """The moment that is shown."""
    past: var[Past | None] = var(None, init=False)
    """What moment of the past that is; None: it is now."""
    as_now: var[AsNow] = var(AsNow, always_update=True, init=False)
    """What is now, while a moment of the past is shown."""
    symbols: var[Symbols] = var(UNICODE, init=False)

    @property
    def look(self) -> Look:
        """How values are put in words at this instant."""
        return Look(self.symbols, self.now, zone_of(self.duty.zone))

    @property
    def own(self) -> Affairs:
        """How affairs stand now, whatever moment is shown."""
        return self.affairs if self.past is None else self.past.affairs

    @property
    def here(self) -> Now:
        """What the clocks say now, whatever moment is shown."""
        return self.now if self.past is None else self.past.here

    def steady(self) -> float:
        """Seconds that only go on, for how long something has been on the screen."""
        return monotonic()

    def probe(self) -> None:
        """Ask the terminal how wide it draws signs; see `widgets.probe`."""
        if self._driver is None or self.is_headless:
            return
        self._driver.write(QUESTION)
        self._driver.flush()
        self.screen.refresh()
        self._silence = self.set_timer(PATIENCE, self._unanswered)

    def _unanswered(self) -> None:
        self.symbols = silence()

    def on_cursor_position(self, event: CursorPosition) -> None:
        """The terminal answered, perhaps late."""
        if (symbols := heard(event)) is not None:
            self._silence.stop()
            self.symbols = symbols

    async def on_event(self, event: Event) -> None:
        """Keys, one after the other: each is done before the next is looked at.

        Textual hands a key to the widget that has the focus now, and looks for its binding later:
        what is typed fast after `/` would be lost. Outside text fields a key means what stands on
        it, whatever the layout says; and a screen that was just opened hears none (`deaf`).
        """
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            if getattr(self.screen, "deaf", False):
                return
            if isinstance(event, Key):
                if await self._done(event):
                    return
                event = self._meant(event)
        await super().on_event(event)

    def _meant(self, event: Key) -> Key:
        """What a text field does not take as text is a key like any other."""
        field = self.focused
        taken = field is not None and field.check_consume_key(event.key, event.character)
        return event if taken else translated(event)

    async def _done(self, event: Key) -> bool:
        """Whether a key was meant for no text field, and so is done with."""
        field, typed = self.focused, event.character
        if isinstance(field, Input):
            return False  # its own queue keeps the order of what is typed there
        if typed and wide(typed):
            self.notify(IME_ON, title="IME on", timeout=3, markup=False)
        key = translated(event).key
        self.app_focus = True
        if not await self._check_bindings(key, priority=True):
            await self._check_bindings(key)
        return True

    def watch_symbols(self, symbols: Symbols) -> None:
        """Borders follow the set of signs: box drawing is of ambiguous width too."""
        self.set_class(symbols is ASCII, "-ascii")


def follow(widget: DOMNode, names: str, redo: Callable[[], None]) -> None:
    """Call it now, and whenever one of these of the program's state has changed."""
    for name in names.split():
        widget.watch(widget.app, name, redo, init=False)
    redo()


def desk(widget: DOMNode) -> Desk:
    """The program a widget runs in, with its state."""
    return cast(Desk, widget.app)
