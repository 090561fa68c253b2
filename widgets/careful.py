"""Dialogs that hear no key at first: who was just typing did not mean what has popped up."""

from __future__ import annotations

from textual.screen import ModalScreen

from widgets.desk import desk

DEAF = 0.4  # seconds


class Careful(ModalScreen[None]):
    """Deaf for a moment after it opened, and again whenever it shows something else."""

    DEFAULT_CSS = """
    Careful { align: center middle; background: $background 60%; }
    Careful .box {
        border: round $primary; background: $surface; padding: 0 1;
        width: 94; max-width: 100%; height: auto; max-height: 100%;
    }
    .-ascii Careful .box { border: ascii $primary; }
    Careful .buttons { height: 1; margin: 1 0 0 0; align-horizontal: right; }
    Careful Input { border: none; height: 1; padding: 0; background: $surface-lighten-1; }
    Careful .asked { height: 1; }
    Careful .asked Label { width: auto; padding: 0 1 0 0; }
    Careful .asked Input { width: 1fr; }
    Careful OptionList {
        height: auto; max-height: 10; border: none; padding: 0; background: $surface;
        scrollbar-size: 0 0;
    }
    Careful OptionList:focus { border: none; }
    """

    _hears = float("inf")

    def hush(self) -> None:
        """Hear nothing for a moment."""
        self._hears = desk(self).steady() + DEAF

    @property
    def deaf(self) -> bool:
        """Whether keys are ignored now."""
        return desk(self).steady() < self._hears

    def on_mount(self) -> None:
        """What is open is looked at first."""
        self.hush()

    def fit_body(self, rest: int) -> None:
        """What scrolls leaves room for `rest` lines: never a dialog whose buttons are not seen."""
        self.query_one("#body").styles.max_height = max(self.app.size.height - 2 - rest, 3)
