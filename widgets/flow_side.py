"""The worst flow beside the findings on a large screen: a glance says where it is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.widgets import Static

from widgets.desk import desk, follow
from widgets.flow_columns import short_state, sign, stages_of, titled
from widgets.freshness import freshness_words
from widgets.kinds import KINDS, digit_of
from widgets.look import Look
from widgets.symbols import STYLES, TONES
from widgets.words import cell_len, clean, fit

if TYPE_CHECKING:
    from console.sources.flows import FlowStage

KIND = next(kind for kind in KINDS if kind.id == "flows")
LEAST = 34  # lines of a screen that has room for it


class FlowSide(Static):
    """The stages of the worst flow, one a line, then the other flows, one a line each."""

    DEFAULT_CSS = """
    FlowSide { border: round $surface-lighten-3; height: auto; max-height: 60%; display: none; }
    """

    def __init__(self) -> None:
        super().__init__(id="flow", markup=False)
        self._shown = Content()

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        follow(self, "board now symbols", self.redo)

    def on_resize(self, event: events.Resize) -> None:
        """Other words may fit."""
        self.redo()

    def redo(self) -> None:
        """Show what there is now; nothing is painted that did not change."""
        app = desk(self)
        flows = stages_of(app.board)
        narrow = self.screen.has_class("-narrow")
        self.display = bool(flows) and not narrow and self.app.size.height >= LEAST
        if not self.display:
            return
        look, width = app.look, max(self.size.width, 1)
        lines = [*_stages(flows[0], look, width), *_others(flows[1:], look, width)]
        content = Content("\n").join(lines)
        if content != self._shown:
            self._shown = content
            self.update(content)
        _, fresh = freshness_words(app.board.parts("flows"), look)
        name = clean(flows[0][0].flow, look.symbols, 16)
        title = f"{digit_of(KIND)} Flow {look.symbols.dot} {name} {fresh}"
        self.border_title = Content(title)


def _stages(stages: Sequence[FlowStage], look: Look, width: int) -> Iterator[Content]:
    for row in stages:
        yield _line(
            sign(row, look.symbols), titled(row, look), short_state(row, look), row, width, look
        )


def _others(flows: Sequence[Sequence[FlowStage]], look: Look, width: int) -> Iterator[Content]:
    for stages in flows:
        worst = max(stages, key=lambda row: (bool(row.first_broken), row.severity))
        bad = f"at {worst.title}" if worst.severity else "OK"
        name = clean(worst.flow, look.symbols)
        yield _line(
            look.symbols.severity(worst.worst), name, clean(bad, look.symbols), worst, width, look
        )


def _line(mark: str, name: str, told: str, row: FlowStage, width: int, look: Look) -> Content:
    style = STYLES[TONES[row.severity]]
    told = fit(told, min(cell_len(told), width // 2), more=look.symbols.more)
    room = width - cell_len(told) - 3
    name = fit(name, room, more=look.symbols.more)
    return Content.assemble((f"{mark} ", style), name, " ", (told, style if row.severity else ""))
