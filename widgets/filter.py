"""The line in which a filter is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
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

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each letter counts."""
        event.stop()
        self.post_message(self.Wanted(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep it."""
        event.stop()
        self.post_message(self.Wanted(event.value, done=True))

    def action_clear_away(self) -> None:
        """Take it away, also what was typed: the next filter starts empty."""
        with self.prevent(Input.Changed):
            self.value = ""
        self.post_message(self.Wanted("", done=True))
