"""A screen of one table, narrowed by words that are typed under it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.screen import Screen

from widgets.columns import Column
from widgets.filter import FilterLine
from widgets.table import Table


class Filtered(Screen[None]):
    """Holds the table, the line of the filter, and the keys of both."""

    DEFAULT_CSS = "Filtered FilterLine { display: none; }"
    AUTO_FOCUS = "Table"

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.table = Table(columns)
        self._filter = FilterLine("")
        self._sought = ""

    def sift(self) -> None:
        """Load the table with what is sought."""
        raise NotImplementedError

    def is_sought(self, haystack: str) -> bool:
        """Whether a row has every word of the filter; the words of the row in small letters."""
        return all(word in haystack for word in self._sought.casefold().split())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is typed, its keys are letters."""
        return not (action == "filter" and self._filter.has_focus)

    def action_filter(self) -> None:
        """Type words that a row must have."""
        self._filter.display = True
        self.set_focus(self._filter)

    def on_filter_line_wanted(self, event: FilterLine.Wanted) -> None:
        """Filter as one types."""
        event.stop()
        self._sought = event.text
        self.sift()
        if event.done:
            self._filter.display = False
            self.set_focus(self.table)

    def action_back(self) -> None:
        """Take the filter away; without one, leave."""
        if self._sought:
            self._sought = self._filter.value = ""
            self.sift()
        else:
            self.app.pop_screen()
