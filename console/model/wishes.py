"""What a person wants of the console: values that travel from a screen to what acts and writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.model.acts import Order
from console.model.board import Ref
from console.model.issues import Issue
from console.model.shift import OfHands, OfWalk


@dataclass(frozen=True, slots=True)
class AskWhat:
    """What could be done about a finding, on a row, or as a step? One answer is planned at once."""

    key: str
    """Names the doing in what is bound down."""
    finding: str = ""
    row: Ref | None = None
    run: str = ""
    step: str = ""
    all: bool = False
    """Every remedy that may act, not only the matching one."""


@dataclass(frozen=True, slots=True)
class PlanIt:
    """Plan this one; also again, after an arming."""

    key: str
    order: Order


@dataclass(frozen=True, slots=True)
class FireIt:
    """Do what the doing shows."""

    key: str
    typed: str = ""
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropIt:
    """The dialog was left. An act under way goes on."""

    key: str


@dataclass(frozen=True, slots=True)
class ArmIt:
    """Allow acts on these scopes for a while."""

    scopes: tuple[str, ...]
    minutes: float
    reason: str
    key: str = ""
    """The doing that is planned again afterwards."""
    cases: tuple[str, ...] = ()
    """Cases whose `auto` steps may run by themselves meanwhile."""
    may_empty_topics: bool = False
    """Whether such a step may empty a topic."""


@dataclass(frozen=True, slots=True)
class DisarmIt:
    """Allow nothing any more."""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """This finding is mine now."""

    finding: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What rings for this cluster was heard: quiet until it gets worse again."""

    scope: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Do not call for this finding until then; None: call again."""

    finding: str
    until: datetime | None
    """Estate's clock."""
    reason: str


@dataclass(frozen=True, slots=True)
class WriteNote:
    """A note on a finding, a row, a run or a step."""

    text: str
    finding: str = ""
    about: str = ""
    run: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Begin the checklist of a finding, unless one is open."""

    finding: str


@dataclass(frozen=True, slots=True)
class OnStep:
    """What a person does to one step of a checklist."""

    run: str
    step: str


@dataclass(frozen=True, slots=True)
class Tick(OnStep):
    """A person did this step."""


@dataclass(frozen=True, slots=True)
class SawIt(OnStep):
    """A person saw that this step's act happened, where nothing proved it."""

    what: str


@dataclass(frozen=True, slots=True)
class Skip(OnStep):
    """This step is passed over."""

    reason: str


@dataclass(frozen=True, slots=True)
class TryAgain(OnStep):
    """A step that failed is tried once more."""


@dataclass(frozen=True, slots=True)
class Told(OnStep):
    """A message went out, or somebody was called."""

    channel: str
    act: str = ""
    """The act that sent it, where the console did."""


@dataclass(frozen=True, slots=True)
class Answered(OnStep):
    """Somebody answered."""

    who: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class CloseRun:
    """The checklist is over, whatever is left."""

    run: str
    why: str


@dataclass(frozen=True, slots=True)
class ChangeIssue:
    """This is how a known issue stands now."""

    issue: Issue
    before: Issue | None = None
    """As it was when it was looked at; None: it is new."""


@dataclass(frozen=True, slots=True)
class ImportIssues:
    """Bring in what a file says of known issues, all of it or nothing."""

    file: str


@dataclass(frozen=True, slots=True)
class ExportIssues:
    """Write the register of known issues to a file."""

    form: Literal["csv", "markdown"]
    file: str = ""
    """Empty: one in the state directory."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """See how an act without an end came out."""

    act: str


@dataclass(frozen=True, slots=True)
class TickPlanned:
    """A person did this step of a planned window; `undone`: not after all."""

    window: str
    step: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class ReportOut:
    """The report of a planned window was sent; `undone`: not after all."""

    window: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class CopyLink:
    """Take along the vendor's own page of a thing: of the first of these that has one."""

    refs: tuple[Ref, ...]


OfActs = CopyLink | AskWhat | PlanIt | FireIt | DropIt | ArmIt | DisarmIt | LookAgain
"""What the engine, or who knows the estate, is asked."""
OfRuns = Tick | SawIt | Skip | TryAgain | Told | Answered | CloseRun
"""What is written of a checklist."""
OfIssues = ChangeIssue | ImportIssues | ExportIssues
"""What is done with the register of known issues."""
OfWindows = TickPlanned | ReportOut
"""What is written of a planned window."""
OfFindings = Acknowledge | Heard | Silence | WriteNote | OpenRun
"""What is written of a finding."""
Written = OfFindings | OfWindows | OfRuns | OfIssues | OfHands
"""What is written down, each after the one before it."""
Wish = OfActs | Written | OfWalk
"""Anything wanted; each kind is its own class."""
