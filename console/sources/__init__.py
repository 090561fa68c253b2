"""What the console asks: one file a source, one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.model import Row
    from console.poll import Derived, Source

SOURCES: dict[str, Source] = {source.name: source for source in ()}
DERIVED: dict[str, Derived] = {source.name: source for source in ()}


def row_types() -> dict[str, type[Row]]:
    """Source name → the type of its rows: what a symptom may name."""
    return {name: source.row for name, source in {**SOURCES, **DERIVED}.items()}
