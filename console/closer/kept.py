"""The newest lines within bounds: whatever comes, and however long it goes on."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from console.clock import real_now
from console.model.closer import Line

MOST_LINES = 10_000
MOST_CHARACTERS = 2_000_000  # of all lines together, which a filter looks through between two keys
LONGEST = 4_000  # characters of one line; the rest is only counted


class Kept:
    """Lines as they come; the oldest go first."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque()
        self._characters = 0
        self.dropped = 0
        """Lines that had to go."""
        self.cut = 0
        """Lines that came without their end."""
        self.count = 0
        """Lines that came at all."""
        self.at: datetime | None = None
        """Real time of the last one."""

    def add(self, line: Line) -> None:
        """Keep one more; a lens that did not cut it finds it cut here."""
        if len(line.text) > LONGEST:
            over = len(line.text[LONGEST:].encode("utf-8", "replace"))
            line = Line(line.text[:LONGEST], line.at, line.tone, line.cut + over, line.more)
        self.count, self.at = self.count + 1, real_now()
        self.cut += bool(line.cut)
        self._lines.append(line)
        self._characters += len(line.text)
        while len(self._lines) > MOST_LINES or self._characters > MOST_CHARACTERS:
            self._characters -= len(self._lines.popleft().text)
            self.dropped += 1

    def lines(self) -> tuple[Line, ...]:
        """What is kept, oldest first."""
        return tuple(self._lines)
