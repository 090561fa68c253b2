"""Whether "all is off" can be believed: the platform also says so when it cannot read its database.

What polls learn is kept with the client of a system: a planned window that opens, or a connection
that is made anew, must not make a lie the first word that is heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from console.ita.draining import Draining
from console.ita.values import KEYS, WORDS, Mode

READS, LONG = 3, timedelta(minutes=2)
"""So many reads in a row must agree, over so long (real time): a database is down for minutes."""


@dataclass(frozen=True, slots=True)
class Belief:
    """How the switches of a system stand as far as what it says can be believed. Real time."""

    mode: Mode | None = None
    at: datetime | None = None
    doubts: int = 0
    """Reads in a row that said off/off, and were not believed yet."""
    since: datetime | None = None
    """The first of them."""

    def told(self, mode: Mode, now: datetime, turned_off: Mapping[str, datetime]) -> Belief:
        """After one more read; `turned_off`: when this console turned a switch off itself."""
        if not self._surprised(mode, turned_off):
            return Belief(mode, now)
        doubts, since = self.doubts + 1, self.since or now
        if doubts >= READS and now - since >= LONG:
            return Belief(mode, now)
        return replace(self, doubts=doubts, since=since)

    def blind(self) -> Belief:
        """After a read that failed: no reads in a row any more."""
        return replace(self, doubts=0, since=None)

    def _surprised(self, mode: Mode, turned_off: Mapping[str, datetime]) -> bool:
        if not mode.off or not (gone := self._on):
            return False
        return not all(
            key in turned_off and self.at is not None and turned_off[key] >= self.at for key in gone
        )

    @property
    def _on(self) -> list[str]:
        return [key for key in KEYS if self.mode is not None and self.mode.of(key)]

    @property
    def doubt(self) -> str:
        """Why what was read last is not believed, or nothing."""
        if not self.doubts:
            return ""
        was = " and ".join(WORDS[key] for key in self._on)
        return f"{was} was on and reads off, as it also does when it cannot read its database"


@dataclass(slots=True)
class Memory:
    """What the polls of one system have learnt so far."""

    belief: Belief = field(default_factory=Belief)
    draining: Draining = field(default_factory=Draining)

    def blind(self) -> None:
        """A poll failed: nothing in a row any more."""
        self.belief, self.draining = self.belief.blind(), self.draining.blind()
