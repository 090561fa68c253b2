"""The evidence of a handover's item: the board of that moment, which never looks like now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from heapq import nsmallest
from operator import attrgetter
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.model import Board, Finding, Ref, Row, Snapshot
from console.model.affairs import Affairs
from console.model.handover import Item
from console.model.shift import AsItWas
from widgets.desk import desk, follow
from widgets.header import Header
from widgets.keyline import KeyLine
from widgets.look import Look, reasons
from widgets.rail import evidence, sign, since, tone
from widgets.symbols import STYLES, TONES
from widgets.telling import fact_lines
from widgets.wishes import CopyWanted
from widgets.words import age, clean, moment

FINDINGS, ROWS, WHOLE = 6, 12, 2
"""How many are shown: findings, rows, and rows with all their facts."""


def as_it_was(item: Item | None, shown: AsItWas | None, affairs: Affairs, look: Look) -> Content:
    """What the board said of an item's scopes at that moment; it never looks like now."""
    if item is None:
        return Content("")
    if shown is None or shown.item != item.id:
        return Content.styled("looking into the recording", STYLES["unknown"])
    if shown.at is None or shown.board is None:
        return Content.styled(f"no evidence: {clean(shown.why, look.symbols)}", STYLES["warning"])
    then = replace(look, now=shown.at)
    past = age(look.now.estate - shown.at.estate)
    head = f" AS IT WAS {moment(shown.at.estate, look.zone)}, {past} ago "
    lines = [Content.styled(head, "$text-warning bold reverse")]
    if shown.why:
        lines.append(Content.styled(clean(shown.why, look.symbols), STYLES["warning"]))
    lines.append(Content(""))
    return Content("\n").join([*lines, *_then(item, shown.board, affairs, then)])


def _then(item: Item, board: Board, affairs: Affairs, look: Look) -> Iterator[Content]:
    scopes = frozenset(item.scopes)
    found = [one for one in board.findings if not scopes.isdisjoint(one.scopes or (one.scope,))]
    yield Content.styled("findings then", "underline")
    for one in sorted(found, key=attrgetter("order"))[:FINDINGS]:
        yield from _finding(one, affairs, look)
    if not found:
        yield Content.styled("none here", STYLES["unknown"])
    yield Content("")
    yield Content.styled("what was seen, worst first", "underline")
    yield from _rows(scopes, board, found, look)


def _finding(one: Finding, affairs: Affairs, look: Look) -> Iterator[Content]:
    style, symbols = STYLES.get(tone(one), ""), look.symbols
    place = clean(affairs.title(one.scope), symbols, 40)
    title = f"{sign(one, look)} {clean(one.title, symbols, 80)} {symbols.dot} {place}"
    title += f"  {since(one, look)}"
    yield Content.styled(title, style)
    if told := evidence(one, look):
        yield Content(f"  {told}")


def _rows(
    scopes: frozenset[str], board: Board, found: list[Finding], look: Look
) -> Iterator[Content]:
    named = {ref for one in found for ref in one.evidence}
    rows = [
        (part, row)
        for part in board.snapshots.values()
        for row in part.rows
        if not scopes.isdisjoint(row.scopes) or row.ref in named
    ]
    first = nsmallest(ROWS, rows, key=lambda pair: _order(pair[1], named))
    for number, (part, row) in enumerate(first):
        yield from _row(part, row, look, whole=number < WHOLE)
    if len(rows) > ROWS:
        yield Content.styled(f"and {len(rows) - ROWS} more", STYLES["unknown"])
    if not rows:
        yield Content.styled("nothing of it was seen then", STYLES["unknown"])


def _row(part: Snapshot, row: Row, look: Look, whole: bool) -> Iterator[Content]:
    told = look.symbols.severity(row.severity)
    name = f"{told} {row.ref.kind} {clean(row.ref.name, look.symbols, 60)}"
    style = STYLES[TONES[row.severity]]
    past = age(look.now.estate - row.at)
    yield Content.assemble((name, style), (f"  seen {past} before", STYLES["unknown"]))
    for text in reasons(row, look.symbols):
        yield Content(f"  {text}")
    if part.trouble is not None:
        told = clean(part.trouble.message, look.symbols)
        yield Content.styled(f"  not answered then: {told}", STYLES["warning"])
    if whole:
        none = look.symbols.none
        yield from (
            Content("  ") + line for line in fact_lines(row, look) if none not in line.plain
        )


def _order(row: Row, named: set[Ref]) -> tuple[bool, int, str, str, str]:
    """Evidence first, then the worst. A cluster has thousands of rows, and this is every second."""
    ref = row.ref
    return ref not in named, -row.severity, ref.kind, ref.scope, ref.name


class Evidence(Screen[None]):
    """The evidence of one item on the whole screen."""

    DEFAULT_CSS = "Evidence VerticalScroll { padding: 0 2; scrollbar-size: 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", id="then.copy"),
        Binding("q,escape", "app.pop_screen", "back", id="then.back"),
    ]

    def __init__(self, item: Item) -> None:
        super().__init__()
        self._item, self._shown = item, Content()
        self._text = Static(markup=False)

    def compose(self) -> ComposeResult:
        """Which item, then the board of its moment."""
        yield Header()
        yield Static(Content.styled(f" {clean(self._item.title, desk(self).symbols)}", "bold"))
        with VerticalScroll():
            yield self._text
        yield KeyLine()

    def on_mount(self) -> None:
        """It comes when it is read."""
        follow(self, "affairs now symbols", self._follow)

    def _follow(self) -> None:
        app = desk(self)
        content = as_it_was(self._item, app.affairs.walk.evidence, app.affairs, app.look)
        if content != self._shown:
            self._shown = content
            self._text.update(content)

    def action_copy(self) -> None:
        """Take these words along."""
        self.post_message(CopyWanted(self._shown.plain))
