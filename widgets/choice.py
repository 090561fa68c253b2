"""A button that shows without colours whether it has the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from widgets.desk import desk
from widgets.words import cell_len


class Choice(Widget, can_focus=True):
    """`[ Cancel ]` with the keys, `  Cancel  ` without."""

    DEFAULT_CSS = """
    Choice { height: 1; width: auto; margin: 0 2 0 0; }
    Choice:focus { text-style: bold; background: $primary 45%; }
    Choice:disabled { color: $text-disabled; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "this", show=False, id="choice.press"),
    ]
    label: reactive[str] = reactive("", layout=True)

    @dataclass
    class Pressed(Message):
        """A person chose this."""

        choice: Choice

    def __init__(self, label: str, id: str) -> None:
        super().__init__(id=id)
        self.set_reactive(Choice.label, label)

    def get_content_width(self, *_: object) -> int:
        """The label and its brackets."""
        return cell_len(self.label) + 4

    def render(self) -> Content:
        """The label."""
        left, right = ("[", "]") if self.has_focus else (" ", " ")
        return Content(f"{left} {self.label} {right}")

    def on_focus(self) -> None:
        """Brackets come."""
        self.refresh()

    def on_blur(self) -> None:
        """Brackets go."""
        self.refresh()

    def action_press(self) -> None:
        """Chosen."""
        if not self.disabled:
            self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """Chosen by mouse."""
        self.action_press()


class Tick(Choice):
    """`[x] it may` or `[ ] it may`; off until a person ticks it."""

    DEFAULT_CSS = "Tick { margin: 0; }"
    on: reactive[bool] = reactive(False)

    def get_content_width(self, *_: object) -> int:
        """The pointer, the box and the label."""
        return cell_len(self.label) + 6

    def render(self) -> Content:
        """The pointer shows without colours that it has the keys."""
        pointer = desk(self).symbols.pointer if self.has_focus else " "
        return Content(f"{pointer} [{'x' if self.on else ' '}] {self.label}")

    def action_press(self) -> None:
        """Ticked, or no longer; nothing else is chosen by it."""
        self.on = not self.on
