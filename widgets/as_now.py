"""What is now, in a few words, for whoever looks at a moment of the past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from console.model import EMPTY, Board, Finding, Severity
from widgets.look import Look
from widgets.symbols import TONES

UNSEEN = "now nothing is seen yet"
Told = tuple[str, str, str]
"""Long, short, and the tone."""


@dataclass(frozen=True, slots=True)
class AsNow:
    """The board as it is now, and what was known of it when one began to look at the past."""

    board: Board = field(default_factory=Board)
    known: Mapping[str, Severity] = field(default_factory=lambda: EMPTY)
    """Of each finding that somebody is called for, how bad it was."""

    @property
    def calls(self) -> tuple[Finding, ...]:
        """What somebody is called for."""
        return tuple(one for one in self.board.findings if not one.put_off)

    def told(self, look: Look) -> Told:
        """`now 2 critical, 1 warning, 1 new`; what is old is never said to be fine."""
        if not self.board.snapshots:
            return UNSEEN, UNSEEN, "unknown"
        counts = Counter(one.severity for one in self.calls)
        ranks = sorted(counts, reverse=True)
        old = _old(self.board, look)
        calm = "not known" if old else "no finding"
        each = [f"{counts[one]} {one.name.lower()}" for one in ranks] or [calm]
        news = [*self._news()]
        long = [f"{old} {'source' if old == 1 else 'sources'} not fresh"] if old else []
        brief = [f"{old} not fresh"] if old else []
        tone = TONES[ranks[0]] if ranks else "unknown" if old else ""
        return _now(*each, *news, *long), _now(each[0], *news, *brief), tone

    def _news(self) -> Iterator[str]:
        """How many came, and how many got worse, since one looks at the past."""
        new = sum(one.id not in self.known for one in self.calls)
        worse = sum(one.severity > self.known.get(one.id, one.severity) for one in self.calls)
        yield from (f"{many} {word}" for many, word in ((new, "new"), (worse, "worse")) if many)


def as_now(board: Board) -> AsNow:
    """As it stands when one begins to look at the past."""
    return AsNow(board, {one.id: one.severity for one in AsNow(board).calls})


def _old(board: Board, look: Look) -> int:
    """How many sources do not say how it is now."""
    sources = dict.fromkeys(source for source, _ in board.snapshots)
    return sum(not board.freshness(one, look.now.real).trusted for one in sources)


def _now(*told: str) -> str:
    return f"now {', '.join(told)}"
