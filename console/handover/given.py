"""Everything that a handover is made of, as it stood at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from console.handover.story import Story
from console.model import EMPTY, Board, Now, Severity, Snapshot
from console.model.affairs import Card
from console.model.planned import Planned

if TYPE_CHECKING:
    from console.config.cases import Case
    from console.config.plans import Remedy


OURS = "ours"


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
    story: Story = field(default_factory=Story)
    """What the journal tells."""
    board: Board | None = None
    """As it is now; None where nobody looked."""
    cases: Mapping[str, Case] = field(default_factory=lambda: EMPTY)
    remedies: Mapping[str, Remedy] = field(default_factory=lambda: EMPTY)
    contacts: Mapping[str, Card] = field(default_factory=lambda: EMPTY)
    scopes: tuple[str, ...] = ()
    """Every scope there is, in order."""
    titles: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Scope → how people call it."""
    zones: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Scope → the zone its people live by, where that is not the estate's."""
    windows: tuple[Planned, ...] = ()
    worst: Mapping[str, Worst] | None = None
    """Scope → how bad it was in the shift; None where nothing is recorded."""
    gaps: tuple[Gap, ...] = ()
    trouble: str = ""
    """Why the journal could not be read whole."""

    @property
    def parts(self) -> tuple[Snapshot, ...]:
        """What every part of every source saw last; none where nobody looked."""
        return tuple(self.board.snapshots.values()) if self.board else ()

    def title(self, scope: str) -> str:
        """A scope as people call it."""
        return self.titles.get(scope, scope)

    def owner(self, contact: str) -> str:
        """A contact as people call it; ours where nobody is named."""
        contact = contact or OURS
        card = self.contacts.get(contact)
        return card.title if card and card.title else contact

    def moment(self, real: datetime) -> Now:
        """A real moment by both clocks."""
        return Now(self.now.by_estate(real), real, self.now.speed)

    def real(self, estate: datetime) -> datetime:
        """A moment of the estate's clock by the real one."""
        return self.now.real - (self.now.estate - estate) / self.now.speed
