"""The dialog of one act: chosen, shown in full, fired, followed to its end."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from console.model import Proposal
from console.model.affairs import Doing
from console.model.wishes import AskWhat, DropIt, FireIt, PlanIt, Wish
from widgets.arm import ArmDialog
from widgets.careful import Careful
from widgets.choice import Choice
from widgets.desk import desk
from widgets.plan_words import doing_lines, order_words, title_words
from widgets.typed import Typed, texts_to_type
from widgets.wishes import CopyWanted, Wanted
from widgets.words import cell_len, clean, fit


class ActDialog(Careful):
    """Shows one doing by its key. Its target is fixed; leaving it stops nothing that flies."""

    DEFAULT_CSS = """
    ActDialog .box { width: 94; }
    ActDialog #body { height: auto; scrollbar-size: 0 0; }
    ActDialog #more { color: $text-warning; display: none; }
    ActDialog #choices { display: none; }
    """
    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "cancel", id="act.cancel"),
        Binding("right", "app.focus_next", "next", show=False, id="act.next"),
        Binding("left", "app.focus_previous", "before", show=False, id="act.before"),
        Binding("pagedown,down", "scroll(3)", "down", show=False, id="act.down"),
        Binding("pageup,up", "scroll(-3)", "up", show=False, id="act.up"),
        Binding("A", "arm", "arm", id="act.arm"),
        Binding("ctrl+r", "again", "plan again", id="act.again"),
        Binding("u", "unfinished", "look again", show=False, id="act.unfinished"),
        Binding("y", "copy", "copy", show=False, id="act.copy"),
    ]

    def __init__(self, ask: AskWhat | PlanIt) -> None:
        super().__init__()
        self.doing_key = secrets.token_hex(4)
        self._ask = ask
        self._doing: Doing | None = None
        self._words, self._typed = Static(markup=False), Typed()
        self._read = 0
        """Lines of the plan that were scrolled past: it is not fired before it was all seen."""

    def compose(self) -> ComposeResult:
        """The words, what must be typed, and Cancel before the rest."""
        with Vertical(classes="box"):
            with VerticalScroll(id="body", can_focus=False):
                yield self._words
            yield Static(id="more", markup=False)
            yield OptionList(id="choices", markup=False)
            yield self._typed
            with Horizontal(classes="buttons"):
                yield Choice("Cancel", "cancel")
                yield Choice("", "fire")

    def on_mount(self) -> None:
        """Ask what would be done, and follow it."""
        for name in ("affairs", "now", "symbols"):
            self.watch(self.app, name, self.follow, init=False)
        self.watch(self.query_one("#body"), "scroll_y", self._scrolled, init=False)
        self._wish(replace(self._ask, key=self.doing_key))
        self.follow()

    def _wish(self, wish: Wish) -> None:
        self.post_message(Wanted(wish))

    @property
    def width(self) -> int:
        """Cells for a line of words."""
        return max(min(94, self.app.size.width) - 4, 20)

    def on_resize(self) -> None:
        """Other lines may fit."""
        self.follow()

    def follow(self) -> None:
        """Show the doing as it is now."""
        app = desk(self)
        doing = app.affairs.doings.get(self.doing_key)
        if doing is None and self._doing is not None:
            return  # it ended and was forgotten; its last words stay
        before, self._doing = self._doing, doing
        if _still(doing) != _still(before):
            self._arrange(doing)
        self.query_one(".box").border_title = Content(title_words(doing, app.affairs, app.look))
        self._words.update(doing_lines(doing, app.look, self.width))
        self.fit_body(4 + len(self._typed.texts))
        self.call_after_refresh(self._scrolled)

    def _scrolled(self) -> None:
        """Say what is still below, and free the button once all was seen."""
        if not self.query("#more"):
            return  # it is being closed: what it holds goes before it does
        body, more = self.query_one("#body"), self.query_one("#more", Static)
        self._read = max(self._read, round(body.scroll_y))
        below = body.max_scroll_y - round(body.scroll_y)
        more.display = bool(body.max_scroll_y) or more.display
        said = f"page down reads on: {below} more lines" if below else "that is all of it"
        more.update(Content(said))
        self._allow()

    def _arrange(self, doing: Doing | None) -> None:
        """Another phase: Cancel has the keys again, and nothing is heard for a moment."""
        self.hush()
        self._read = 0
        self.query_one("#more").display = False
        self.query_one("#body").scroll_home(animate=False)
        phase = doing.phase if doing else "asking"
        self._choices(doing)
        self._typed.ask(texts_to_type(self._proposal) if self._proposal else ())
        fire, cancel = self.query_one("#fire", Choice), self.query_one("#cancel", Choice)
        fire.display = phase == "shown"
        cancel.label = "Cancel" if phase in ("asking", "choosing", "planning", "shown") else "Close"
        self._allow()
        first = self.query_one("#choices") if phase == "choosing" else cancel
        self.set_focus(first)

    def _choices(self, doing: Doing | None) -> None:
        choices, app = self.query_one("#choices", OptionList), desk(self)
        choices.display = doing is not None and doing.phase == "choosing"
        choices.clear_options()
        for order in doing.choices if doing else ():
            choices.add_option(Content(order_words(order, app.affairs, app.look)))

    @property
    def _proposal(self) -> Proposal | None:
        return self._doing.proposal if self._doing and self._doing.phase == "shown" else None

    def _against(self) -> str:
        """Why it cannot be fired now; empty when it can."""
        proposal = self._proposal
        if proposal is None:
            return "there is no plan"
        if proposal.refusals:
            return "a guard is against it"
        if self._read < self.query_one("#body").max_scroll_y:
            return "read it to its end"
        return self._typed.against

    def _allow(self) -> None:
        fire, against = self.query_one("#fire", Choice), self._against()
        proposal, symbols = self._proposal, desk(self).symbols
        title = clean(proposal.plan.title, symbols) if proposal else ""
        why = f" ({against})" if against else ""
        room = max(self.width - 16 - len(why), 10)
        fire.label = fit(title, min(cell_len(title), room), more=symbols.more) + why
        fire.disabled = bool(against)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The right name frees the button."""
        event.stop()
        self._allow()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field goes to the button; it never fires."""
        event.stop()
        self.set_focus(self.query_one("#cancel" if self._against() else "#fire"))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """This one is to be planned."""
        event.stop()
        if self._doing is not None and self._doing.phase == "choosing" and not self.deaf:
            self._wish(PlanIt(self.doing_key, self._doing.choices[event.option_index]))

    def on_choice_pressed(self, event: Choice.Pressed) -> None:
        """Cancel, or do what is shown: by mouse too, nothing is heard at first."""
        event.stop()
        if event.choice.id == "cancel":
            self.action_cancel()
        elif not self.deaf and not self._against():
            self._fire()

    def _fire(self) -> None:
        proposal = self._proposal
        assert proposal is not None
        overrides = tuple(g.override for g in proposal.guards if not g.ok and g.override)
        self.hush()  # a key held down neither fires twice nor leaves
        self.query_one("#fire", Choice).disabled = True
        self._wish(FireIt(self.doing_key, proposal.plan.typed, overrides))

    def action_cancel(self) -> None:
        """Leave. What flies goes on."""
        if not self.deaf:
            self.app.post_message(Wanted(DropIt(self.doing_key)))
            self.dismiss()

    def action_scroll(self, by: int) -> None:
        """Read on: a plan may be longer than the screen."""
        self.query_one("#body").scroll_relative(y=by, animate=False, immediate=True)

    def action_again(self) -> None:
        """Plan anew: the world, or a guard, may have changed."""
        if self._doing and self._doing.order and self._doing.phase in ("shown", "refused"):
            self._wish(PlanIt(self.doing_key, self._doing.order))

    async def action_arm(self) -> None:
        """Arm what the plan needs, from here; then it is planned again."""
        if proposal := self._proposal:
            await self.app.push_screen(ArmDialog([proposal.plan.scopes], self.doing_key))

    async def action_unfinished(self) -> None:
        """Look at acts without an end, which a guard may name; then it is planned again."""
        from widgets.unfinished import Unfinished

        if desk(self).affairs.unfinished:
            await self.app.push_screen(Unfinished(), lambda _: self.action_again())
        else:
            self.app.notify("no act without an end is known", timeout=3, markup=False)

    def action_copy(self) -> None:
        """Take these words along."""
        self.post_message(CopyWanted(doing_lines(self._doing, desk(self).look, 200).plain))


def _still(doing: Doing | None) -> Doing | None:
    """What makes a dialog another one: not how far it is."""
    return doing and replace(doing, progress=None, left="")
