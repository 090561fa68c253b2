"""Columns of the HTTP pane: each address, and below it the values of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.columns import STATE, Column, why
from widgets.look import Cell, Look, in_words
from widgets.symbols import TONES
from widgets.words import clean, number

if TYPE_CHECKING:
    from console.sources.http import HttpCheck


def _title(row: HttpCheck, look: Look) -> Cell:
    text = f"{row.check} · {row.title or row.fact}" if row.fact else row.title or row.check
    return Cell(clean(text, look.symbols))


def _answer(row: HttpCheck, look: Look) -> Cell:
    """What came back: the state of an address, or the value."""
    if not row.fact:
        text = f"{row.state or look.symbols.none} {row.status or ''}".strip()
        return Cell(text, TONES[row.severity])
    if row.text is not None:
        return Cell(clean(row.text, look.symbols), TONES[row.severity])
    if row.value is None:
        return Cell(look.symbols.none, "dim")
    return Cell(f"{number(row.value)} {clean(row.unit, look.symbols)}".strip(), TONES[row.severity])


def _took(row: HttpCheck, look: Look) -> Cell:
    return Cell("" if row.latency_ms is None else f"{row.latency_ms:.0f} ms")


def _certificate(row: HttpCheck, look: Look) -> Cell:
    return Cell("" if row.certificate_days is None else f"{row.certificate_days:.0f} d")


def _owner(row: HttpCheck, look: Look) -> Cell:
    return Cell(clean(row.owner, look.symbols))


def _scope(row: HttpCheck, look: Look) -> Cell:
    return Cell(in_words("scope", row.ref.scope, look))


HTTP = (
    STATE,
    Column("check", _title, widest=40, least=18),
    Column("answer", _answer, widest=24, least=8),
    Column("took", _took, right=True, drop=2),
    Column("certificate", _certificate, right=True, drop=3),
    Column("scope", _scope, drop=5, widest=20, least=9),
    Column("owner", _owner, drop=4, widest=16, least=5),
    why(drop=1),
)
