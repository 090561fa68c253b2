"""What is written down of findings and checklists: entries to be, runs and their steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from console.model.acts import Kind
from console.model.board import EMPTY, Ref

StepOutcome = Literal["", "done", "verified", "by_hand", "failed", "unknown", "skipped", "left_out"]
"""Empty while a step is open; `left_out`: its only_if did not hold.

`by_hand`: an act that a person saw happen, where nothing proved it.
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that is to be written to the journal."""

    kind: Kind
    data: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a step had come to when an act of it was begun."""

    outcome: StepOutcome
    why: str
    acted: datetime | None
    acting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStep:
    """One line of a running checklist: what it says, and how far it is."""

    id: str
    kind: str
    """do, check, wait, run or contact."""
    title: str
    say: str = ""
    """Why, for somebody who has never done it."""
    remedy: str = ""
    contact: str = ""
    message: str = ""
    """Ready to copy, filled in."""
    auto: bool = False
    gate: bool = False
    """Nothing after it is done before it holds."""
    outcome: StepOutcome = ""
    why: str = ""
    """What the outcome rests on: values, a reason, who answered."""
    began: datetime | None = None
    """Estate time at which it became the one to do."""
    at: datetime | None = None
    """Real time of its outcome."""
    by: str = ""
    notes: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    """Evidence as it was when the step began; `after`: when it ended."""
    after: tuple[str, ...] = ()
    now: str = ""
    """What a check or wait sees at present."""
    due: datetime | None = None
    """Estate time: the time-out, or when the next try of a contact is due."""
    sent: tuple[str, ...] = ()
    """Tries of a contact, a line each."""
    posted: str = ""
    """The act that sent the last of them, where the console sent it."""
    acted: datetime | None = None
    """Estate time of its act's start; of one that was only seen to happen: not later than it."""
    acting: bool = False
    """Its remedy was started and has not ended."""
    earlier: Earlier | None = None
    """How it stood before the act that goes on: so it stands again if that one is not sent."""
    good: int = 0
    """Fresh reads in a row that agreed with `held`."""
    held: bool = False
    read_at: datetime | None = None
    """Estate time of the read that was counted last."""

    @property
    def passed(self) -> bool:
        """Whether what comes after this gate may be done."""
        return self.outcome in ("verified", "left_out", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A checklist under way, as the journal tells it; anybody may go on with it."""

    id: str
    case: str
    title: str
    finding: str
    scope: str
    scopes: tuple[str, ...] = ()
    since: datetime
    """Since when the finding was, estate's clock."""
    opened_at: datetime
    """Real time."""
    opened: datetime | None = None
    """The same moment by the estate's clock."""
    by: str = ""
    evidence: tuple[Ref, ...] = ()
    why: tuple[str, ...] = ()
    """What the finding rested on then."""
    steps: tuple[RunStep, ...] = ()
    notes: tuple[str, ...] = ()
    closed_at: datetime | None = None
    closed_why: str = ""
    stopped: str = ""
    """Why it cannot go on by itself: a step failed, and a person decides."""
    stopped_at: str = ""
    """That step's id."""
    call: tuple[str, ...] = ()
    """Contacts to escalate to, in this order."""

    @property
    def step(self) -> RunStep | None:
        """The one to do now, or None when all are done."""
        if self.closed_at is not None:
            return None
        return next((one for one in self.steps if not one.outcome or self.holds_up(one)), None)

    def holds_up(self, step: RunStep) -> bool:
        """Whether the run stands still at this step because it failed."""
        return bool(self.stopped_at) and self.stopped_at == step.id

    def barrier(self, step: str) -> RunStep | None:
        """The gate before a step that is not passed: verified, left out, or passed by a person."""
        ids = [one.id for one in self.steps]
        before = self.steps[: ids.index(step)] if step in ids else ()
        return next((one for one in before if one.gate and not one.passed), None)

    @property
    def waits_to_be_closed(self) -> bool:
        """Nothing is left to do, but an act was passed over: only a person says that it is over."""
        passed_over = any(one.kind == "run" and one.outcome == "skipped" for one in self.steps)
        return passed_over and self.closed_at is None and self.step is None

    def of(self, step: str) -> RunStep | None:
        """A step by its id."""
        return next((one for one in self.steps if one.id == step), None)
