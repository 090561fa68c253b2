"""Looking closer at a row: its logs, events or records, as they come and within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.model import Finding, Row
from console.model.closer import (
    Choice,
    CloserWish,
    Line,
    LookAway,
    LookCloser,
    Reading,
    ReadIt,
    ShowMore,
)
from widgets.blocks import Block, Blocks
from widgets.closer_words import choice_words, state_words
from widgets.desk import desk
from widgets.filter import FilterLine
from widgets.header import Header
from widgets.keyline import KeyLine
from widgets.log_lines import LogLines, shown_text
from widgets.look import Look
from widgets.symbols import STYLES
from widgets.wishes import CloserWanted, CopyWanted
from widgets.words import clean, fit_middle, moment, number

WIDE = 120  # cells from which the choices stand beside the lines
MOST_COPIED = 500_000  # characters; terminals choke on more
BREATH = 8_000  # of them, after which the event loop has its turn
ASKING = (Line("asking", tone="said"),)


class Choices(Blocks):
    """What there is to read; the one that is read has the pointer."""

    reading: Reading | None = None

    def blocks(self, width: int) -> Sequence[Block]:
        """One line each."""
        look, now = desk(self).look, self.reading
        return [self._block(one, now, look, width) for one in (now.choices if now else ())]

    @staticmethod
    def _block(one: Choice, reading: Reading | None, look: Look, width: int) -> Block:
        read = reading is not None and reading.chosen == one.id
        sign = look.symbols.pointer if read else " "
        text = fit_middle(choice_words(one, look), max(width - 3, 1), look.symbols.more)
        return Block(one.id, (((f"{sign} ", "strong"), (text, "strong" if read else "")),))


class CloserScreen(Screen[None]):
    """Opened with rows: the first that anything can be read about is read at once."""

    DEFAULT_CSS = """
    CloserScreen { layout: vertical; }
    CloserScreen .told { height: auto; max-height: 4; padding: 0 1; }
    CloserScreen #trouble { color: $text-error; display: none; }
    CloserScreen #both { layout: horizontal; height: 1fr; }
    CloserScreen Choices { width: 50; border-right: solid $surface-lighten-3; }
    CloserScreen.-narrow #both { layout: vertical; }
    CloserScreen.-narrow Choices {
        width: 1fr; height: 4; border-right: none; border-bottom: solid $surface-lighten-3;
    }
    CloserScreen #more { height: auto; display: none; border-top: solid $surface-lighten-3; }
    CloserScreen #more LogLines { height: 8; }
    CloserScreen FilterLine { display: none; }
    """
    AUTO_FOCUS = "#lines"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "follow", id="closer.follow"),
        Binding("slash,f3", "filter", "filter", id="closer.filter"),
        Binding("w", "wrap", "wrap", id="closer.wrap"),
        Binding("v", "value", "value", id="closer.value"),
        Binding("y", "copy", "copy", id="closer.copy"),
        Binding("ctrl+r,f5", "again", "read again", id="closer.again"),
        Binding("tab", "other", "what to read", id="closer.other"),
        Binding("q", "app.pop_screen", "back", id="closer.back"),
        Binding("escape", "less", "back", show=False, id="closer.less"),
    ]

    def __init__(self, rows: tuple[Row, ...], parts: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._wanted = LookCloser(rows, parts)
        self._reading: Reading | None = None
        self._lines, self._choices = LogLines(), Choices(id="choices")
        self._lines.id = "lines"
        self._value = LogLines(from_top=True)
        self._filter = FilterLine("")
        self._title = Static(classes="told", markup=False)
        self._trouble = Static(classes="told", id="trouble", markup=False)

    def compose(self) -> ComposeResult:
        """What is read, from what else one may choose, the lines, and a value below them."""
        yield Header()
        yield self._title
        yield self._trouble
        with Container(id="both"):
            yield self._choices
            yield self._lines
        with Vertical(id="more"):
            yield self._value
        yield self._filter
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask, and follow what comes."""
        for name in ("closer", "now", "symbols"):
            self.watch(self.app, name, self.follow, init=False)
        self.set_class(self.app.size.width < WIDE, "-narrow")
        self._title.update(Content(f"{clean(self._wanted.rows[0].ref.name)}\nasking"))
        self._wish(self._wanted)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.app.post_message(CloserWanted(LookAway()))

    def on_resize(self, event: events.Resize) -> None:
        """The choices beside the lines, or above them."""
        self.set_class(event.size.width < WIDE, "-narrow")

    def _wish(self, wish: CloserWish) -> None:
        beside = isinstance(wish, ShowMore)
        self.post_message(CloserWanted(wish, "closer-more" if beside else "closer"))

    def follow(self) -> None:
        """Show the reading as it is now."""
        reading, look = desk(self).closer, desk(self).look
        if reading is None:
            return
        before, self._reading = self._reading, reading
        self._title.update(self._told(reading, look))
        self._trouble.display = bool(reading.trouble)
        told = f"{reading.trouble}\n{reading.cure}" if reading.cure else reading.trouble
        self._trouble.update(Content("\n".join(clean(one) for one in told.splitlines())))
        if reading is before:
            return
        self.refresh_bindings()
        self._choices.reading = reading
        if before is None or (before.choices, before.chosen) != (reading.choices, reading.chosen):
            self._choices.redo()
        if before is None or before.chosen != reading.chosen:
            self._choices.go(reading.chosen)
        self._lines.take(reading.turn, reading.dropped, reading.lines)
        self.query_one("#more").display = bool(reading.more_of)
        self._value.wrap(True)
        self._value.take(hash(reading.more_of), 0, reading.more or ASKING)
        if reading.more_of and (before is None or before.more_of != reading.more_of):
            self.set_focus(self._value)
        elif self._value.has_focus and not reading.more_of:
            self.set_focus(self._lines)

    def _told(self, reading: Reading, look: Look) -> Content:
        choice, scope = reading.choice, clean(reading.row.ref.scope, look.symbols)
        name = f"{clean(reading.row.ref.name, look.symbols)} {look.symbols.dot} {scope}"
        listed = self.has_class("-narrow")  # there the list shows it whole
        what = clean(choice.title, look.symbols) if choice and not listed else ""
        when = f"  {moment(choice.at, look.zone)}" if choice and choice.at else ""
        return Content.assemble(
            (name, "bold"),
            f"   {what}{when}\n",
            (state_words(reading, look), "$text-muted"),
            (f"   {clean(self._lines.found(), look.symbols)}", STYLES["warning"]),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean something here and now; while a filter is typed, they are letters."""
        reading, choice = self._reading, self._reading.choice if self._reading else None
        if action == "filter":
            return not self._filter.has_focus
        if action == "follow":
            return choice is not None and choice.follows
        if action == "value":
            return reading is not None and any(line.more for line in reading.lines[:20])
        return True

    def action_follow(self) -> None:
        """Go on with new lines as they are written, or stay with what there is."""
        if self._reading is not None:
            again = self._reading.phase != "following"
            self._wish(ReadIt(self._reading.chosen, follow=again))

    def action_again(self) -> None:
        """Read it anew; Pods may have come and gone."""
        if self._reading is not None and self._reading.choices:
            self._wish(ReadIt(self._reading.chosen, follow=self._reading.phase == "following"))
        else:
            self._wish(self._wanted)

    def on_blocks_opened(self, event: Blocks.Opened) -> None:
        """Read this one."""
        event.stop()
        self._wish(ReadIt(event.key))
        self.set_focus(self._lines)

    def action_other(self) -> None:
        """To the choices and back."""
        self.set_focus(self._lines if self._choices.has_focus else self._choices)

    def action_wrap(self) -> None:
        """Long lines whole, or cut at the edge."""
        self._lines.wrap(not self._lines.wrapped)

    def action_filter(self) -> None:
        """Type words that a line must have."""
        self._filter.display = True
        self.set_focus(self._filter)

    def on_filter_line_wanted(self, event: FilterLine.Wanted) -> None:
        """Filter as one types."""
        event.stop()
        self._lines.seek(event.text)
        if event.done:
            self._filter.display = False
            self.set_focus(self._lines)

    def on_log_lines_sifted(self, event: LogLines.Sifted) -> None:
        """How many were found by now."""
        event.stop()
        self.follow()

    def action_value(self) -> None:
        """What is shown on demand only: asked for now, and gone with the next key."""
        line = self._lines.current
        if line is not None and line.more:
            self._wish(ShowMore(line.more))

    def action_less(self) -> None:
        """Away with the value; with the filter; then with all."""
        if self._reading is not None and self._reading.more_of:
            self._wish(ShowMore(""))
        elif self._lines.found():
            self._filter.value = ""
            self._lines.seek("")
        else:
            self.app.pop_screen()

    async def action_copy(self) -> None:
        """Take the shown lines along, the newest where they are too many."""
        look, size, kept = desk(self).look, 0, list[str]()
        for line in self._lines.every():
            at = "" if line.at is None else f"{line.at.isoformat(timespec='milliseconds')}  "
            text = at + shown_text(line, look)
            if size // BREATH != (size := size + len(text) + 1) // BREATH:
                await asyncio.sleep(0)  # making foreign letters harmless takes a while
            if size > MOST_COPIED:
                kept.append(f"(older lines left out: more than {number(MOST_COPIED)} characters)")
                break
            kept.append(text)
        self.post_message(CopyWanted("\n".join(reversed(kept)), "closer.txt"))


def look_closer(screen: Screen[None], row: Row | None, finding: Finding | None = None) -> None:
    """Open what a person would open next about a row, or about what a finding rests on."""
    every = [(one, at.part) for at in desk(screen).board.snapshots.values() for one in at.rows]
    refs = [row.ref] if row is not None else finding.evidence if finding is not None else ()
    seen = [(one, part) for ref in refs for one, part in every if one.ref == ref]
    if row is not None:  # as it was opened, also when it is gone meanwhile
        seen = [(row, seen[0][1] if seen else "")]
    if seen:
        rows, parts = zip(*seen, strict=True)
        screen.app.push_screen(CloserScreen(rows, parts))
    else:
        screen.app.notify("there is no row to look at", timeout=2, markup=False)
