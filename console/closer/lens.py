"""The seam between a row and what a person would open next about it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from console.model import Row
from console.model.closer import Choice, Line
from console.poll import Context


class Lens(Protocol):
    """What can be read about the rows of one kind. It only reads, and all it reads is bounded.

    Failures are `console.poll.Failed` (AuthExpired where the login ran out), as in a source.
    """

    part: str
    """The part of its source that the row was seen in; empty: nobody said."""

    async def choices(self, row: Row, context: Context) -> tuple[Choice, ...]:
        """What there is to read, the most telling first; it is read at once."""
        ...

    def read(
        self, row: Row, choice: Choice, follow: bool, context: Context
    ) -> AsyncGenerator[Line, None]:
        """Its lines, oldest first; with `follow` it goes on until it is cancelled.

        What was left out is said by lines of its own (`tone="said"`). Whoever reads keeps no
        more than `console.closer.kept` allows, and closes this iterator when nobody looks.
        """
        ...

    async def more(
        self, row: Row, choice: Choice, which: str, context: Context
    ) -> tuple[Line, ...]:
        """What belongs to the line with this `more`. Never kept, never journalled."""
        ...


class NoMore:
    """For a lens whose lines are all there is."""

    part = ""

    async def more(
        self, row: Row, choice: Choice, which: str, context: Context
    ) -> tuple[Line, ...]:
        """Nothing."""
        return ()
