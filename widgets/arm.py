"""Arming: one site or cluster, for how long, and why; or disarming."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, OptionList, Static

from console.model import Arming
from console.model.affairs import Affairs
from console.model.wishes import ArmIt, DisarmIt
from widgets.careful import Careful
from widgets.choice import Choice
from widgets.desk import desk
from widgets.standing import armed_words, standing
from widgets.wishes import Wanted
from widgets.words import clean

MINUTES = 30
Scopes = tuple[str, ...]


def offered(first: Sequence[Scopes], affairs: Affairs) -> tuple[Scopes, ...]:
    """What can be armed: what the highlighted things serve, each together; then each scope."""
    known = set(affairs.scopes)
    own = (tuple(dict.fromkeys(s for s in scopes if s in known)) for scopes in first)
    return tuple(dict.fromkeys([*filter(None, own), *((scope,) for scope in affairs.scopes)]))


class ArmDialog(Careful):
    """With a key, the scopes are fixed: they are those that a shown plan needs."""

    AUTO_FOCUS = "#scopes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", id="arm.cancel"),
    ]

    def __init__(self, first: Sequence[Scopes] = (), key: str = "") -> None:
        super().__init__()
        self._first, self._key = tuple(first), key
        self._offered: tuple[Scopes, ...] = ()
        self._why = Static(markup=False, id="why")

    def compose(self) -> ComposeResult:
        """What is armed now; what to arm; how long; why."""
        app = desk(self)
        self._offered = self._first if self._key else offered(self._first, app.affairs)
        with Vertical(classes="box") as box:
            box.border_title = Content("Arm: what this console may act on")
            yield self._why
            options = [Content(self._named(scopes)) for scopes in self._offered]
            yield OptionList(*options, id="scopes", markup=False)
            with Horizontal(classes="asked"):
                yield Label("minutes", markup=False)
                yield Input(str(MINUTES), id="minutes", compact=True)
            with Horizontal(classes="asked"):
                yield Label("why    ", markup=False)
                yield Input(id="reason", compact=True, placeholder="a reason, for the journal")
            with Horizontal(classes="buttons"):
                yield Choice("Cancel", "cancel")
                yield Choice("Disarm now", "disarm")
                yield Choice("Arm", "arm")

    def _named(self, scopes: Sequence[str]) -> str:
        affairs, symbols = desk(self).affairs, desk(self).symbols
        return clean(" + ".join(affairs.title(scope) for scope in scopes), symbols)

    def on_mount(self) -> None:
        """Say how it stands."""
        self.watch(self.app, "affairs", self._stand, init=False)
        self.query_one("#scopes", OptionList).highlighted = 0 if self._offered else None
        if self._key:  # nothing to choose: what is typed at once is the reason
            self.set_focus(self.query_one("#reason"))
        self._stand()

    def _stand(self) -> None:
        app = desk(self)
        arming, barred = app.affairs.arming, app.affairs.barred
        told = armed_words(arming, app.affairs, app.look) if arming else "nothing is armed"
        never = f"{standing(app.affairs, app.look)}: nothing can be armed"
        self._why.update(Content(never if barred else told))
        self.query_one("#disarm").display = arming is not None
        self._allow()

    def _minutes(self) -> float | None:
        try:
            minutes = float(self.query_one("#minutes", Input).value)
        except ValueError:
            return None
        return minutes if Arming.SHORTEST <= minutes <= Arming.LONGEST else None

    def _against(self) -> str:
        if desk(self).affairs.barred:
            return "not this console"
        if self._chosen() is None:
            return "choose what"
        if self._minutes() is None:
            return f"minutes: {Arming.SHORTEST} to {Arming.LONGEST}"
        return "" if self.query_one("#reason", Input).value.strip() else "say why"

    def _chosen(self) -> Scopes | None:
        at = self.query_one("#scopes", OptionList).highlighted
        return self._offered[at] if at is not None and at < len(self._offered) else None

    def _allow(self) -> None:
        against, arm = self._against(), self.query_one("#arm", Choice)
        chosen = self._named(self._chosen() or ())
        arm.label = f"Arm {chosen} ({against})" if against else f"Arm {chosen}"
        arm.disabled = bool(against)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed decides."""
        event.stop()
        self._allow()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to what is next; the button alone arms."""
        event.stop()
        if event.input.id == "minutes":
            self.set_focus(self.query_one("#reason"))
        elif not self._against():
            self.set_focus(self.query_one("#arm"))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another scope."""
        event.stop()
        self._allow()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """This scope; go on to the minutes."""
        event.stop()
        self.set_focus(self.query_one("#minutes"))

    def on_choice_pressed(self, event: Choice.Pressed) -> None:
        """Arm, disarm, or neither."""
        event.stop()
        if self.deaf:
            return
        minutes, chosen = self._minutes(), self._chosen()
        if event.choice.id == "disarm":
            self.app.post_message(Wanted(DisarmIt()))
        elif event.choice.id == "arm" and not self._against() and minutes and chosen:
            reason = self.query_one("#reason", Input).value.strip()
            self.app.post_message(Wanted(ArmIt(chosen, minutes, reason, self._key)))
        self.dismiss()

    def action_cancel(self) -> None:
        """Leave everything as it is."""
        if not self.deaf:
            self.dismiss()
