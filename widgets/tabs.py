"""Which panes there are, by digit; one line above the pane on a small screen."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import var

from console.model import Severity
from widgets.desk import desk
from widgets.header import Band
from widgets.kinds import KINDS, Kind, digit_of
from widgets.symbols import STYLES, TONES
from widgets.words import cell_len

Tab = tuple[str, str]
"""A pane's digit and name, and what of its rows is not right."""


class TabLine(Band):
    """`1 Sites ✖2  2 Kafka …` with the pane on the screen marked."""

    shown: var[str] = var("sites", init=False)

    def watch_shown(self) -> None:
        """Another pane is on the screen."""
        self.redo()

    def words(self) -> Content:
        """Where not all fits, what is all right keeps its digit alone, if any, last first."""
        if not self.size.width:
            return Content()  # a large screen shows none, and to count is dear
        worst = [self._worst(kind) for kind in KINDS]
        names = [f"{digit_of(kind)} {kind.short}".strip() for kind in KINDS]
        for at in range(len(KINDS) - 1, -1, -1):
            if self._width(names, worst) < self.size.width:
                break
            if not worst[at][0] and KINDS[at].id != self.shown:
                names[at] = digit_of(KINDS[at])
        parts: list[tuple[str, str]] = []
        for kind, name, (count, tone) in zip(KINDS, names, worst, strict=True):
            if not name:
                continue
            style = "reverse bold" if kind.id == self.shown else "$text-muted"
            parts += [(name, style), (f" {count}" if count else "", tone), (" ", "")]
        return Content.assemble(*parts)

    @staticmethod
    def _width(names: list[str], worst: list[Tab]) -> int:
        counts = sum(cell_len(count) + 1 for count, _ in worst if count)
        return sum(cell_len(name) + 1 for name in names if name) + counts

    def _worst(self, kind: Kind) -> Tab:
        """How many rows are as bad as its worst, where that is a warning or more."""
        board, look = desk(self).board, desk(self).look
        severities = [row.severity for row in kind.rows(kind.parts(board))]
        worst = max(severities, default=Severity.OK)
        if worst < Severity.WARNING:
            return "", ""
        sign = look.symbols.severity(worst)
        return f"{sign}{severities.count(worst)}", STYLES[TONES[worst]]
