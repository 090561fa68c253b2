"""Conditions over the rows of one board: which rows pass, and for how long they have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from console.match.facts import Past, Seen, holds
from console.match.memory import Held, HeldKey, Passed, PassedKey
from console.match.truth import Truth
from console.model import Board, Row, Snapshot

if TYPE_CHECKING:
    from console.config.conditions import Condition, FactTest

EVERYTHING = "*"
"""The one unit of what is joined on nothing."""
Within = tuple[tuple[str, str], ...]
"""(join, unit): the rows that a condition may look at."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whether a condition holds, and the rows that show it."""

    truth: Truth
    rows: tuple[tuple[Seen, Condition], ...] = ()


def unit_of(join: str, seen: Seen) -> str:
    """What rows have in common; empty where a row has nothing of the kind."""
    if join == "scope":
        return seen.scope
    if join == "site":
        return seen.site
    return EVERYTHING if join == "none" else str(getattr(seen.row, "cluster", None) or "")


def scopes_within(source: str, row: Row, fresh: bool) -> Iterator[Seen]:
    """A row as each of its scopes sees it."""
    for scope in row.scopes if row.serves else (row.ref.scope,):
        yield Seen(source, row, scope, fresh)


def row_truth(seen: Seen, tests: Mapping[str, FactTest], past: Past) -> Truth:
    """Whether all tests hold of one row; the first that does not ends it."""
    known = True
    for fact, test in tests.items():
        truth = holds(seen, fact, test, past)
        if truth is Truth.NO:
            return truth
        known = known and truth is Truth.YES
    return Truth.YES if known else Truth.UNKNOWN


def stays_true(leaf: Condition, past: Past) -> bool:
    """Whether what is true of a row stays true of it: no age is asked, no past of our own."""
    return not any(
        test.op in ("within", "older")
        or (test.op in ("rising", "falling") and not past.covers(leaf.source, fact))
        for fact, test in leaf.where.items()
    )


