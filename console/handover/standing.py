"""How each scope stands on a board, and how it stood at worst in a shift."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from console.handover.given import Worst
from console.model import Board, Now, Severity, Snapshot

OF_SITES = frozenset({"instances", "caches", "alarms", "metrics", "databases"})
"""Sources that the row of a site stands for: known errors are no trouble there."""
ON_DEMAND = "hosts"
SITES = "sites"


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


def worse(
    before: Mapping[str, Worst], snapshots: Iterable[tuple[Now, Snapshot]]
) -> Mapping[str, Worst]:
    """The worst of each scope after these snapshots, too; of equals the first one counts."""
    after = dict(before)
    for at, snapshot in snapshots:
        for scope, standing in stood(snapshot):
            if scope not in after or standing.severity > after[scope].severity:
                after[scope] = Worst(standing.severity, at, standing.why)
    return after
