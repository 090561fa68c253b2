"""Which panes there are, by digit; one line above the pane on a small screen."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import var

from widgets.header import Band
from widgets.kinds import KINDS


class TabLine(Band):
    """`1 Sites  2 Kafka …` with the pane on the screen marked."""

    shown: var[str] = var("sites", init=False)

    def watch_shown(self) -> None:
        """Another pane is on the screen."""
        self._changed()

    def words(self) -> Content:
        """As many as fit; the digits and the palette reach the rest."""
        parts: list[tuple[str, str]] = []
        for digit, kind in enumerate(KINDS, 1):
            style = "reverse bold" if kind.id == self.shown else "$text-muted"
            parts += [(f"{digit} {kind.short}", style), (" ", "")]
        return Content.assemble(*parts)
