"""The help: every key as it is bound now, and what the signs mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from console.model import Severity
from widgets.desk import desk
from widgets.keyline import display
from widgets.symbols import WORDS, Symbols
from widgets.telling import MEANINGS

LAG_VERDICTS = (
    ("STUCK", "records wait and the committed offset has not moved for the stall window"),
    ("SLOW", "it moves, but the lag grows"),
    ("CATCHING UP", "the lag falls; ETA says when it is gone"),
    ("SILENT", "a heartbeat is due on this topic and none came"),
    ("LOST", "the committed offset is older than the oldest record: records were never read"),
    ("AHEAD", "committed beyond the end: the topic was emptied or made anew"),
    ("REWOUND", "somebody set the offsets back"),
    ("IDLE", "nothing comes in and nothing waits"),
)

PAST = (
    ("LOOKING BACK", "the screens show what was recorded; what is now goes on, and still rings"),
    ("REPLAY", "a recording and nothing else: nothing in it can reach the world"),
    ("NOT RECORDED", "nobody saw this: what is shown is older, and ages as it would have"),
)

PHASES = (
    ("EXPECTED", "inside the planned window; nothing has begun"),
    ("BETWEEN", "Kafka looks well, but the next broker is still to come: not over"),
    ("SETTLING", "everything is well; it is over when that lasted, unbroken"),
    ("OVER", "Amazon has ended it and Kafka is whole; PROBABLY: the watch says why"),
)

STAGES = (
    ("BROKEN", "a flow's stage is not what it must be; the pointer marks where it is broken first"),
    ("starved", "nothing is wrong with this stage, but something before it is broken"),
)


def signs(symbols: Symbols) -> list[Content]:
    """The meaning of each sign."""
    lines = [
        Content(f"{symbols.severity(severity)} {WORDS[severity]:<12}{MEANINGS[severity]}")
        for severity in sorted(Severity, reverse=True)
    ]
    lines.append(Content(f"{symbols.stale} {'LATE, STALE':<12}no answer for 2, for 5 intervals"))
    lines.append(Content(f"{symbols.none} {'':<12}nobody knows; it is never a 0"))
    lanes = ((symbols.up, "up"), (symbols.down, "away"), (symbols.behind, "back, catching up"))
    lines += [Content(f"{sign * 3:<14}a broker in the watch: {told}") for sign, told in lanes]
    words = (*LAG_VERDICTS, *STAGES, *PHASES, *PAST)
    return lines + [Content(f"  {word:<12}{meaning}") for word, meaning in words]


def keys(bindings: Iterable[Binding]) -> list[Content]:
    """One line a deed, with all its keys and the id by which it is remapped."""
    deeds: dict[str, tuple[Binding, list[str]]] = {}
    for binding in bindings:
        if binding.id and binding.description:
            deeds.setdefault(binding.id, (binding, []))[1].append(display(binding.key))
    return [
        Content.assemble(
            (f"{' '.join(dict.fromkeys(names)):<18}", "bold"),
            f"{binding.description:<26}",
            (name, "$text-muted"),
        )
        for name, (binding, names) in deeds.items()
    ]


class Help(Screen[None]):
    """Keys and signs; scrolls."""

    DEFAULT_CSS = "Help VerticalScroll { padding: 1 2; scrollbar-size: 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,question_mark", "app.pop_screen", "back", id="help.back"),
    ]

    def __init__(self, bindings: Iterable[Binding]) -> None:
        super().__init__()
        self.bindings = list(bindings)

    def compose(self) -> ComposeResult:
        """Keys first."""
        blank = Content("")
        text = Content("\n").join(
            [
                Content.styled("Keys (the id on the right is for `keys:` in estate.yaml)", "bold"),
                blank,
                *keys(self.bindings),
                blank,
                Content.styled("Signs and words", "bold"),
                blank,
                *signs(desk(self).symbols),
                blank,
                Content("q goes back"),
            ]
        )
        with VerticalScroll():
            yield Static(text)
