"""Arming: one site or cluster, or a whole night; for how long, and why; or disarming."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, OptionList, Static

from console.model import Arming
from console.model.affairs import Affairs, Night
from console.model.wishes import ArmIt, DisarmIt
from widgets.careful import Careful
from widgets.choice import Choice, Tick
from widgets.desk import desk
from widgets.look import Look
from widgets.plan_words import folded
from widgets.standing import armed_words, standing
from widgets.symbols import STYLES
from widgets.wishes import Wanted
from widgets.words import clean

MINUTES, NIGHT = 30, 240
OTHERS = 8  # lines of the dialog beside the list and what a night is told by
LEAST = 3  # of the list, which scrolls
Scopes = tuple[str, ...]
Armable = Scopes | Night


def offered(
    first: Sequence[Scopes], affairs: Affairs, nights: Sequence[Night] = ()
) -> tuple[Armable, ...]:
    """What can be armed: this night; what the highlighted things serve; scopes; other nights."""
    known = set(affairs.scopes)
    own = (tuple(dict.fromkeys(s for s in scopes if s in known)) for scopes in first)
    each = ((scope,) for scope in affairs.scopes)
    others = (night for night in affairs.nights if night not in nights)
    return tuple(dict.fromkeys([*nights, *filter(None, own), *each, *others]))


def night_lines(night: Night, look: Look, width: int) -> list[str]:
    """What would run by itself, before anybody arms it."""
    said = "By itself, without asking again, as soon as its turn has come:"
    acts = [clean(one, look.symbols) for one in night.steps] or ["every step marked auto"]
    lines = [f"{look.symbols.pointer} {one}" for one in acts]
    stops = "The first refusal or doubt stops it, disarms and rings."
    return [part for line in (said, *lines, stops) for part in folded(line, width)]


class ArmDialog(Careful):
    """With a key, the scopes are fixed: they are those that a shown plan needs."""

    DEFAULT_CSS = "ArmDialog #night { height: auto; display: none; }"
    AUTO_FOCUS = "#scopes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", id="arm.cancel"),
    ]

    def __init__(
        self, first: Sequence[Scopes] = (), key: str = "", nights: Sequence[Night] = ()
    ) -> None:
        super().__init__()
        self._first, self._key, self._nights = tuple(first), key, tuple(nights)
        self._offered: tuple[Armable, ...] = ()
        self._usual = str(MINUTES)
        """The minutes as the dialog filled them in: what a person typed stays."""
        self._why = Static(markup=False, id="why")

    def compose(self) -> ComposeResult:
        """What is armed now; what to arm; what it would do; how long; why."""
        app = desk(self)
        first = offered(self._first, app.affairs, self._nights)
        self._offered = self._first if self._key else first
        with Vertical(classes="box") as box:
            box.border_title = Content("Arm: what this console may act on")
            yield self._why
            options = [Content(self._named(one)) for one in self._offered]
            yield OptionList(*options, id="scopes", markup=False)
            yield Static(id="night", markup=False)
            yield Tick("it may also empty topics (a copy of their records is kept)", "empties")
            with Horizontal(classes="asked"):
                yield Label("minutes", markup=False)
                yield Input(self._usual, id="minutes", compact=True)
            with Horizontal(classes="asked"):
                yield Label("why    ", markup=False)
                yield Input(id="reason", compact=True, placeholder="a reason, for the journal")
            with Horizontal(classes="buttons"):
                yield Choice("Cancel", "cancel")
                yield Choice("Disarm now", "disarm")
                yield Choice("Arm", "arm")

    def _named(self, one: Armable) -> str:
        affairs, symbols = desk(self).affairs, desk(self).symbols
        night = isinstance(one, Night)
        scopes = " + ".join(affairs.title(scope) for scope in _scopes(one))
        title = f"the night of {one.title}: " if isinstance(one, Night) else ""
        return clean(f"{title}{scopes}{', its steps run by themselves' if night else ''}", symbols)

    def on_mount(self) -> None:
        """Say how it stands."""
        self.watch(self.app, "affairs", self._stand, init=False)
        self.query_one("#scopes", OptionList).highlighted = 0 if self._offered else None
        if self._key:  # nothing to choose: what is typed at once is the reason
            self.set_focus(self.query_one("#reason"))
        self._choose()
        self._stand()

    def _stand(self) -> None:
        app = desk(self)
        arming, barred = app.affairs.arming, app.affairs.barred
        told = armed_words(arming, app.affairs, app.look) if arming else "nothing is armed"
        never = f"{standing(app.affairs, app.look)}: nothing can be armed"
        self._why.update(Content(never if barred else told))
        self.query_one("#disarm").display = arming is not None
        self._allow()

    def _choose(self) -> None:
        """Another one is highlighted: what it does by itself, and for how long as a rule."""
        chosen, minutes = self._chosen(), self.query_one("#minutes", Input)
        night = chosen if isinstance(chosen, Night) else None
        told, tick = self.query_one("#night", Static), self.query_one("#empties", Tick)
        told.display, tick.display = night is not None, bool(night and night.empties)
        tick.on = False
        lines: list[str] = []
        if night is not None:
            lines = night_lines(night, desk(self).look, min(94, self.app.size.width) - 4)
            told.update(Content.styled("\n".join(lines), STYLES["warning"]))
        self._fit(len(lines) + tick.display)
        if minutes.value == self._usual:
            self._usual = minutes.value = str(NIGHT if night else MINUTES)
        self._allow()

    def _fit(self, more: int) -> None:
        """The list gives way: never a dialog whose buttons are not seen."""
        room = self.app.size.height - OTHERS - more
        self.query_one("#scopes").styles.max_height = max(min(room, 10), LEAST)

    def on_resize(self) -> None:
        """Other lines may fit."""
        self._choose()

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

    def _chosen(self) -> Armable | None:
        at = self.query_one("#scopes", OptionList).highlighted
        return self._offered[at] if at is not None and at < len(self._offered) else None

    def _allow(self) -> None:
        against, arm, chosen = self._against(), self.query_one("#arm", Choice), self._chosen()
        name = self._named(_scopes(chosen)) if chosen else ""
        name = f"{name} for the night" if isinstance(chosen, Night) else name
        arm.label = f"Arm {name} ({against})" if against else f"Arm {name}"
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
        """Another scope, or a night."""
        event.stop()
        self._choose()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """This one; go on to what else it asks."""
        event.stop()
        tick = self.query_one("#empties")
        self.set_focus(tick if tick.display else self.query_one("#minutes"))

    def on_choice_pressed(self, event: Choice.Pressed) -> None:
        """Arm, disarm, or neither."""
        event.stop()
        if self.deaf:
            return
        if event.choice.id == "disarm":
            self.app.post_message(Wanted(DisarmIt()))
        elif event.choice.id == "arm" and (wish := self._wish()):
            self.app.post_message(Wanted(wish))
        self.dismiss()

    def _wish(self) -> ArmIt | None:
        minutes, chosen = self._minutes(), self._chosen()
        if self._against() or minutes is None or chosen is None:
            return None
        reason = self.query_one("#reason", Input).value.strip()
        if not isinstance(chosen, Night):
            return ArmIt(chosen, minutes, reason, self._key)
        empties = chosen.empties and self.query_one("#empties", Tick).on
        return ArmIt(chosen.scopes, minutes, reason, self._key, (chosen.case,), empties)

    def action_cancel(self) -> None:
        """Leave everything as it is."""
        if not self.deaf:
            self.dismiss()


def _scopes(one: Armable) -> Scopes:
    return one.scopes if isinstance(one, Night) else one
