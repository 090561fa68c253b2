"""A small question: choices, or a line or two of text. Heard at once, for it only writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static

from widgets.desk import desk
from widgets.symbols import STYLES
from widgets.words import cell_len, clean

DONE = "enter goes on, escape leaves"

Answer = tuple[int, tuple[str, ...]]
"""Which choice (-1 where none was offered), and what was typed."""
Check = Callable[[Answer], str]
"""Why an answer will not do; empty when it will."""


class Form(ModalScreen[Answer]):
    """Enter goes on and, at the end, answers; escape answers nothing."""

    DEFAULT_CSS = """
    Form { align: center middle; background: $background 60%; }
    Form .box {
        border: round $primary; background: $surface; padding: 0 1;
        width: 84; max-width: 100%; height: auto; max-height: 100%;
    }
    .-ascii Form .box { border: ascii $primary; }
    Form OptionList {
        height: auto; max-height: 10; border: none; padding: 0; background: $surface;
        scrollbar-size: 0 0;
    }
    Form OptionList:focus { border: none; }
    Form .asked { height: 1; }
    Form .asked Label { width: auto; padding: 0 1 0 0; }
    Form Input { border: none; height: 1; padding: 0; width: 1fr; background: $surface-lighten-1; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", id="form.cancel"),
        Binding("ctrl+s", "answer", "done", id="form.done"),
    ]

    def __init__(
        self,
        title: str,
        fields: Sequence[str] = (),
        choices: Sequence[str] = (),
        needed: bool = True,
        *,
        values: Sequence[str] = (),
        chosen: int = 0,
        check: Check | None = None,
    ) -> None:
        """`values`: what stands in the fields at first; `chosen`: the choice that is offered."""
        super().__init__()
        self._values, self._chosen, self._check = tuple(values), chosen, check
        self._heading, self._fields, self._choices = title, tuple(fields), tuple(choices)
        self._needed = needed
        """Whether the first field must not be empty."""

    def compose(self) -> ComposeResult:
        """Choices first."""
        symbols = desk(self).symbols
        wide = max((cell_len(field) for field in self._fields), default=0)
        with Vertical(classes="box") as box:
            box.border_title = Content(clean(self._heading, symbols, 78))
            if self._choices:
                options = [Content(clean(choice, symbols)) for choice in self._choices]
                yield OptionList(*options, markup=False)
            for at, field in enumerate(self._fields):
                with Horizontal(classes="asked"):
                    yield Label(field + " " * (wide - cell_len(field)), markup=False)
                    yield Input(self._shown(at), id=f"field-{at}", compact=True)
            done = "enter goes on, ctrl+s is done, escape leaves"
            yield Static(done if len(self._fields) > 2 else DONE, id="said", markup=False)

    def on_mount(self) -> None:
        """What is typed right after the key counts."""
        first = self.query(OptionList).first() if self._choices else self._field(0)
        self.set_focus(first)
        if self._choices:
            self.query_one(OptionList).highlighted = self._chosen

    def _field(self, at: int) -> Input:
        return self.query_one(f"#field-{at}", Input)

    def _shown(self, at: int) -> str:
        return clean(self._values[at]) if at < len(self._values) else ""

    def _typed(self, at: int) -> str:
        """What a field says; one that nobody touched says what it was given, to the letter."""
        value = self._field(at).value
        return self._values[at] if value and value == self._shown(at) else value.strip()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go on to the text, or answer."""
        event.stop()
        if self._fields:
            self.set_focus(self._field(0))
        else:
            self.action_answer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next line, or answer."""
        event.stop()
        at = int(str(event.input.id).removeprefix("field-")) + 1
        if self._needed and not self._field(0).value.strip():
            self.set_focus(self._field(0))
        elif at < len(self._fields):
            self.set_focus(self._field(at))
        else:
            self.action_answer()

    def action_answer(self) -> None:
        """Answer; what will not do stays to be put right, and it is said why."""
        chosen = self.query_one(OptionList).highlighted if self._choices else -1
        values = tuple(self._typed(at) for at in range(len(self._fields)))
        answer = (-1 if chosen is None else chosen, values)
        if self._check is not None and (why := self._check(answer)):
            said = Content.styled(clean(why, desk(self).symbols), STYLES["warning"])
            self.query_one("#said", Static).update(said)
        else:
            self.dismiss(answer)
