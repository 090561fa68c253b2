"""A table inside a detail: the partitions of a topic, or any other list of things in a fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from console.model import Ref, Row, Severity, plain
from console.model.sheet import csv_of
from widgets.columns import Column
from widgets.look import Cell, Look, in_words, label
from widgets.symbols import TONES
from widgets.table import Table
from widgets.telling import sub_columns
from widgets.words import clean

SHOWN = 500
"""Of a list of thousands nobody reads more, and every row costs with each answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow(Row):
    """One of the things, named, so that the table can follow it."""

    thing: object


def _column(name: str, right: bool) -> Column:
    def show(row: Any, look: Look) -> Cell:
        tone = TONES[row.severity] if name in ("verdict", "error") else ""
        return Cell(in_words(name, getattr(row.thing, name), look), tone)

    return Column(label(name), show, right=right, widest=60)


def _in_order(row: Row) -> tuple[object, ...]:
    return (int(row.ref.name),)


def part_rows(whole: Row, fact: str) -> list[PartRow]:
    """The first things in one fact, each as bad as its source found it."""
    things: Sequence[object] = getattr(whole, fact)[:SHOWN]
    return [
        PartRow(
            ref=Ref(fact, "", str(at)),
            at=whole.at,
            severity=getattr(thing, "severity", Severity.UNKNOWN),
            thing=thing,
        )
        for at, thing in enumerate(things)
    ]


def left_out(whole: Row, fact: str) -> str:
    """That a table does not show all, where it does not; else empty."""
    many = len(getattr(whole, fact))
    if many <= SHOWN:
        return ""
    return f"{label(fact)}: the first {SHOWN:,} of {many:,} are shown; s saves all\n"


def why_empty(whole: Row, fact: str) -> str:
    """Why there is nothing to save of a fact; empty where there is something."""
    if getattr(whole, fact):
        return ""
    why = whole.missing.get(fact) or whole.missing.get(fact.removesuffix("_things"), "")
    said = f"not known now: {why}" if why else f"{label(fact)}: there is none now"
    return f"{clean(said)}; what was saved before stays"


def table_csv(whole: Row, fact: str) -> str:
    """The things in one fact as a file for a spreadsheet; times in UTC."""
    things: tuple[object, ...] = getattr(whole, fact)
    names = sub_columns(things) if things else ()
    told = ([plain(getattr(thing, name)) for name in names] for thing in things)
    return csv_of(names, (["" if v is None else str(v) for v in row] for row in told)).rstrip()


class PartTable(Table):
    """The list of things in one fact, in its own order."""

    DEFAULT_CSS = "PartTable { margin: 0 2; }"

    def __init__(self, whole: Row, fact: str) -> None:
        things: tuple[object, ...] = getattr(whole, fact)
        names = sub_columns(things)
        numbers = {name: not isinstance(getattr(things[0], name), str) for name in names}
        super().__init__(tuple(_column(name, numbers[name]) for name in names))
        self.fact, self.whole = fact, whole

    def on_mount(self) -> None:
        """Show what was there when the page was opened."""
        self.sort(_in_order)
        self.take(self.whole)

    def take(self, whole: Row) -> None:
        """Show the things of this row."""
        self.load(part_rows(whole, self.fact))
