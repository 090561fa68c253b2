"""Which rows a person wants to see: a filter text, faults only, or both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any

from console.model import Row, Severity, fact_names

Texts = tuple[str | None, ...]
ALWAYS = ("ref.name", "ref.scope", "owner")


@cache
def _texts_of(row: Any) -> Callable[[Row], Texts]:
    """Takes the texts out of a row of this type; ten thousand are looked through at each letter."""
    types = {field.name: str(field.type) for field in fields(row)}
    texts = [name for name in fact_names(row) if types[name] in ("str", "str | None")]
    lists = [name for name in fact_names(row) if types[name].startswith("tuple[str, ...]")]
    taken = attrgetter(*ALWAYS, *texts, *lists)
    if not lists:
        return taken
    single = len(ALWAYS) + len(texts)

    def joined(one: Row) -> Texts:
        """Host names and the like: each is looked for."""
        values = taken(one)
        return (*values[:single], *(" ".join(each or ()) for each in values[single:]))

    return joined


@dataclass(frozen=True, slots=True)
class Sieve:
    """What stays on the screen. It only hides; counts and lights are of all rows."""

    text: str = ""
    faults: bool = False

    def words(self) -> str:
        """What is hidden, for the title; empty when nothing is."""
        told = [f"filter: {self.text}"] if self.text else []
        return ", ".join([*told, *(["faults only"] if self.faults else [])])


class Search:
    """Rows with their texts folded once, since ten thousand are looked through at each letter."""

    def __init__(self) -> None:
        self._rows: Sequence[Row] = ()
        self._texts: list[Texts] = []
        self._hays: list[str] = []

    def keep(self, rows: Sequence[Row], sieve: Sieve) -> Sequence[Row]:
        """Those that have every word of the text and, if asked, are not OK."""
        kept: Iterable[Row] = rows
        if words := sieve.text.casefold().split():
            self._fold(rows)
            hays = zip(rows, self._hays, strict=True)
            if len(words) == 1:
                kept = [row for row, hay in hays if words[0] in hay]
            else:
                kept = [row for row, hay in hays if all(word in hay for word in words)]
        if sieve.faults:
            kept = (row for row in kept if row.severity is not Severity.OK)
        return rows if kept is rows else list(kept)

    def _fold(self, rows: Sequence[Row]) -> None:
        """Between two looks values change and texts seldom do: only those are folded anew."""
        if rows is self._rows:
            return
        kinds: Iterable[Any] = map(type, rows)
        texts = [_texts_of(kind)(row) for kind, row in zip(kinds, rows, strict=True)]
        if texts != self._texts:
            self._hays = [" ".join(filter(None, each)).casefold() for each in texts]
        self._rows, self._texts = rows, texts
