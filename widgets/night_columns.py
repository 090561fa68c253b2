"""Columns for maintenances: how far, and what is not as expected; the rest is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.columns import Column, fact, name
from widgets.look import Cell, Look
from widgets.tuned import word
from widgets.words import clean

if TYPE_CHECKING:
    from console.sources.maintenance import Maintenance


def _phase(row: Maintenance, look: Look) -> Cell:
    text = look.symbols.none if row.phase is None else row.phase.replace("_", " ").upper()
    broker = f" {row.broker}" if row.phase == "broker_down" and row.broker is not None else ""
    return word(row, text + broker, look)


def _deviations(row: Maintenance, look: Look) -> Cell:
    """What is not as expected; else what is."""
    if row.unexpected:
        return word(row, "; ".join(row.unexpected), look)
    return Cell(clean("; ".join(row.expected), look.symbols), "dim")


MAINTENANCE = (
    name("cluster", widest=24, least=12),
    Column("phase", _phase, widest=18, least=13),
    fact("since"),
    fact("state", right=False),
    fact("operation", drop=4, right=False),
    fact("brokers_left", "left", drop=2),
    fact("under_replicated", "under-repl", drop=3),
    fact("leaderless", drop=3),
    fact("preferred_pct", "preferred", drop=5),
    Column("unexpected or expected", _deviations, drop=1, widest=80, least=20),
)
