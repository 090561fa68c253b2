"""The board as plain text, for `oncall status`: what is wrong first, then how much is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from console.model import Board, Now, Row, Severity
from widgets.columns import automatic
from widgets.freshness import freshness_words, trouble_lines
from widgets.kinds import KINDS
from widgets.look import Look, reasons, zone_of
from widgets.orders import worst_first

WIDTH = 160  # cells of a trouble line before it is broken in two
CELLS = 7  # of a row's cells: a report is read line by line


def report(board: Board, now: Now, zone: str) -> str:
    """One block a source: its age, what failed, and each row that is not ok."""
    look = Look(now=now, zone=zone_of(zone))
    names = dict.fromkeys(source for source, _ in board.snapshots)
    return "\n".join(line for name in names for line in _source(name, board, look))


def _source(name: str, board: Board, look: Look) -> Iterator[str]:
    parts, rows = board.parts(name), board.rows(name)
    counts = Counter(row.severity for row in rows)
    said = ", ".join(f"{counts[s]} {s.name.lower()}" for s in sorted(counts, reverse=True))
    _, age = freshness_words(parts, look)
    yield f"{name:<14} {age:<24} {said or 'no rows'}"
    for part in parts:
        if not part.freshness(look.now.real).trusted:
            yield from (f"    {line}" for line in trouble_lines(part, True, look, WIDTH))
    wrong = [row for row in rows if row.severity is not Severity.OK]
    yield from (f"    {_row(name, row, look)}" for row in sorted(wrong, key=worst_first))


def _row(source: str, row: Row, look: Look) -> str:
    kind = next((kind for kind in KINDS if source in kind.sources and kind.columns), None)
    columns = kind.columns if kind else automatic(type(row), (row,))
    cells = [column.show(row, look).text.strip() for column in columns[:CELLS]]
    said = "; ".join(reasons(row, look.symbols))
    told = [row.ref.scope, *(cell for cell in cells if cell)]
    return "  ".join([*told, *([said] if said and said not in cells else [])])
