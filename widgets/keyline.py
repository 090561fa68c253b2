"""The last line: the keys that do something here."""

from __future__ import annotations

from textual.content import Content

from widgets.header import Band

SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "comma": ",",
    "full_stop": ".",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
}


def display(key: str) -> str:
    """A key as it is written on a keyboard, in plain letters."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, SHOWN.get(last, last)])


class KeyLine(Band):
    """Keys of the focused widget, its screen and the program, as they are bound now."""

    DEFAULT_CSS = "KeyLine { color: $text-muted; }"

    def on_mount(self) -> None:
        """Other keys may count once another widget has the focus."""
        super().on_mount()
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self._changed())

    def words(self) -> Content:
        """Each deed once."""
        seen: set[str] = set()
        parts: list[tuple[str, str]] = [(" ", "")]
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and binding.action not in seen:
                seen.add(binding.action)
                parts += [(display(binding.key), "bold"), (f" {binding.description}  ", "")]
        return Content.assemble(*parts)