@dataclass(slots=True)
class Judging:
    """One board at one instant; `held` grows while conditions are asked."""

    board: Board
    now: datetime
    """The estate's clock."""
    real: datetime
    past: Past
    inside: Callable[[str], bool]
    """Whether it is now inside a window of this name."""
    before: Mapping[HeldKey, Held]
    passed: Mapping[PassedKey, Passed] = field(default_factory=dict)
    """What of earlier boards is still so: a board is new each time, most of its rows are not."""
    held: dict[HeldKey, Held] = field(default_factory=dict)
    passing_now: dict[PassedKey, Passed] = field(default_factory=dict)
    _passing: dict[int, list[tuple[Seen, Truth]]] = field(default_factory=dict)
    _by_unit: dict[tuple[int, str], dict[str, list[tuple[Seen, Truth]]]] = field(
        default_factory=dict
    )

    def trusted(self, snapshot: Snapshot) -> bool:
        """Whether what a part last saw may still decide anything."""
        return snapshot.freshness(self.real).trusted

    def passing(self, leaf: Condition) -> list[tuple[Seen, Truth]]:
        """Rows of which a condition holds or may hold; asked once a board."""
        if id(leaf) not in self._passing:
            self._passing[id(leaf)] = list(self._pass(leaf))
        return self._passing[id(leaf)]

    def _pass(self, leaf: Condition) -> Iterator[tuple[Seen, Truth]]:
        keeps = stays_true(leaf, self.past)
        for snapshot in self.board.parts(leaf.source):
            fresh, key = self.trusted(snapshot), (id(leaf), leaf.source, snapshot.part)
            known = self.passed.get(key)
            if (
                not keeps
                or known is None
                or known.rows is not snapshot.rows
                or known.fresh != fresh
            ):
                known = Passed(snapshot.rows, fresh, tuple(self._rows(leaf, snapshot.rows, fresh)))
            self.passing_now[key] = known
            yield from known.each

    def _rows(
        self, leaf: Condition, rows: Iterable[Row], fresh: bool
    ) -> Iterator[tuple[Seen, Truth]]:
        chooses, judges = leaf.chooses, leaf.judges
        for row in rows:
            for seen in scopes_within(leaf.source, row, fresh):
                truth = row_truth(seen, chooses, self.past)
                if truth is Truth.NO:
                    continue
                # who a row is does not age; how it is does
                judged = row_truth(seen, judges, self.past) if fresh else Truth.UNKNOWN
                if judged is not Truth.NO:
                    yield seen, min(truth, judged)

    def within(self, leaf: Condition, within: Within) -> Iterable[tuple[Seen, Truth]]:
        """The passing rows of some units."""
        (join, unit), *others = within or (("none", EVERYTHING),)
        key = id(leaf), join
        if key not in self._by_unit:
            grouped = self._by_unit[key] = {}
            for seen, truth in self.passing(leaf):
                grouped.setdefault(unit_of(join, seen), []).append((seen, truth))
        rows = self._by_unit[key].get(unit, [])
        return [one for one in rows if all(unit_of(j, one[0]) == u for j, u in others)]

    def units(self, condition: Condition, join: str, within: Within = ()) -> set[str]:
        """The units in which rows of a condition pass, or inside of others may pass."""
        found = {
            unit_of(join, seen)
            for leaf in self._open(condition)
            for seen, truth in (self.within(leaf, within) if within else self.passing(leaf))
            if within or truth is Truth.YES  # where nothing is sure nothing can be raised
        }
        return found - {""}

    def _open(self, condition: Condition) -> Iterator[Condition]:
        """Its conditions on rows, save those in a window that is closed: they need no reading."""
        if condition.window and not self.inside(condition.window):
            return
        if condition.source:
            yield condition
        for inner in (*condition.any_, *condition.all_):
            yield from self._open(inner)

    def blind(self, source: str, within: Within) -> bool:
        """Whether the rows of these units may exist and were never seen."""
        parts = self.board.parts(source)
        if parts and all(part.taken_at is not None for part in parts):
            return False
        rows = (row for part in parts for row in part.rows)
        here = (seen for row in rows for seen in scopes_within(source, row, True))
        return not any(all(unit_of(j, seen) == u for j, u in within) for seen in here)

    def judge(self, condition: Condition, path: HeldKey, within: Within) -> Found:
        """Whether a condition holds within these units, with the rows that show it."""
        if condition.window and not self.inside(condition.window):
            return Found(Truth.NO)
        if condition.source:
            return self._leaf(condition, path, within)
        if condition.any_:
            found = self._any(condition.any_, path, within)
        elif condition.all_:
            found = self._joined(condition, path, within)
        else:
            found = Found(Truth.YES if condition.window else Truth.NO)
        return Found(self._lasted(found.truth, condition.for_, (*path, within)), found.rows)

    def _leaf(self, leaf: Condition, path: HeldKey, within: Within) -> Found:
        rows = [
            (seen, self._lasted(truth, leaf.for_, (*path, seen.scope, seen.row.ref)))
            for seen, truth in self.within(leaf, within)
        ]
        if not rows:
            return Found(Truth.UNKNOWN if self.blind(leaf.source, within) else Truth.NO)
        best = max(truth for _, truth in rows)
        return Found(best, tuple((seen, leaf) for seen, truth in rows if truth is best))

    def _any(self, each: Iterable[Condition], path: HeldKey, within: Within) -> Found:
        found = [self.judge(one, (*path, n), within) for n, one in enumerate(each)]
        best = max(one.truth for one in found)
        return Found(best, tuple(row for one in found if one.truth is best for row in one.rows))

    def all_of(self, each: Iterable[Condition], path: HeldKey, within: Within) -> Found:
        """Whether all hold."""
        found = [self.judge(one, (*path, n), within) for n, one in enumerate(each)]
        rows = tuple(row for one in found for row in one.rows)
        return Found(min(one.truth for one in found), rows)

    def _joined(self, condition: Condition, path: HeldKey, within: Within) -> Found:
        """`all`: in one and the same unit of its join."""
        join = condition.join
        if join == "none" or join in dict(within):
            return self.all_of(condition.all_, path, within)
        units = sorted(self.units(condition, join, within))
        if not units:
            return self.all_of(condition.all_, path, within)  # nothing passes, or nobody saw it
        found = [
            self.all_of(condition.all_, (*path, unit), (*within, (join, unit))) for unit in units
        ]
        best = max(one.truth for one in found)
        return Found(best, tuple(row for one in found if one.truth is best for row in one.rows))

    def _lasted(self, truth: Truth, wanted: float, key: HeldKey) -> Truth:
        """Holding becomes YES only after `wanted` seconds; time without fresh evidence is none."""
        if not wanted:
            return truth
        before = self.before.get(key)
        if truth is Truth.UNKNOWN and before:
            self.held[key] = Held(before.seconds, None)
        if truth is not Truth.YES:
            return truth
        seconds = before.seconds if before else 0.0
        if before and before.last:
            seconds += max((self.now - before.last).total_seconds(), 0.0)
        self.held[key] = Held(seconds, self.now)
        return Truth.YES if seconds >= wanted else Truth.PENDING
