"""Columns of a table: what each shows, and which of them find room."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.model import Row, Severity, fact_names
from widgets.look import Cell, Look, label, of_row, reasons
from widgets.symbols import TONES, WORDS

GAP = 2
LEAST = 10
PREFIX = re.compile(r"^\S+: ")  # a reason's subject, which the other columns name
LUXURY = 4  # columns that go before a more important one is cut


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, how a row fills it, and how it gives way when room is short."""

    title: str
    show: Callable[[Any, Look], Cell]
    right: bool = False
    """Numbers stand on the right."""
    drop: int = 0
    """0 stays for ever; the highest number goes first."""
    widest: int = 40
    least: int = 0
    """It may be cut down to this many cells; 0 = to LEAST for text, never for numbers."""
    fact: str = ""
    """The fact it can be sorted by."""
    middle: bool = False
    """Cut in the middle: names that begin alike differ at their end."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column that found room, and its width in cells."""

    column: Column
    width: int


Wanted = list[tuple[Column, int]]


def _least(column: Column, wanted: int) -> int:
    if column.right:
        return wanted
    return min(wanted, column.least or LEAST)


def _eased(column: Column, wanted: int) -> int:
    return _least(column, wanted) if column.drop else wanted


def _thin(kept: Wanted, room: int, least: Callable[[Column, int], int], keep: int) -> None:
    """Drop columns above `keep`, the highest `drop` first, while they do not fit at `least`."""
    while sum(least(c, w) + GAP for c, w in kept) - GAP > room:
        first = max(range(len(kept)), key=lambda i: (kept[i][0].drop, i))
        if kept[first][0].drop <= keep:
            return
        del kept[first]


def place(columns: Sequence[Column], wanted: Sequence[int], room: int) -> tuple[Placed, ...]:
    """Drop what matters least until the rest fits, then share the room that is left."""
    kept = list(zip(columns, wanted, strict=True))
    _thin(kept, room, _eased, LUXURY - 1)
    _thin(kept, room, _least, 0)
    spare = room - sum(_least(c, w) + GAP for c, w in kept) + GAP
    placed = []
    for column, want in kept:
        width = _least(column, want)
        more = max(min(want - width, spare), 0)
        spare -= more
        placed.append(Placed(column, width + more))
    return tuple(placed)


def state(row: Row, look: Look) -> Cell:
    """The severity as a word."""
    return Cell(WORDS[row.severity], TONES[row.severity])


STATE = Column("state", state, drop=8, widest=7, least=7)


def _by_name(fact: str) -> Callable[[Any, Look], Cell]:
    def show(row: Any, look: Look) -> Cell:
        text = of_row(row, fact, look)
        if fact.endswith("_per_s"):
            text = text.removesuffix("/s")  # the heading says it
        return Cell(text, "dim" if getattr(row, fact) is None else "")

    return show


def fact(name: str, title: str = "", *, drop: int = 0, right: bool = True) -> Column:
    """A column that shows one fact in words; numbers by default."""
    return Column(title or label(name), _by_name(name), right=right, drop=drop, fact=name)


def name(fact: str, widest: int, least: int, drop: int = 0) -> Column:
    """A column for a name, whose end matters as much as its beginning."""
    return Column(
        label(fact),
        _by_name(fact),
        drop=drop,
        widest=widest,
        least=least,
        fact=fact,
        middle=True,
    )


def _reasons(row: Row, look: Look) -> Cell:
    if row.severity is Severity.OK:
        return Cell("")
    said = (PREFIX.sub("", text) for text in reasons(row, look.symbols))
    return Cell("; ".join(dict.fromkeys(said)))


def why(drop: int, widest: int = 60, least: int = 24) -> Column:
    """A column for why a row is not OK."""
    return Column("why", _reasons, drop=drop, widest=widest, least=least)


def _is_number(sample: Sequence[Row], name: str) -> bool:
    values = [getattr(row, name) for row in sample]
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(v, int | float | datetime) for v in known)


def automatic(row: type[Row], sample: Sequence[Row]) -> tuple[Column, ...]:
    """Columns for any source, straight from its facts: the later a fact, the sooner it goes."""
    plain = [
        one
        for one in fact_names(row)
        if not any(isinstance(getattr(each, one), tuple) for each in sample)
    ]
    return (
        STATE,
        *(
            fact(one, drop=max(place - 1, 0), right=_is_number(sample, one))
            for place, one in enumerate(plain)
        ),
    )
