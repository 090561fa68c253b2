"""What the journal tells, read once for all sections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from console.begun import Begun, begun
from console.checklist import runs
from console.handover.hands import folded
from console.match.memory import Memory, remember
from console.model import Entry, Run
from console.model.shift import Hands

if TYPE_CHECKING:
    from console.config.cases import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The whole journal, and the shift within it: what is open may be older."""

    entries: tuple[Entry, ...] = ()
    """Oldest first."""
    shift: tuple[Entry, ...] = ()
    """Those of this shift."""
    acts: tuple[Begun, ...] = ()
    runs: tuple[Run, ...] = ()
    memory: Memory = field(default_factory=Memory)
    hands: Mapping[str, Hands] = field(default_factory=dict)
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Finding or checklist → which of the entries are of it: a journal is long."""

    @property
    def open_runs(self) -> tuple[Run, ...]:
        """Checklists that nobody has closed."""
        return tuple(run for run in self.runs if run.closed_at is None)

    def of(self, *names: str) -> tuple[Entry, ...]:
        """The lines on these findings and checklists, by their ids, in order."""
        every = {at for name in names for at in self.places.get(name, ())}
        return tuple(self.entries[at] for at in sorted(every))


def story(
    entries: Iterable[Entry], since: datetime, cases: Mapping[str, Case], world: str = ""
) -> Story:
    """What these entries tell of a shift that began then (real time)."""
    told = tuple(entries)
    return Story(
        entries=told,
        shift=tuple(one for one in told if one.at >= since),
        acts=begun(told, world),
        runs=runs(told, cases),
        memory=remember(told),
        hands=folded(told),
        places=_places(told),
    )


def _places(entries: Iterable[Entry]) -> Mapping[str, Sequence[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for at, entry in enumerate(entries):
        for name in {entry.run, str(entry.data.get("finding") or "")} - {""}:
            found[name].append(at)
    return found
