"""The line in which a filter is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.widgets import Input


class FilterLine(Input):
    """Filters while one types; enter keeps the filter, escape takes it away."""

    DEFAULT_CSS = "FilterLine { height: 1; border: none; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear_away", "no filter", id="filter.clear"),
    ]

    @dataclass
    class Wanted(Message):
        """Rows with these words are wanted; `done` when no more is typed."""

        text: str
        done: bool = False

    def __init__(self, text: str) -> None:
        super().__init__(
            text, placeholder="words that a row must have; enter keeps, escape clears", compact=True
        )
        self._ended = False

    def on_focus(self) -> None:
        """It is typed in again."""
        self._ended = False

    async def on_key(self, event: Key) -> None:
        """Each key is done before the next: a binding that runs later is overtaken by letters.

        What was typed after the end was meant for whatever has the keys then.
        """
        if self._ended:
            event.stop()
            event.prevent_default()
            self.screen.post_message(Key(event.key, event.character))
            return
        own = self._bindings.copy()
        own.apply_keymap(self.app._keymap)
        for binding in own.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each letter counts; what was told of late is told as it is now."""
        event.stop()
        if not self._ended:
            self.post_message(self.Wanted(self.value))

    async def action_submit(self) -> None:
        """Keep it."""
        self._end()

    def action_clear_away(self) -> None:
        """Take it away, also what was typed: the next filter starts empty."""
        with self.prevent(Input.Changed):
            self.value = ""
        self._end()

    def _end(self) -> None:
        """Tell the screen at once, before the keys that wait here."""
        self._ended = True
        self.screen.post_message(self.Wanted(self.value, done=True))
