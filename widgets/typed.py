"""Names that must be typed before an act: of what loses data, and for each guard overridden."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label

from console.model import Proposal
from widgets.desk import desk
from widgets.words import clean

MOST = 3  # names that one act may ask for


def texts_to_type(proposal: Proposal) -> tuple[str, ...]:
    """The names to type before it may be fired, each once."""
    wanted = [proposal.plan.typed]
    wanted += [guard.override for guard in proposal.guards if not guard.ok]
    return tuple(dict.fromkeys(text for text in wanted if text))


class Typed(Vertical):
    """A line a name."""

    DEFAULT_CSS = "Typed { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self.texts: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """As many lines as there may be; those not needed are not shown."""
        for at in range(MOST):
            with Horizontal(classes="asked", id=f"asked-{at}") as row:
                row.display = False
                yield Label("", id=f"name-{at}", markup=False)
                yield Input(id=f"typed-{at}", compact=True)

    def ask(self, texts: tuple[str, ...]) -> None:
        """Ask for these, from the beginning."""
        self.texts, symbols = texts, desk(self).symbols
        for at in range(MOST):
            self.query_one(f"#asked-{at}").display = at < len(texts)
            field = self._field(at)
            with field.prevent(Input.Changed):
                field.value = ""
            if at < len(texts):
                told = Content(f"type {clean(texts[at], symbols, 60)} to go on:")
                self.query_one(f"#name-{at}", Label).update(told)

    def _field(self, at: int) -> Input:
        return self.query_one(f"#typed-{at}", Input)

    @property
    def against(self) -> str:
        """Why it is not enough yet; empty when every name was typed in full."""
        if len(self.texts) > MOST:
            return "too many guards are against it"
        typed = tuple(self._field(at).value for at in range(len(self.texts)))
        return "" if typed == self.texts else "the name is not typed yet"
