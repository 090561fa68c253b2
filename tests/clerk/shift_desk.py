"""A console's shift at a journal on the disk; what is in its document the test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from console.acting.pen import Pen
from console.clerk.shifts import Shifts
from console.following import Following
from console.journal import Journal
from console.model import Now
from console.model.handover import Handover
from console.model.shift import OfHands
from tests.handover.test_hands import AT, DISK, LOAD, READ, document

ITEMS = (LOAD, READ, DISK)


class Desk:
    """A console's shift, with its journal on the disk and the world in the test's hand."""

    def __init__(self, directory: Path) -> None:
        self.items, self.at, self.made = ITEMS, AT, list[datetime]()
        self.meanwhile: Callable[[], object] = lambda: None
        """What happens while the document is made."""
        self.pen = Pen(Journal(directory / "journal.jsonl", now=lambda: self.at), "laptop")
        self._following = Following(self.pen.journal.path)
        self.shifts = Shifts(self.pen, directory, self.make, self.now, self.catch_up)
        self.hear()

    def now(self) -> Now:
        return Now(self.at, self.at)

    def make(self, since: datetime, lang: str) -> Handover:
        self.made.append(since)
        self.meanwhile()
        return replace(document(*self.items), since=Now(since, since), lang=lang)

    def hear(self) -> None:
        self.shifts.hear(*self._following.read())

    async def catch_up(self) -> None:
        self.hear()

    async def write(self, *wishes: OfHands) -> None:
        for wish in wishes:
            await self.shifts.write(wish)
            self.hear()
