"""Quitting while something is armed or under way: said first, with what would become of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from console.model.affairs import Affairs
from widgets.arm import armed_words
from widgets.careful import Careful
from widgets.choice import Choice
from widgets.desk import desk
from widgets.look import Look
from widgets.wishes import LeaveWanted
from widgets.words import clean


def reasons_to_stay(affairs: Affairs, look: Look) -> Iterator[str]:
    """What a quitting console would leave behind."""
    for one in affairs.flights:
        title = one.proposal.plan.title if one.proposal else "an act"
        yield f"under way: {clean(title, look.symbols)}. Its proof would be left to the next start."
    if affairs.arming is not None:
        yield f"{armed_words(affairs.arming, affairs, look)}. Quitting disarms."


class Leaving(Careful):
    """Asks once; staying has the keys."""

    AUTO_FOCUS = "#stay"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "stay", "stay", id="leaving.stay"),
        Binding("right", "app.focus_next", "next", show=False, id="leaving.next"),
        Binding("left", "app.focus_previous", "before", show=False, id="leaving.before"),
    ]

    def compose(self) -> ComposeResult:
        """What is going on."""
        app = desk(self)
        with Vertical(classes="box") as box:
            box.border_title = Content("Quit?")
            yield Static(Content("\n".join(reasons_to_stay(app.affairs, app.look))))
            with Horizontal(classes="buttons"):
                yield Choice("Stay", "stay")
                yield Choice("Quit", "quit")

    def on_choice_pressed(self, event: Choice.Pressed) -> None:
        """Stay or quit."""
        event.stop()
        if self.deaf:
            return
        if event.choice.id == "quit":
            self.app.post_message(LeaveWanted(sure=True))  # this screen goes with the program
        else:
            self.dismiss()

    def action_stay(self) -> None:
        """Stay."""
        if not self.deaf:
            self.dismiss()
