"""One line of a table as a strip of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.model import Row, Severity
from widgets.columns import GAP, Placed
from widgets.look import Cell, Look
from widgets.symbols import TONES
from widgets.words import fit, fit_middle

MARK = 2  # cells of the sign before a row
OLD = " (old values)"


@dataclass(frozen=True, slots=True)
class Brush:
    """The styles of a table: plain, under the cursor, and what each tone adds."""

    plain: Style
    cursor: Style
    tones: Mapping[str, Style]

    def style(self, tone: str, under: bool) -> Style:
        """A tone on the line it stands on."""
        base = self.cursor if under else self.plain
        return base + self.tones[tone] if tone else base


def heading(placed: Sequence[Placed], width: int, style: Style) -> Strip:
    """The titles of the columns."""
    gap = " " * GAP
    titles = gap.join(fit(one.column.title, one.width, one.column.right) for one in placed)
    return Strip([Segment(fit(" " * MARK + titles, width), style)], width)


def cell_text(cell: Cell, one: Placed, more: str) -> str:
    """A cell in exactly its column's width."""
    if one.column.middle:
        return fit_middle(cell.text, one.width, more)
    return fit(cell.text, one.width, one.column.right, more)


def sign(row: Row, old: bool, look: Look) -> str:
    """The sign before a row. An old green light is no green light."""
    if old and row.severity in (Severity.OK, Severity.UNKNOWN):
        return look.symbols.stale
    return look.symbols.severity(row.severity)


def line(
    row: Row,
    placed: Sequence[Placed],
    width: int,
    look: Look,
    brush: Brush,
    under: bool,
    old: bool,
) -> Strip:
    """One row; old values are grey and say so at the end."""
    gap, base = " " * GAP, brush.style("", under)
    tone = "dim" if old else TONES[row.severity]
    segments = [Segment(fit(sign(row, old, look), MARK), brush.style(tone, under))]
    for one in placed:
        cell = one.column.show(row, look)
        text = cell_text(cell, one, look.symbols.more) + gap
        segments.append(Segment(text, brush.style("dim" if old else cell.tone, under)))
    if not old:
        return Strip(segments).adjust_cell_length(width, base)
    strip = Strip(segments).adjust_cell_length(width - len(OLD), base)
    return Strip([*strip, Segment(OLD, brush.style("warning", under))], width)
