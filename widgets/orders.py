"""The orders in which rows can stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from console.model import Ref, Row, Severity

Order = Callable[[Row], tuple[object, ...]]


def worst_first(row: Row) -> tuple[object, ...]:
    """The usual order; rows equally bad keep the order their source gave them."""
    return (-row.severity,)


def by_site(row: Row) -> tuple[object, ...]:
    """Worst first, production before the rest."""
    return (-row.severity, getattr(row, "env", "") != "prod")


def by_name(row: Row) -> tuple[object, ...]:
    """By scope and name, for somebody who looks for one thing."""
    return (row.ref.scope, row.ref.name)


def by_fact(fact: str) -> Order:
    """Largest number first, texts from A, unknown last."""

    def order(row: Row) -> tuple[object, ...]:
        value = getattr(row, fact, None)
        if isinstance(value, datetime):
            value = value.timestamp()
        return (value is None, -value if isinstance(value, int | float) else str(value))

    return order


class Standing:
    """Which row stands where: sorted, or held where it was while a hand is busy.

    Ten thousand rows come anew every few seconds, so it hashes none of them unless rows came or
    went under a busy hand.
    """

    def __init__(self, by: Order = worst_first) -> None:
        self.by = by
        self.rows: list[Row] = []
        self._refs: list[Ref] = []
        self._places: list[int] = []
        self._red: frozenset[Ref] = frozenset()
        """What was critical when the rows were last sorted."""

    def take(self, rows: Sequence[Row], hold: bool) -> None:
        """Put these rows in order; with `hold`, known rows keep their places, new ones follow."""
        refs = [row.ref for row in rows]
        if not hold:
            keys = [self.by(row) for row in rows]
            self._places = sorted(range(len(rows)), key=keys.__getitem__)
        elif refs != self._refs:
            self._places = self._held(refs, rows)
        self._refs = refs
        self.rows = [rows[place] for place in self._places]
        if not hold:
            self._red = self._critical(range(len(rows)))

    def _held(self, refs: list[Ref], rows: Sequence[Row]) -> list[int]:
        places = {ref: place for place, ref in enumerate(refs)}
        before = (self._refs[place] for place in self._places)
        kept = [place for ref in before if (place := places.pop(ref, None)) is not None]
        return kept + sorted(places.values(), key=lambda place: self.by(rows[place]))

    def _critical(self, among: range) -> frozenset[Ref]:
        rows = (self.rows[at] for at in among)
        return frozenset(row.ref for row in rows if row.severity is Severity.CRITICAL)

    def unseen(self, window: range) -> tuple[int, int]:
        """How many rows turned critical since they were sorted, above and below a window."""
        above = self._critical(range(window.start)) - self._red
        below = self._critical(range(window.stop, len(self.rows))) - self._red
        return len(above), len(below)

    def find(self, ref: Ref, near: int) -> int | None:
        """Where a row stands now; looked for first where it stood."""
        if near < len(self.rows) and self.rows[near].ref == ref:
            return near
        return next((at for at, row in enumerate(self.rows) if row.ref == ref), None)
