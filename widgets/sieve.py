"""Which rows a person wants to see: a filter text, faults only, or both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any

from console.model import Row, Severity, fact_names

ALWAYS = ("ref.name", "ref.scope", "owner")


@cache
def _texts_of(row: Any) -> Callable[[Row], tuple[str | None, ...]]:
    """Takes the texts out of a row of this type; ten thousand are looked through at each letter."""
    types = {field.name: str(field.type) for field in fields(row)}
    texts = (name for name in fact_names(row) if types[name] in ("str", "str | None"))
    return attrgetter(*ALWAYS, *texts)


def haystack(row: Row) -> str:
    """Every text of a row, folded, to look for words in."""
    kind: Any = type(row)
    return " ".join(filter(None, _texts_of(kind)(row))).casefold()


@dataclass(frozen=True, slots=True)
class Sieve:
    """What stays on the screen. It only hides; counts and lights are of all rows."""

    text: str = ""
    faults: bool = False

    def keeps(self, row: Row) -> bool:
        """Whether a row has every word of the text and, if asked, is not OK."""
        if self.faults and row.severity is Severity.OK:
            return False
        if not self.text:
            return True
        hay = haystack(row)
        return all(word in hay for word in self.text.casefold().split())

    def words(self) -> str:
        """What is hidden, for the title; empty when nothing is."""
        told = [f"filter: {self.text}"] if self.text else []
        return ", ".join([*told, *(["faults only"] if self.faults else [])])
