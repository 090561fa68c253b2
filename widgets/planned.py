"""What is planned in the next two weeks; and one window with its steps and its report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from console.model.planned import Planned
from console.model.wishes import ReportOut, TickPlanned
from widgets import planned_words as words
from widgets.blocks import Block, Unfolding
from widgets.checklist import clean_lines
from widgets.desk import desk, follow
from widgets.header import Header
from widgets.keyline import KeyLine
from widgets.planned_keys import PlannedKeys
from widgets.ringing import Ringing
from widgets.wishes import CopyWanted, Wanted


class Stretches(Unfolding):
    """Every window of two weeks, in order."""

    DEFAULT_CSS = "Stretches { height: 1fr; }"

    def blocks(self, width: int) -> Sequence[Block]:
        """What is just over, what goes on, what comes."""
        app = desk(self)
        found = words.shown(app.affairs.windows, app.look)
        if not found:
            return [Block("", (((" nothing is planned in windows.yaml", "dim"),),))]
        affairs, look = app.affairs, app.look
        return [words.line(one, affairs, look, width, one.id == self.key) for one in found]


class PlannedScreen(PlannedKeys):
    """The list; it opens at what is due."""

    DEFAULT_CSS = """
    PlannedScreen { layout: vertical; }
    PlannedScreen #head { height: 1; text-style: bold; padding: 0 1; }
    """
    AUTO_FOCUS = "#stretches"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "steps and report", id="planned.open"),
        Binding("y", "copy", "copy", id="planned.copy"),
        Binding("q,escape", "app.pop_screen", "back", id="planned.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._head = Static(id="head", markup=False)
        self._list = Stretches(id="stretches")
        self._placed = False

    def compose(self) -> ComposeResult:
        """How much is open, then all of it."""
        yield Header()
        yield Ringing()
        yield self._head
        yield self._list
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow what the program knows."""
        follow(self, "affairs now symbols", self._follow)

    def _follow(self) -> None:
        app = desk(self)
        now, windows = app.now.estate, app.affairs.windows
        told = [f"{sum(one.open(now) for one in windows)} open"]
        if missed := sum(one.missed(now) for one in windows):
            told.append(f"{missed} report{'s' * (missed > 1)} MISSED")
        told += [f"{sum(one.start > now for one in windows)} to come in 14 days"]
        self._head.update(Content(f"Planned: {', '.join(told)}"))
        self._list.redo()
        if not self._placed and windows:
            self._placed = True
            first = [one for one in windows if one.missed(now) or one.open(now) or one.owed]
            due = next(iter(first), None) or next((o for o in windows if o.start > now), None)
            self._list.go(due.id if due else "")

    @property
    def window(self) -> Planned | None:
        """The one under the cursor."""
        windows = desk(self).affairs.windows
        return next((one for one in windows if one.id == self._list.key), None)

    async def action_open(self) -> None:
        """Its steps and its report."""
        if self.window is not None:
            await self.app.push_screen(PlannedPage(self.window.id))

    async def on_blocks_opened(self, event: Unfolding.Opened) -> None:
        """The same."""
        await self.action_open()

    def action_copy(self) -> None:
        """The report that is ready, else the line."""
        if one := self.window:
            shown = next((each.lines for each in self._list.shown if each.key == one.id), ())
            text = "\n".join("".join(part for part, _ in each).strip() for each in shown)
            self.post_message(CopyWanted(clean_lines(one.report) or text))


class Work(Unfolding):
    """The steps of one window, then its report; the cursor follows the first to do."""

    DEFAULT_CSS = "Work { height: 1fr; }"

    def __init__(self, window: Callable[[], Planned | None]) -> None:
        super().__init__(id="work")
        self._window, self._to_do = window, ""

    def blocks(self, width: int) -> Sequence[Block]:
        """Steps, report."""
        one, look = self._window(), desk(self).look
        if one is None:
            return [Block("", (((" no longer planned", "dim"),),))]
        steps = [words.step(one, each, look, width, each.id == self.key) for each in one.steps]
        return [*steps, words.report(one, look, width)]

    def follow(self) -> None:
        """Show it as it is now."""
        self.redo()
        one = self._window()
        if one is None:
            return
        to_do = next((each.id for each in one.steps if each.at is None), words.REPORT)
        if to_do != self._to_do:
            self._to_do = to_do
            self.go(to_do)


class PlannedPage(PlannedKeys):
    """One stretch of a window: tick its steps, take its report along, say that it is out."""

    DEFAULT_CSS = """
    PlannedPage { layout: vertical; }
    PlannedPage #head { height: auto; text-style: bold; padding: 0 1; }
    """
    AUTO_FOCUS = "#work"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "tick", id="planned.tick"),
        Binding("y", "copy", "copy the report", id="planned.take"),
        Binding("R", "reported", "report is out", id="planned.reported"),
        Binding("q,escape", "app.pop_screen", "back", id="planned.close"),
    ]

    def __init__(self, window: str) -> None:
        super().__init__()
        self._id = window
        self._last: Planned | None = None
        self._head, self._work = Static(id="head", markup=False), Work(lambda: self.window)

    @property
    def window(self) -> Planned | None:
        """The window as it stands; once it is too old to be listed, as it stood last."""
        windows = desk(self).affairs.windows
        found = next((one for one in windows if one.id == self._id), None)
        self._last = found or self._last
        return self._last

    def compose(self) -> ComposeResult:
        """What it is, then what is to be done."""
        yield Header()
        yield Ringing()
        yield self._head
        yield self._work
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow it."""
        follow(self, "affairs now symbols", self._follow)

    def _follow(self) -> None:
        app, one = desk(self), self.window
        if one is not None:
            self._head.update(Content(words.heading(one, app.affairs, app.look)))
        self._work.follow()

    def action_tick(self) -> None:
        """This step was done; once more: it was not, after all."""
        one = self.window
        steps = one.steps if one else ()
        step = next((each for each in steps if each.id == self._work.key), None)
        if one is None or step is None:
            self.app.notify("R says that the report is out", timeout=3, markup=False)
            return
        self.post_message(Wanted(TickPlanned(one.id, step.id, undone=step.at is not None)))

    def action_copy(self) -> None:
        """The text that is ready."""
        one = self.window
        if one is None or not one.report:
            self.app.notify("there is no report yet", timeout=3, markup=False)
            return
        self.post_message(CopyWanted(clean_lines(one.report)))

    def action_reported(self) -> None:
        """Somebody has sent it: it is due no more, and rings no more; once more: it is not out."""
        one = self.window
        if one is None:
            return
        if one.start > desk(self).now.estate:
            self.app.notify("it has not begun yet", timeout=3, markup=False)
            return
        self.post_message(Wanted(ReportOut(one.id, undone=one.reported_at is not None)))
