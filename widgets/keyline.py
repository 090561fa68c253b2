"""The last line: the keys that do something here."""

from __future__ import annotations

from textual.content import Content

from widgets.header import Band


class KeyLine(Band):
    """Keys of the focused widget, its screen and the program, as they are bound now."""

    DEFAULT_CSS = "KeyLine { color: $text-muted; }"

    def on_mount(self) -> None:
        """Other keys may count once another widget has the focus."""
        super().on_mount()
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self._changed())

    def words(self) -> Content:
        """Each key once."""
        seen: set[str] = set()
        parts: list[tuple[str, str]] = [(" ", "")]
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and binding.action not in seen:
                seen.add(binding.action)
                key = self.app.get_key_display(binding)
                parts += [(key, "bold"), (f" {binding.description}  ", "")]
        return Content.assemble(*parts)
