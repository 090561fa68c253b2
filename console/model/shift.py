"""A change of hands: who gives the shift to whom, what was said of its items, what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from console.model.board import EMPTY, Board, Now
from console.model.handover import Handover, Item

Form = Literal["md", "html", "json"]
FORMS: tuple[Form, ...] = get_args(Form)
UNNAMED = "say first who gives the shift and who takes it: o"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody said of an item."""

    item: str
    who: str
    at: datetime
    """Real time."""
    title: str = ""
    """The item's, as it was then."""
    text: str = ""
    mark: str = ""
    """Of an acknowledgement: what the item said, and what was added to it."""
    answer: str = ""
    """Of a question: what was added to its item afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """One change of hands, under way or done."""

    shift: str
    gives: str
    takes: str
    since: datetime | None
    """Real time at which what is handed over began."""
    offered_at: datetime
    acknowledged: Mapping[str, Said] = field(default_factory=lambda: EMPTY)
    """The last time, by item."""
    asked: tuple[Said, ...] = ()
    added: tuple[Said, ...] = ()
    taken_at: datetime | None = None

    def mark(self, item: Item) -> str:
        """Another one whenever the item says something else, or a line more was added to it."""
        lines = sum(1 for one in self.added if one.item == item.id)
        return f"{item.mark}+{lines}" if lines else item.mark

    def agreed(self, item: Item) -> bool:
        """Whether this item was acknowledged as it is now."""
        said = self.acknowledged.get(item.id)
        return said is not None and said.mark == self.mark(item)

    def left(self, document: Handover) -> tuple[Item, ...]:
        """What must still be acknowledged before the shift changes hands."""
        return tuple(one for one in document.items if one.asks and not self.agreed(one))


@dataclass(frozen=True, slots=True)
class AsItWas:
    """What the board was at the moment of an item's evidence, as it was recorded."""

    item: str
    sought: Now | None
    at: Now | None = None
    """The moment that is shown, which may be earlier than the one that was sought."""
    board: Board | None = None
    why: str = ""
    """Why nothing is shown, or not the very moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What the walkthrough shows."""

    document: Handover | None = None
    hands: Hands | None = None
    """The change of hands that goes on."""
    before: Hands | None = None
    """The last one that was done: who took the shift then has it."""
    evidence: AsItWas | None = None
    said: str = ""
    """What came of the last export."""


@dataclass(frozen=True, slots=True)
class LookOver:
    """A person looks at the handover: it is made, unless the one there is still holds."""

    anew: bool = False
    """Make it in any case."""


@dataclass(frozen=True, slots=True)
class TellSince:
    """Tell of the shift what was since then; None: since it was taken."""

    since: datetime | None
    """Real time."""


@dataclass(frozen=True, slots=True)
class ShowAsItWas:
    """What was on the board at the moment of this item's evidence?"""

    item: str


@dataclass(frozen=True, slots=True)
class ExportShift:
    """Write the document to a file."""

    form: Form
    lang: str
    file: str = ""
    """Empty: one in the state directory."""


@dataclass(frozen=True, slots=True)
class OfferShift:
    """One gives the shift, another takes it."""

    gives: str
    takes: str


@dataclass(frozen=True, slots=True)
class AgreeTo:
    """Who takes the shift has understood this item, as it was shown."""

    item: str
    mark: str
    """As `Hands.mark` tells it."""


@dataclass(frozen=True, slots=True)
class AskAbout:
    """Who takes the shift wants to know more of this item."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class AddTo:
    """Who gives the shift says more of this item."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class TakeShift:
    """The shift changes hands."""

    name: str
    """Of who takes it, typed; empty where nobody typed it: then it is refused, and why is said."""


OfWalk = LookOver | TellSince | ShowAsItWas | ExportShift
"""What is looked at of a handover."""
OfHands = OfferShift | AgreeTo | AskAbout | AddTo | TakeShift
"""What is written of it."""
