"""Looking closer at one row: what could be read, the lines that were, and how to ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.model.board import Row

Tone = Literal["", "said", "strong", "warning", "critical"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a person could read about a row."""

    id: str
    """Names it among the choices of its row; stays the same when they are looked up anew."""
    title: str
    """In a list: `signaling-6b7-x2x · before its end: OOMKilled`."""
    at: datetime | None = None
    """When what it tells of happened (estate's clock)."""
    say: str = ""
    """Above its lines: what is asked, of whom, and how much of it at most."""
    follows: bool = False
    """Whether new lines can be waited for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it came from outside; a screen makes it harmless before it shows it."""

    text: str
    at: datetime | None = None
    """When it was written (estate's clock); None: nobody said."""
    tone: Tone = ""
    """`said`: these are the console's own words about what was read."""
    cut: int = 0
    """Bytes of its end that were not kept."""
    more: str = ""
    """Not empty: what its lens is asked by for what is only shown on demand (a value)."""


Phase = Literal["asking", "reading", "following", "ended", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read of one row and how it stands; replaced as a whole, at most four times a second.

    Bounded: see `console.closer.kept`.
    """

    row: Row
    choices: tuple[Choice, ...] = ()
    chosen: str = ""
    """Id of the choice that is read."""
    turn: int = 0
    """Grows with each reading: lines of different turns have nothing to do with each other."""
    phase: Phase = "asking"
    lines: tuple[Line, ...] = ()
    dropped: int = 0
    """Older lines that were let go to stay within bounds; also the number of the first line."""
    cut: int = 0
    """Lines of which the end was not kept."""
    trouble: str = ""
    """Why it failed."""
    cure: str = ""
    read_at: datetime | None = None
    """Real time of the last line, and of the end where it ended."""
    more_of: str = ""
    """Which line's value is shown."""
    more: tuple[Line, ...] = ()

    @property
    def choice(self) -> Choice | None:
        """The choice that is read."""
        return next((one for one in self.choices if one.id == self.chosen), None)

    @property
    def busy(self) -> bool:
        """Whether lines may still come by themselves."""
        return self.phase in ("asking", "reading", "following")


@dataclass(frozen=True, slots=True)
class LookCloser:
    """What is there to read about the first of these rows that has anything? It is read at once."""

    rows: tuple[Row, ...]
    parts: tuple[str, ...] = ()
    """The part of its source that each was seen in; of AWS an account × Region."""


@dataclass(frozen=True, slots=True)
class ReadIt:
    """Read this choice (empty: the best one) of what is looked at, from the beginning."""

    choice: str = ""
    follow: bool = False


@dataclass(frozen=True, slots=True)
class ShowMore:
    """Show what belongs to a line and is shown on demand only; empty: no more."""

    more: str


@dataclass(frozen=True, slots=True)
class LookAway:
    """Nobody looks any more: stop reading and forget it."""


CloserWish = LookCloser | ReadIt | ShowMore | LookAway
