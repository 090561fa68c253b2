"""A finding explained: which rule, which values, how old they are, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.model import Board, Finding, Ref, Row, Snapshot
from console.model.affairs import Affairs
from widgets.desk import desk, follow
from widgets.entry_words import entry_words
from widgets.freshness import freshness_words
from widgets.header import Header, StatusLine
from widgets.keyline import KeyLine
from widgets.look import Look
from widgets.onduty import OnDuty
from widgets.rail import sign, tone, whose
from widgets.symbols import STYLES
from widgets.telling import fact_lines
from widgets.wishes import CopyWanted
from widgets.words import age, clean, clock, moment

ROWS, ENTRIES = 6, 12


def seen(board: Board, ref: Ref) -> tuple[Snapshot, Row] | None:
    """A row of the evidence as it is now."""
    for part in board.snapshots.values():
        for row in part.rows:
            if row.ref == ref:
                return part, row
    return None


def evidence_lines(finding: Finding, board: Board, look: Look) -> Iterator[Content]:
    """The rows that show it, with their values and ages."""
    for ref in finding.evidence[:ROWS]:
        found = seen(board, ref)
        name = f"{ref.kind} {clean(ref.name, look.symbols)}"
        if found is None:
            yield Content.styled(f"{name}: no longer seen", STYLES["warning"])
            continue
        part, row = found
        _, fresh = freshness_words((part,), look)
        yield Content.assemble((name, "bold"), f"   {part.source}: {fresh}")
        yield from (line for line in fact_lines(row, look) if look.symbols.none not in line.plain)
    if len(finding.evidence) > ROWS:
        yield Content(f"and {len(finding.evidence) - ROWS} more rows")


def explained(finding: Finding, board: Board, affairs: Affairs, look: Look) -> Content:
    """Everything known about a finding."""
    symbols = look.symbols
    style = STYLES.get(tone(finding), "$text-muted")
    title = f"{sign(finding, look)} {clean(finding.title, symbols)}"
    places = ", ".join(affairs.title(scope) for scope in finding.scopes or (finding.scope,))
    past = age(look.now.estate - finding.since)
    lines = [
        Content.assemble((title, style), f"  {symbols.dot} {clean(places, symbols)}"),
        Content(f"since {moment(finding.since, look.zone)}, {past}"),
        Content(whose(finding, look) or "nobody has taken it: x takes it"),
        Content(""),
        Content.styled("which rule, which values", "underline"),
        *(Content(clean(why, symbols)) for why in finding.why),
        Content(""),
        Content.styled("judged from", "underline"),
        *evidence_lines(finding, board, look),
    ]
    if finding.offers:
        lines += [Content(""), Content.styled("what may help", "underline")]
        for name in finding.offers:
            offer = affairs.offers.get(name)
            lines.append(Content(clean(f"{affairs.offer(name)}: {offer.say if offer else ''}")))
    if told := list(_entries(finding, affairs, look)):
        lines += [Content(""), Content.styled("in the journal", "underline"), *told]
    return Content("\n").join(lines)


def _entries(finding: Finding, affairs: Affairs, look: Look) -> Iterator[Content]:
    mine = [one for one in affairs.entries if one.data.get("finding") == finding.id]
    for one in mine[-ENTRIES:]:
        when = clock(one.at, look.zone, look.now.real)
        by = clean(one.by, look.symbols, 20)
        yield Content(f"{when}  {one.kind}  {by}  {entry_words(one, affairs, look)}")


class FindingPage(OnDuty):
    """Follows its finding while it lives; the keys of duty work here too."""

    DEFAULT_CSS = """
    FindingPage { layout: vertical; }
    FindingPage #words { height: 1fr; padding: 1 2; scrollbar-size: 0 0; }
    FindingPage #gone { color: $text-warning; display: none; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", show=False, id="why.copy"),
        Binding("q,escape", "app.pop_screen", "back", id="why.back"),
    ]

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self._last = finding
        self._shown = Content()
        self._text = Static(markup=False)
        self._gone = Static("this finding is gone; these are its last values", id="gone")

    @property
    def finding(self) -> Finding | None:
        """The finding as it is now."""
        return next((one for one in desk(self).board.findings if one.id == self._last.id), None)

    def compose(self) -> ComposeResult:
        """The words scroll, whatever their length."""
        yield Header()
        yield self._gone
        with VerticalScroll(id="words"):
            yield self._text
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow the finding."""
        follow(self, "board now symbols affairs", self.follow)

    def follow(self) -> None:
        """Show it as it is now."""
        app, finding = desk(self), self.finding
        self._gone.display = finding is None
        self._last = finding or self._last
        content = explained(self._last, app.board, app.affairs, app.look)
        if content != self._shown:
            self._shown = content
            self._text.update(content)

    def action_copy(self) -> None:
        """Take these words along."""
        self.post_message(CopyWanted(self._shown.plain))
