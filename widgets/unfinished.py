"""Shown first after a crash: acts that were begun and have no end, and what the world says now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.model.affairs import OpenAct
from console.model.wishes import LookAgain, PlanIt
from widgets.act import ActDialog
from widgets.careful import Careful
from widgets.choice import Choice
from widgets.desk import desk, follow
from widgets.look import Look
from widgets.plan_words import folded, verdict_lines
from widgets.symbols import STYLES
from widgets.wishes import Wanted
from widgets.words import clean


def act_lines(act: OpenAct, look: Look, width: int) -> Iterator[Content]:
    """What it was, and what is seen of it now."""
    sign = look.symbols.warning
    for line in folded(f"{sign} {clean(act.said, look.symbols)}", width):
        yield Content.styled(line, STYLES["warning"])
    if act.verdict is not None:
        yield Content("the world says now:")
        yield from verdict_lines(act.verdict, look, width)
    elif act.trouble:
        yield Content.styled(clean(act.trouble, look.symbols), STYLES["critical"])
        yield Content("ctrl+r looks again")
    else:
        yield Content("looking at the world; nothing is repeated")


class Unfinished(Careful):
    """Every act without an end is looked at again, and none is repeated."""

    DEFAULT_CSS = """
    Unfinished #body { height: auto; scrollbar-size: 0 0; }
    """
    AUTO_FOCUS = "#close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "go on", id="unfinished.close"),
        Binding("ctrl+r", "again", "look again", id="unfinished.again"),
        Binding("pagedown,down", "scroll(3)", "down", show=False, id="unfinished.down"),
        Binding("pageup,up", "scroll(-3)", "up", show=False, id="unfinished.up"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._words = Static(markup=False)
        self._looked: set[str] = set()

    def compose(self) -> ComposeResult:
        """One after the other."""
        with Vertical(classes="box") as box:
            box.border_title = Content("Begun earlier, and its end is not known")
            with VerticalScroll(id="body", can_focus=False):
                yield self._words
            with Horizontal(classes="buttons"):
                yield Choice("Go on", "close")

    def on_mount(self) -> None:
        """Look at each, by itself: looking only reads."""
        follow(self, "affairs now symbols", self._follow)

    def _follow(self) -> None:
        app = desk(self)
        width = max(min(94, app.size.width) - 4, 20)
        blank, lines = Content(""), []
        for act in app.affairs.unfinished:
            lines += [*act_lines(act, app.look, width), blank]
        self._words.update(Content("\n").join(lines[:-1]))
        self._look(act for act in app.affairs.unfinished if act.act not in self._looked)
        self._offer(app.affairs.unfinished)
        self.fit_body(2)

    def _offer(self, acts: Iterable[OpenAct]) -> None:
        """What is half done can be ended from here: its plan is made now, and shown as any."""
        for act in acts:
            name, half = f"rest-{act.act}", act.verdict and act.verdict.outcome == "failed"
            if act.rest and act.order and half and not self.query(f"#{name}"):
                label = f"{act.rest.capitalize()} ({act.order.targets[0].name})"
                self.query_one(".buttons").mount(
                    Choice(clean(label, desk(self).look.symbols), name)
                )

    def action_again(self) -> None:
        """Look at those of which nothing is known yet."""
        self._look(desk(self).affairs.unfinished)

    def _look(self, acts: Iterable[OpenAct]) -> None:
        for act in acts:
            self._looked.add(act.act)
            if act.verdict is None and not act.looking:
                self.post_message(Wanted(LookAgain(act.act)))

    def action_scroll(self, by: int) -> None:
        """Read on."""
        self.query_one("#body").scroll_relative(y=by, animate=False)

    def on_choice_pressed(self, event: Choice.Pressed) -> None:
        """Seen; or the rest of one is wanted."""
        event.stop()
        acts = desk(self).affairs.unfinished
        order = next((a.order for a in acts if event.choice.id == f"rest-{a.act}"), None)
        if order is not None and not self.deaf:
            self.app.push_screen(ActDialog(PlanIt("", order)))
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Go on to the screen; what came out is in the journal."""
        if not self.deaf:
            self.dismiss()
