"""The rows of a board as probes look for them: by exact facts, found at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from console.model import Board, Row, Snapshot

if TYPE_CHECKING:
    from console.config.conditions import FactTest

ODD = frozenset({"scope", "site", "env", "severity"})
"""Facts that depend on who looks, or are no plain words."""
Found = tuple[Row, bool]
"""A row, and whether it may be judged by."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Which rows are meant: of one source, by facts that have exactly one word, and the rest."""

    source: str
    facts: tuple[str, ...]
    words: tuple[object, ...]
    rest: Mapping[str, FactTest]

    @classmethod
    def at(cls, source: str, where: Mapping[str, FactTest]) -> Aim:
        """What `where` chooses of a source."""
        exact = {fact: test.values[0] for fact, test in where.items() if _exact(fact, test)}
        rest = {fact: test for fact, test in where.items() if fact not in exact}
        return cls(source, tuple(exact), tuple(exact.values()), rest)

    def __str__(self) -> str:
        said = [f"{fact} {word}" for fact, word in zip(self.facts, self.words, strict=True)]
        said += [f"{fact} {test.text}" for fact, test in self.rest.items()]
        return ", ".join(said)


def _exact(fact: str, test: FactTest) -> bool:
    word = test.values[0] if len(test.values) == 1 else None
    plain = test.op == "one_of" and not test.negated and isinstance(word, str)
    return plain and "*" not in str(word) and fact not in ODD


def trusted(snapshot: Snapshot, real: datetime) -> bool:
    """Whether what a part last saw may still decide anything."""
    return snapshot.freshness(real).trusted


@dataclass(slots=True)
class Rows:
    """One board's rows; each way of looking for them is made once."""

    board: Board
    real: datetime
    _parts: dict[str, list[tuple[Snapshot, bool]]] = field(default_factory=dict)
    _made: dict[tuple[str, tuple[str, ...]], dict[tuple[object, ...], list[Found]]] = field(
        default_factory=dict
    )

    def find(self, aim: Aim) -> list[Found]:
        """The rows whose exact facts are these; what else is asked of them is not looked at."""
        key = aim.source, aim.facts
        if key not in self._made:
            self._made[key] = self._index(*key)
        return self._made[key].get(aim.words, [])

    def parts(self, source: str) -> list[tuple[Snapshot, bool]]:
        """The parts of a source, and whether each may be judged by."""
        if source not in self._parts:
            parts = self.board.parts(source)
            self._parts[source] = [(part, trusted(part, self.real)) for part in parts]
        return self._parts[source]

    def asked(self, source: str) -> bool:
        """Whether any part of a source answered and may be judged by."""
        return any(fresh for _, fresh in self.parts(source))

    def _index(self, source: str, facts: tuple[str, ...]) -> dict[tuple[object, ...], list[Found]]:
        made: dict[tuple[object, ...], list[Found]] = {}
        for part, fresh in self.parts(source):
            for row in part.rows:
                words = tuple([getattr(row, fact, None) for fact in facts])
                made.setdefault(words, []).append((row, fresh))
        return made
