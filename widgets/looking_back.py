"""The keys that lead through the past, and what they refuse there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.actions import parse
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from console.model import past as p
from widgets.closely import UNOPENED, WISH
from widgets.moments import Moments, Projecting
from widgets.past_words import DEEDS, of_then, refusal
from widgets.wishes import CloserWanted, CopyWanted, LeaveWanted

if TYPE_CHECKING:
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode
    from textual.worker import WorkType

    from console.model import Board
    from console.model.affairs import Affairs

GROUP = "past"
ELSEWHERE = "looking back was given up: another screen is open"
PATIENCE_S = 0.5  # until it is said that the recording is being opened
BACK_S, FAR_S = 10, 300  # seconds of the estate's clock
Backwards = Callable[[], Awaitable[Projecting | None]]
"""Opens what was recorded of this estate; None where it cannot be, and that was said."""


class LookingBack(Moments):
    """The desk with the keys of the past, in which nothing can be done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("0", "past_now", "now", show=False, priority=True, id="past.now"),
        Binding("space", "past_play", "play", show=False, priority=True, id="past.play"),
        *(
            Binding(key, action, told, show=False, priority=True, id=f"past.{id}")
            for key, action, told, id in (
                ("comma", f"past_shift(-{BACK_S})", "10 s back", "back"),
                ("full_stop", f"past_shift({BACK_S})", "on", "on"),
                ("less_than_sign", f"past_shift(-{FAR_S})", "5 min back", "far_back"),
                ("greater_than_sign", f"past_shift({FAR_S})", "on", "far_on"),
                ("left_square_bracket,f7", "past_jump('worse',-1)", "worse before", "worse_before"),
                ("right_square_bracket,f8", "past_jump('worse',1)", "after", "worse_after"),
                ("left_parenthesis,f9", "past_jump('finding',-1)", "case before", "case_before"),
                ("right_parenthesis,f10", "past_jump('finding',1)", "after", "case_after"),
                ("left_curly_bracket,f11", "past_jump('act',-1)", "act before", "act_before"),
                ("right_curly_bracket,f12", "past_jump('act',1)", "after", "act_after"),
                ("t", "past_go", "to a time", "go"),
                ("m", "past_mark", "mark, what changed", "mark"),
                ("plus,equals_sign", "past_pace(1)", "faster", "faster"),
                ("minus", "past_pace(-1)", "slower", "slower"),
                ("left", "past_step(-1)", "one change back", "step_back"),
                ("right", "past_step(1)", "one change on", "step"),
            )
        ),
    ]
    backwards: Backwards | None = None
    _asked: int | None = None
    """While it is opened: how far on it was asked to go meanwhile, in seconds."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the past count where no text is typed and no dialog is open."""
        if not action.startswith("past_"):
            return super().check_action(action, parameters)
        if isinstance(self.screen, ModalScreen) or isinstance(self.focused, Input):
            return False
        if self.past is None and self._on_the_way:
            return action in ("past_shift", "past_now")
        if self.past is None:
            return action == "past_shift" and parameters == (-BACK_S,) and self._may_look_back
        return action != "past_now" or not self.past.replay

    @property
    def _on_the_way(self) -> bool:
        """Whether a person wants to see the past, and its first moment is not there yet."""
        living = self.backwards is not None
        return living and (self._asked is not None or self.projector is not None)

    @property
    def _may_look_back(self) -> bool:
        return bool(getattr(self.screen, "has_past", False))

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Every key's deed; what is of now is refused while the past is shown."""
        name = (parse(action) if isinstance(action, str) else action)[1]
        if self.past is not None and name in DEEDS and not isinstance(self.screen, ModalScreen):
            self.refuse()
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def refuse(self) -> None:
        """Say why nothing is done."""
        if self.past is not None:
            self.notify(refusal(self.past, self.look), timeout=4, markup=False)

    def on_closer_wanted(self, wanted: CloserWanted) -> None:
        """Logs are read as they are now: not in the past."""
        if self.past is not None:
            wanted.prevent_default()
            self.refuse()

    def on_leave_wanted(self, wanted: LeaveWanted) -> None:
        """`q` leads back to now first; from there, out."""
        if self.past is not None and not self.past.replay and not wanted.sure:
            wanted.prevent_default()
            self.action_past_now()

    def action_leave(self, sure: bool = False) -> None:
        """What would be left behind is of now; a replay leaves nothing behind."""
        if self.past is not None and self.past.replay:
            return self.leave(0)
        if self.past is not None:
            self.action_past_now()
        return super().action_leave(sure)

    def dated(self, wanted: CopyWanted) -> CopyWanted:
        """What is taken along of the past says so, and is not written over what is of now."""
        return wanted if self.past is None else of_then(wanted, self.past, self.look)

    # Keys

    def action_past_shift(self, seconds: int) -> None:
        """So far back, or on; the first step back opens the recording."""
        if self.projector is not None:
            self.projector.want(p.MoveBy(seconds))
        elif self._asked is not None:
            self._asked += seconds
        elif self.backwards is None:
            self.say(UNOPENED, bad=True)
        else:
            self._asked = seconds
            work: WorkType[None] = self._look_back
            self.run_worker(work, name=WISH, group=GROUP, exclusive=True, exit_on_error=False)

    def behold(self, past: p.Past, board: Board, affairs: Affairs) -> None:
        """Show this moment instead of now: the first one not under another screen of now."""
        living = self.projector is not None and not past.replay
        if living and self.past is None and not self._may_look_back:
            self.action_past_now()
            return self.say(ELSEWHERE)
        return super().behold(past, board, affairs)

    async def _look_back(self) -> None:
        if self.backwards is None:
            return
        waiting = self.set_timer(PATIENCE_S, self._wait)
        try:
            projector = await self.backwards()
        finally:
            waiting.stop()
        asked, self._asked = self._asked or 0, None
        if projector is None:
            return
        if not self._may_look_back:  # what is typed there is of now
            await projector.close()
            self.say(ELSEWHERE)
            return
        self.project(projector)
        projector.want(p.MoveBy(asked))
        await projector.run()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What looks at the past ended by a fault: it is now again."""
        if event.worker.group == GROUP and event.state is WorkerState.ERROR:
            self._asked = None
            self.return_to_now()

    def _wait(self) -> None:
        self.notify("opening what was recorded; 0 gives it up", timeout=3)

    def action_past_now(self) -> None:
        """Show now again; what is being opened is not wanted any more."""
        self._asked = None
        self.workers.cancel_group(self, GROUP)
        self.return_to_now()

    def action_past_step(self, by: int) -> None:
        """To what was seen before, or next."""
        self._want(p.Step(by))

    def action_past_jump(self, kind: p.Happening, by: int) -> None:
        """To what happened before, or next."""
        self._want(p.Jump(kind, by))

    def action_past_play(self) -> None:
        """Go on by itself, or stand."""
        self._want(p.Play())

    def action_past_pace(self, by: int) -> None:
        """Faster, or slower."""
        self._want(p.Pace(by))

    def action_past_mark(self) -> None:
        """The first of two moments; the second time: what changed between them."""
        if self.past is not None and self.past.mark is None:
            self.notify("marked as A: go to another moment and press m again", timeout=4)
        self._want(p.MarkHere())

    async def action_past_go(self) -> None:
        """Ask for a time, and go there."""
        from widgets.form import Answer, Form

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self._want(p.GoTo(answer[1][0]))

        await self.push_screen(Form("Go to (02:14, or 2026-11-24 02:14:30)", ("time",)), answered)

    def _want(self, move: p.Move) -> None:
        if self.projector is not None:
            self.projector.want(move)
