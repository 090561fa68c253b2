"""Which rows a person wants to see: a filter text, faults only, or both."""

from __future__ import annotations

from dataclasses import dataclass

from console.model import Row, Severity, fact_names


def haystack(row: Row) -> str:
    """Every text of a row, folded, to look for words in."""
    texts = [row.ref.name, row.ref.scope, row.owner]
    for name in fact_names(type(row)):
        value = getattr(row, name)
        if isinstance(value, str):
            texts.append(value)
    return " ".join(texts).casefold()


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
