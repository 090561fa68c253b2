"""What a person wants of the console: values that travel from a screen to what acts and writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.model.acts import Order
from console.model.board import Ref


@dataclass(frozen=True, slots=True)
class Wish:
    """Anything wanted; each kind is its own class."""


@dataclass(frozen=True, slots=True)
class AskWhat(Wish):
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
class PlanIt(Wish):
    """Plan this one; also again, after an arming."""

    key: str
    order: Order


@dataclass(frozen=True, slots=True)
class FireIt(Wish):
    """Do what the doing shows."""

    key: str
    typed: str = ""
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropIt(Wish):
    """The dialog was left. An act under way goes on."""

    key: str


@dataclass(frozen=True, slots=True)
class ArmIt(Wish):
    """Allow acts on these scopes for a while."""

    scopes: tuple[str, ...]
    minutes: float
    reason: str
    key: str = ""
    """The doing that is planned again afterwards."""


@dataclass(frozen=True, slots=True)
class DisarmIt(Wish):
    """Allow nothing any more."""


@dataclass(frozen=True, slots=True)
class Acknowledge(Wish):
    """This finding is mine now."""

    finding: str


@dataclass(frozen=True, slots=True)
class Silence(Wish):
    """Do not call for this finding until then; None: call again."""

    finding: str
    until: datetime | None
    """Estate's clock."""
    reason: str


@dataclass(frozen=True, slots=True)
class WriteNote(Wish):
    """A note on a finding, a row, a run or a step."""

    text: str
    finding: str = ""
    about: str = ""
    run: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class OpenRun(Wish):
    """Begin the checklist of a finding, unless one is open."""

    finding: str


@dataclass(frozen=True, slots=True)
class Tick(Wish):
    """A person did this step."""

    run: str
    step: str


@dataclass(frozen=True, slots=True)
class SawIt(Wish):
    """A person saw that this step's act happened, where nothing proved it."""

    run: str
    step: str
    what: str


@dataclass(frozen=True, slots=True)
class Skip(Wish):
    """This step is passed over."""

    run: str
    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class TryAgain(Wish):
    """A step that failed is tried once more."""

    run: str
    step: str


@dataclass(frozen=True, slots=True)
class Told(Wish):
    """A message went out, or somebody was called."""

    run: str
    step: str
    channel: str
    act: str = ""
    """The act that sent it, where the console did."""


@dataclass(frozen=True, slots=True)
class Answered(Wish):
    """Somebody answered."""

    run: str
    step: str
    who: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class CloseRun(Wish):
    """The checklist is over, whatever is left."""

    run: str
    why: str


@dataclass(frozen=True, slots=True)
class LookAgain(Wish):
    """See how an act without an end came out."""

    act: str
