"""The checklist of a finding: gone through by whoever is there; the journal has it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.model import Run, RunStep
from console.model.wishes import (
    Answered,
    AskWhat,
    CloseRun,
    SawIt,
    Skip,
    Tick,
    Told,
    TryAgain,
    Wish,
    WriteNote,
)
from widgets.act import ActDialog
from widgets.arm import ArmDialog
from widgets.blocks import Block, Unfolding
from widgets.checklist_words import block, heading
from widgets.desk import desk, follow
from widgets.form import Answer, Form
from widgets.header import Header
from widgets.keyline import KeyLine
from widgets.wishes import CopyWanted, Wanted
from widgets.words import clean


class Steps(Unfolding):
    """The steps; the cursor follows the one to do until a person moves it."""

    DEFAULT_CSS = "Steps { height: 1fr; }"

    def __init__(self, run: Callable[[], Run | None]) -> None:
        super().__init__(id="steps")
        self._run = run
        self._to_do = ""

    def blocks(self, width: int) -> Sequence[Block]:
        """Every step of the run."""
        run, app = self._run(), desk(self)
        if run is None:
            return []
        return [
            block(run, step, app.affairs, app.look, width, step.id == self.key)
            for step in run.steps
        ]

    def follow(self) -> None:
        """Show the run as it is now."""
        self.redo()
        run = self._run()
        to_do = run.step.id if run and run.step else ""
        if to_do and to_do != self._to_do:
            self._to_do = to_do
            self.go(to_do)


class Checklist(Screen[None]):
    """One run, by its finding or by its id."""

    DEFAULT_CSS = """
    Checklist { layout: vertical; }
    Checklist #head { height: auto; text-style: bold; padding: 0 1; }
    Checklist #stopped { height: auto; color: $text-warning; padding: 0 1; }
    """
    AUTO_FOCUS = "#steps"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "tick", id="step.tick"),
        Binding("s", "skip", "skip", id="step.skip"),
        Binding("n", "note", "note", id="step.note"),
        Binding("y", "copy", "copy", id="step.copy"),
        Binding("r", "run", "run the step", id="step.run"),
        Binding("t", "told", "told", show=False, id="step.told"),
        Binding("R", "again", "try again", show=False, id="step.again"),
        Binding("C", "close", "close it", show=False, id="run.close"),
        Binding("A", "arm", "arm", id="run.arm"),
        Binding("q,escape", "app.pop_screen", "back", id="run.back"),
    ]

    def __init__(self, *, finding: str = "", run: str = "") -> None:
        super().__init__()
        self._finding, self._run_id = finding, run
        self._head, self._steps = Static(id="head", markup=False), Steps(lambda: self.run)

    @property
    def run(self) -> Run | None:
        """The run as it stands; once known, it stays this one, also when it is closed."""
        affairs = desk(self).affairs
        if not self._run_id and (found := affairs.run_of(self._finding)):
            self._run_id = found.id
        return affairs.run(self._run_id)

    @property
    def step(self) -> RunStep | None:
        """The step under the cursor."""
        return self.run.of(self._steps.key) if self.run else None

    def compose(self) -> ComposeResult:
        """What it is, then its steps."""
        yield Header()
        yield self._head
        yield self._steps
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow the run."""
        follow(self, "affairs now symbols", self._follow)

    def _follow(self) -> None:
        app, run = desk(self), self.run
        words = heading(run, app.affairs, app.look) if run else "the checklist is being opened"
        stopped = f"\nSTOPPED at {clean(run.stopped, app.symbols)}" if run and run.stopped else ""
        notes = [f"\nnote: {clean(note, app.symbols)}" for note in (run.notes if run else ())]
        if run and run.waits_to_be_closed:
            stopped = "\nNothing is left to do, but an act was passed over. C closes it"
        mover = clean(app.affairs.mover, app.symbols) if run and run.closed_at is None else ""
        moved = f"\nchecks, waits and time-outs are moved on by {mover}" if mover else ""
        self._head.update(Content(words + moved + stopped + "".join(notes)))
        self._steps.follow()

    def _wish(self, wish: Wish) -> None:
        self.post_message(Wanted(wish))

    def _here(self, *kinds: str) -> tuple[Run, RunStep] | None:
        """The run and the step, where that step is of such a kind and still open."""
        run, step = self.run, self.step
        if run is None or step is None or run.closed_at is not None:
            return None
        if kinds and step.kind not in kinds:
            self.app.notify(f"a step of kind {step.kind}: not this key", timeout=3, markup=False)
            return None
        return run, step

    async def action_tick(self) -> None:
        """Done by a person; of a contact: somebody answered; of an act: it was seen to happen."""
        if (here := self._here("do", "contact", "run")) is None:
            return
        run, step = here
        if step.kind == "do":
            self._wish(Tick(run.id, step.id))
            return
        if step.kind == "run":
            title = "It happened, though nothing proved it here: what shows that?"
            await self._asked(title, lambda text: SawIt(run.id, step.id, text))
            return

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self._wish(Answered(run.id, step.id, answer[1][0], answer[1][1]))

        form = Form("Who answered? A role or a desk is enough", ("who", "said"))
        await self.app.push_screen(form, answered)

    async def action_skip(self) -> None:
        """Pass it over, with the reason."""
        if (here := self._here()) is not None:
            run, step = here
            await self._asked("Skip this step: why?", lambda text: Skip(run.id, step.id, text))

    async def action_note(self) -> None:
        """Write something down on the step."""
        if (run := self.run) is not None:
            step = self._steps.key
            note = "Note on this step"
            await self._asked(note, lambda text: WriteNote(text, run=run.id, step=step))

    async def action_close(self) -> None:
        """It is over, whatever is left."""
        if (run := self.run) is not None and run.closed_at is None:
            await self._asked("Close this checklist: why?", lambda text: CloseRun(run.id, text))

    async def _asked(self, title: str, wish: Callable[[str], Wish]) -> None:
        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self._wish(wish(answer[1][0]))

        await self.app.push_screen(Form(title, ("text",)), answered)

    def action_copy(self) -> None:
        """The message of a contact, else the step as it is shown."""
        step = self.step
        if step is None:
            return
        lines = next((one.lines for one in self._steps.shown if one.key == step.id), ())
        text = "\n".join("".join(part for part, _ in line).rstrip() for line in lines)
        self.post_message(CopyWanted(clean_lines(step.message) or text))

    async def action_run(self) -> None:
        """The step's remedy, shown before anything is sent; of a contact, sending its message."""
        if (here := self._here("run", "contact")) is not None:
            run, step = here
            if step.kind == "contact" and not desk(self).affairs.sends(step.contact):
                told = "the console cannot write to them: y copies the message, t says how you told"
                self.app.notify(told, timeout=5, markup=False)
                return
            await self.app.push_screen(ActDialog(AskWhat("", run=run.id, step=step.id)))

    async def action_told(self) -> None:
        """Somebody was called or written to by another way: which?"""
        if (here := self._here("contact")) is None:
            return
        run, step = here
        card = desk(self).affairs.contacts.get(step.contact)
        channels = card.channels if card and card.channels else ("by word of mouth",)

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self._wish(Told(run.id, step.id, channels[answer[0]]))

        await self.app.push_screen(Form("Told by which way?", (), channels), answered)

    def action_again(self) -> None:
        """Try a step that failed once more."""
        run, step = self.run, self.step
        if run and step and step.outcome in ("failed", "unknown"):
            self._wish(TryAgain(run.id, step.id))

    async def action_arm(self) -> None:
        """Arm what this run is about, or disarm."""
        if (run := self.run) is not None:
            nights = [one for one in desk(self).affairs.nights if one.case == run.case]
            await self.app.push_screen(ArmDialog([run.scopes or (run.scope,)], nights=nights))


def clean_lines(text: str) -> str:
    """A message of several lines without control codes: it is pasted elsewhere."""
    return "\n".join(clean(line, longest=4000) for line in text.splitlines())
