"""Everything that a handover is made of, as it stood at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from console.model import EMPTY, Board, Entry, Now, Severity
from console.model.affairs import Card
from console.model.planned import Planned

if TYPE_CHECKING:
    from console.config.cases import Case
    from console.config.plans import Remedy


@dataclass(frozen=True, slots=True)
class Worst:
    """How bad a scope was at worst, when that began, and why."""

    severity: Severity
    at: Now
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Real time of which nothing was recorded, and why."""

    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Nothing else is looked at: the same things given make the same document."""

    estate: str
    """Its title."""
    zone: str
    now: Now
    since: datetime
    """Real time at which the shift began."""
    entries: tuple[Entry, ...] = ()
    """The whole journal, oldest first: what is open may be older than the shift."""
    board: Board | None = None
    """As it is now; None where nobody looked."""
    world: str = ""
    """The lab's address; empty in the real world."""
    cases: Mapping[str, Case] = field(default_factory=lambda: EMPTY)
    remedies: Mapping[str, Remedy] = field(default_factory=lambda: EMPTY)
    contacts: Mapping[str, Card] = field(default_factory=lambda: EMPTY)
    titles: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Scope → how people call it; every scope there is, in order."""
    windows: tuple[Planned, ...] = ()
    worst: Mapping[str, Worst] | None = None
    """Scope → how bad it was in the shift; None where nothing is recorded."""
    gaps: tuple[Gap, ...] = ()
    trouble: str = ""
    """Why the journal could not be read whole."""

    def title(self, scope: str) -> str:
        """A scope as people call it."""
        return self.titles.get(scope, scope)

    def owner(self, contact: str) -> str:
        """A contact as people call it."""
        card = self.contacts.get(contact)
        return card.title if card and card.title else contact

    @property
    def shift(self) -> tuple[Entry, ...]:
        """The journal's lines of this shift."""
        return tuple(one for one in self.entries if one.at >= self.since)

    def moment(self, real: datetime) -> Now:
        """A real moment by both clocks."""
        return Now(self.now.by_estate(real), real, self.now.speed)
