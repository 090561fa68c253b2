"""What is still being started, while it is."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from widgets.desk import desk
from widgets.words import clean


class Starting(Static):
    """A line each; gone once everything is asked."""

    DEFAULT_CSS = "Starting { height: auto; max-height: 8; padding: 0 2; display: none; }"

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        self.watch(self.app, "duty", self._show)

    def _show(self) -> None:
        app = desk(self)
        lines = [clean(line, app.symbols) for line in app.duty.starting]
        self.display = bool(lines)
        self.update(Content("\n".join(f"{app.symbols.stale} {line}" for line in lines)))
