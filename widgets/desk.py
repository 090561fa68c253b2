"""What every widget may read from the running program: the board, the duty, the time, the signs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from textual.app import App
from textual.events import CursorPosition, Event, Key
from textual.reactive import var

from console.model import Board, Duty, Now
from widgets.keys import translated, wide
from widgets.look import Look, zone_of
from widgets.probe import PATIENCE, QUESTION, heard, silence
from widgets.symbols import ASCII, UNICODE, Symbols

if TYPE_CHECKING:
    from textual.dom import DOMNode

IME_ON = "An input method is on. Letters still work; switch it off for the rest."


def _now() -> Now:
    return Now(datetime.now(UTC), datetime.now(UTC))


class Desk(App[int]):
    """State bound down: widgets watch these four and read nothing else.

    None of them lays out or repaints the program by itself; each widget decides what changed.
    """

    CSS = """
    .-ascii Pane, .-ascii Rail { border: ascii $surface-lighten-3; }
    .-ascii .-narrow Pane { border: none; border-top: ascii $surface-lighten-3; }
    .-ascii .-narrow Rail { border: none; }
    """

    board: var[Board] = var(Board, always_update=True, init=False)
    duty: var[Duty] = var(Duty, init=False)
    now: var[Now] = var(_now, init=False)
    symbols: var[Symbols] = var(UNICODE, init=False)

    @property
    def look(self) -> Look:
        """How values are put in words at this instant."""
        return Look(self.symbols, self.now, zone_of(self.duty.zone))

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
        """Outside text fields a key means what stands on it, whatever the layout says."""
        if isinstance(event, Key) and not event.is_forwarded:
            field = self.focused
            typed = event.character
            if field is None or not field.check_consume_key(event.key, typed):
                if typed and wide(typed):
                    self.notify(IME_ON, title="IME on", timeout=3, markup=False)
                event = translated(event)
        await super().on_event(event)

    def watch_symbols(self, symbols: Symbols) -> None:
        """Borders follow the set of signs: box drawing is of ambiguous width too."""
        self.set_class(symbols is ASCII, "-ascii")


def desk(widget: DOMNode) -> Desk:
    """The program a widget runs in, with its state."""
    return cast(Desk, widget.app)
