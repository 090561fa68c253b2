"""The last line: the keys that do something here."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding
from textual.content import Content

from widgets.desk import desk
from widgets.header import Band
from widgets.past_words import DEEDS
from widgets.standing import BARRED
from widgets.words import cell_len

SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "comma": ",",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "plus": "+",
    "minus": "-",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
}


THROUGH_THE_PAST = (
    ("now", "now"),
    ("play", "play"),
    ("10 s", "back", "on"),
    ("5 min", "far_back", "far_on"),
    ("worse", "worse_before", "worse_after"),
    ("finding", "case_before", "case_after"),
    ("act", "act_before", "act_after"),
    ("time", "go"),
    ("what changed", "mark"),
    ("pace", "faster", "slower"),
    ("change", "step_back", "step"),
)
"""What the keys of the past do, by their ids without `past.`"""
LEADING = ("help", "command_palette", "app.pop_screen")  # they lead to everything else
ACTING = ("arm", "remedy", "remedies", "run")  # actions that a console may be barred from


def display(key: str) -> str:
    """A key as it is written on a keyboard, in plain letters."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, SHOWN.get(last, last)])


class KeyLine(Band):
    """Keys of the focused widget, its screen and the program, as they are bound now."""

    DEFAULT_CSS = "KeyLine { color: $text-muted; }"

    def on_mount(self) -> None:
        """Other keys may count once another widget has the focus."""
        super().on_mount()
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.redo())

    def words(self) -> Content:
        """Each deed once; those that lead to all others keep their place on a small screen."""
        app = desk(self)
        seen: dict[str, Binding] = {}
        bindings = [active.binding for active in self.screen.active_bindings.values()]
        for binding in bindings:
            if binding.show and (app.past is None or binding.action not in DEEDS):
                seen.setdefault(binding.action, binding)
        barred = BARRED if app.affairs.barred else ""
        deeds = past_deeds(bindings) if app.past is not None else {}
        deeds |= {name: _deed(one, barred) for name, one in seen.items()}
        room = self.size.width - 1
        kept = {name for name in LEADING if name in deeds}
        for name in deeds:
            if sum(cell_len(_text(deeds[one])) for one in kept | {name}) <= room:
                kept.add(name)
            elif name not in kept:
                break
        return Content.assemble(
            " ", *(part for name, parts in deeds.items() if name in kept for part in parts)
        )


Deed = list[tuple[str, str]]


def past_deeds(bindings: Iterable[Binding]) -> dict[str, Deed]:
    """The keys that lead through the past, two by two, as they are bound now."""
    keys = {one.id: display(one.key) for one in reversed([*bindings]) if one.id}
    found: dict[str, Deed] = {}
    for told, *ids in THROUGH_THE_PAST:
        if mine := [keys[f"past.{id}"] for id in ids if f"past.{id}" in keys]:
            found[told] = [(" ".join(mine), "bold"), (f" {told}  ", "")]
    return found


def _deed(binding: Binding, barred: str) -> Deed:
    """A key and what it does; one that is barred stays, with its reason."""
    why = f" ({barred})" if barred and binding.action in ACTING else ""
    tone = "$text-disabled" if why else ""
    return [(display(binding.key), "bold"), (f" {binding.description}{why}  ", tone)]


def _text(parts: Deed) -> str:
    return "".join(text for text, _ in parts)
