"""How each scope stands on a board, and how it stood at worst in a shift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from console.handover.given import Worst
from console.model import Board, Now, Severity, Snapshot

OF_SITES = frozenset({"instances", "caches", "alarms", "metrics", "databases"})
"""Sources that the row of a site stands for: known errors are no trouble there."""
ON_DEMAND = "hosts"
SITES = "sites"
LASTING = timedelta(minutes=2)
"""Real time for which nobody can tell how a scope stands before that is its worst."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How bad, and why: a sentence each."""

    severity: Severity
    why: tuple[str, ...] = ()

    def with_(self, other: Standing) -> Standing:
        """Both: as bad as the worse one, whose reasons come first."""
        first, second = (other, self) if other.severity > self.severity else (self, other)
        return Standing(first.severity, tuple(dict.fromkeys((*first.why, *second.why))))


def standings(board: Board, now: Now) -> Mapping[str, Standing]:
    """Scope → how it stands; what cannot be trusted is not known, and never OK."""
    found: dict[str, Standing] = {}
    for snapshot in board.snapshots.values():
        if snapshot.source == ON_DEMAND:
            continue
        doubt = _doubt(snapshot, now)
        for scope, standing in stood(snapshot):
            standing = standing.with_(doubt) if doubt else standing
            found[scope] = found[scope].with_(standing) if scope in found else standing
    return found


def stood(snapshot: Snapshot) -> Iterator[tuple[str, Standing]]:
    """How each scope stands by the rows of one part."""
    found: dict[str, Standing] = {}
    for row in snapshot.rows:
        standing = Standing(row.severity, row.because if row.severity else ())
        for scope in row.scopes:
            if "/" in scope and snapshot.source in OF_SITES:
                continue
            if "/" not in scope and snapshot.source == SITES:
                continue
            found[scope] = found[scope].with_(standing) if scope in found else standing
    yield from found.items()


def _doubt(snapshot: Snapshot, now: Now) -> Standing | None:
    if snapshot.freshness(now.real).trusted:
        return None
    why = snapshot.trouble.message if snapshot.trouble else "the last answer is too old"
    return Standing(Severity.UNKNOWN, (f"{snapshot.source}: {why}",))


class Tally:
    """The worst of each scope so far; of equals the first one counts."""

    def __init__(self) -> None:
        self.worst: dict[str, Worst] = {}
        self._blind: dict[tuple[str, str, str], Now] = {}
        """Source, part and scope → since when it cannot be told how it stands."""

    def take(self, at: Now, snapshot: Snapshot) -> None:
        """One more look at a part, later than those before it."""
        for scope, standing in stood(snapshot):
            place = snapshot.source, snapshot.part, scope
            told = Worst(standing.severity, at, standing.why)
            if standing.severity is Severity.UNKNOWN:
                since = self._blind.setdefault(place, at)
                # whoever begins to look knows nothing for a moment
                lasts = at.real - since.real >= LASTING
                told = (
                    Worst(standing.severity, since, standing.why)
                    if lasts
                    else Worst(Severity.OK, at)
                )
            else:
                self._blind.pop(place, None)
            before = self.worst.get(scope)
            if before is None or told.severity > before.severity:
                self.worst[scope] = told
