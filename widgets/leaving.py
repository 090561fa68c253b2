"""Quitting while something is armed or under way: said first, with what would become of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from console.model import Board, Proposal
from console.model.affairs import Affairs
from widgets.careful import Careful
from widgets.choice import Choice
from widgets.desk import desk
from widgets.look import Look
from widgets.night_words import long, watches
from widgets.standing import armed_words
from widgets.symbols import STYLES
from widgets.wishes import LeaveWanted
from widgets.words import age, clean


def reasons_to_stay(affairs: Affairs, board: Board, look: Look) -> Iterator[Content]:
    """What a quitting console would leave behind; what is half done says so loudly."""
    for one in affairs.flights:
        title = clean(one.proposal.plan.title if one.proposal else "an act", look.symbols)
        if one.left:
            said = f"{look.symbols.critical} HALF DONE: {title}: {clean(one.left, look.symbols)}."
            yield Content.styled(said, STYLES["critical"])
            yield Content.styled("Quit now, and that is how it STAYS.", STYLES["critical"])
        else:
            yield Content(f"under way: {title}. Its proof would be left to the next start.")
    if affairs.arming is not None:
        yield Content(f"{armed_words(affairs.arming, affairs, look)}. Quitting disarms.")
    for watch in watches(board):
        if watch.running:
            told = f"watching: {clean(long(watch, look), look.symbols)}"
            name = clean(watch.row.cluster, look.symbols, 40)
            yield Content(f"{told} ({name}). Nobody here would see how it goes on.")


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
            yield Static(Content("\n").join(reasons_to_stay(app.affairs, app.board, app.look)))
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


class Waiting(Careful):
    """The program ends as soon as the vendor answered: a write is not left in the dark."""

    def __init__(self, sending: Sequence[Proposal], most: float) -> None:
        super().__init__()
        self._sending, self._most = tuple(sending), most
        self._words = Static(markup=False)

    def compose(self) -> ComposeResult:
        """What is waited for, and how long."""
        with Vertical(classes="box") as box:
            box.border_title = Content("Quitting")
            yield self._words

    def on_mount(self) -> None:
        """It began now."""
        self._begun = desk(self).now.real
        self.watch(self.app, "now", self._tell)

    def _tell(self) -> None:
        look, waited = desk(self).look, age(desk(self).now.real - self._begun)
        told = [
            f"waiting for the answer of {clean(one.plan.requests[0].service, look.symbols, 30)}"
            f" to: {clean(one.plan.title, look.symbols, 60)}"
            for one in self._sending
        ]
        until = f"{waited} of {self._most:g} s at most, then the console ends"
        self._words.update(Content("\n".join([*told, until])))
