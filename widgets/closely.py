"""The program's half of looking closer: one reading at a time, for the screen that asks."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from widgets.front import Front
from widgets.wishes import CloserWanted

if TYPE_CHECKING:
    from textual.worker import WorkType

    from console.model.closer import CloserWish, Reading

WISH = "wish"  # name of the workers that grant one
UNOPENED = "the estate is not open yet"


class Looking(Protocol):
    """Whatever reads what a person wants to see."""

    def grant(self, wish: CloserWish) -> Coroutine[Any, Any, None]: ...


class Closely(Front):
    """The front with a reading."""

    looking: Looking | None = None

    def show_reading(self, reading: Reading | None) -> None:
        """Bind it down."""
        self.closer = reading

    def on_closer_wanted(self, wanted: CloserWanted) -> None:
        """Read; what was read before is given up, but for a value that is shown beside it."""
        looking, group = self.looking, wanted.group
        if looking is None:
            return self.say(UNOPENED, bad=True)

        async def granted() -> None:
            await looking.grant(wanted.wish)

        # The worker calls it: a program that is closing begins no reading.
        work: WorkType[None] = granted
        self.run_worker(work, name=WISH, group=group, exclusive=True, exit_on_error=False)
        return None
