"""What changed between two moments, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.model import Severity
from console.model.affairs import Affairs
from console.model.past import Changes, Difference
from widgets.desk import desk
from widgets.header import Header
from widgets.keyline import KeyLine
from widgets.look import Look, in_words, label
from widgets.symbols import STYLES, TONES
from widgets.wishes import CopyWanted
from widgets.words import age, clean, moment

SHOWN = 200  # of things whose values alone moved
NOTHING = "nothing: every finding, row and value is as it was"


def _sign(severity: Severity | None, look: Look) -> str:
    return look.symbols.none if severity is None else look.symbols.severity(severity)


def _word(one: Difference) -> str:
    """What became of it."""
    if not one.moved:
        return ""
    if one.what == "part":
        return "cannot be read" if one.before is None else "is read again"
    if one.before is None:
        return "new"
    if one.after is None:
        return "gone"
    return "worse" if one.after > one.before else "better"


def change_lines(one: Difference, affairs: Affairs, look: Look) -> Iterator[Content]:
    """What it is and what became of it; below it why, and the values that moved."""
    symbols = look.symbols
    moved = f"{_sign(one.before, look)}{symbols.arrow}{_sign(one.after, look)}"
    title, place = clean(one.name, symbols, 80), clean(affairs.title(one.scope), symbols, 40)
    told = [one.source, place, title] if one.source else [title, place]
    tone = STYLES.get(TONES[one.after if one.after is not None else one.severity], "")
    head = f"{moved}  {_word(one):<14}  {f' {symbols.dot} '.join(filter(None, told))}"
    yield Content.styled(head, tone if one.moved else "")
    if one.said and one.moved:
        yield Content.styled(f"       {clean(one.said, symbols)}", "$text-muted")
    for fact, before, after in one.values:
        was, now = (in_words(fact, value, look) for value in (before, after))
        yield Content(f"       {label(fact):<16} {was} {symbols.arrow} {now}")


def _block(title: str, some: Iterable[Difference], affairs: Affairs, look: Look) -> list[Content]:
    lines = [line for one in some for line in change_lines(one, affairs, look)]
    return [Content(""), Content.styled(title, "underline"), *lines] if lines else []


def words(changes: Changes, affairs: Affairs, look: Look) -> Content:
    """Findings, then what is read no more, then rows, then values alone."""
    begin, end = (moment(one.estate, look.zone) for one in (changes.begin, changes.end))
    past = age(changes.end.estate - changes.begin.estate)
    lines = [
        Content.styled(f"What changed in {past}", "bold"),
        Content(f"from {begin}"),
        Content(f"to   {end}"),
    ]
    moved = [one for one in changes.all if one.moved]
    still = [one for one in changes.all if not one.moved]
    for title, kind in (("findings", "finding"), ("sources", "part"), ("rows", "row")):
        lines += _block(title, (one for one in moved if one.what == kind), affairs, look)
    lines += _block("values", still[:SHOWN], affairs, look)
    if len(still) > SHOWN:
        lines.append(Content(f"and {len(still) - SHOWN} more whose values moved"))
    return Content("\n").join(lines if changes.all else [*lines, Content(""), Content(NOTHING)])


class ChangesPage(Screen[None]):
    """It stands still: two moments of the past do not change."""

    DEFAULT_CSS = "ChangesPage VerticalScroll { padding: 1 2; scrollbar-size: 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape", "app.pop_screen", "back", id="changes.back"),
        Binding("y", "copy", "copy", id="changes.copy"),
    ]

    def __init__(self, changes: Changes) -> None:
        super().__init__()
        self._changes, self._words = changes, Content()

    def compose(self) -> ComposeResult:
        """The words scroll, whatever their length."""
        app = desk(self)
        self._words = words(self._changes, app.affairs, app.look)
        yield Header()
        with VerticalScroll():
            yield Static(self._words)
        yield KeyLine()

    def action_copy(self) -> None:
        """Take these words along."""
        self.post_message(CopyWanted(self._words.plain, "changes.txt"))
