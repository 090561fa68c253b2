"""Which of very many lines have the words that a person seeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.model.closer import Line
from widgets.words import number

AT_ONCE = 200_000  # characters that are looked through before others have their turn


@dataclass(slots=True)
class LineFilter:
    """The lines with every word that is sought, as far as they were looked through."""

    sought: str = ""
    numbers: Sequence[int] = ()
    """Those of the lines that are shown, counted from the first that was ever read."""
    looked: int = 0
    """Lines before this number were looked at."""

    def sift(self, first: int, lines: Sequence[Line]) -> None:
        """Look through some more of the lines; `first` is the number of the first of them."""
        end, words = first + len(lines), self.sought.casefold().split()
        if not words:
            self.numbers, self.looked = range(first, end), end
            return
        kept = [n for n in self.numbers if first <= n < end]
        at, room = max(self.looked, first), AT_ONCE
        while at < end and room > 0:
            text = lines[at - first].text.casefold()
            if all(word in text for word in words):
                kept.append(at)
            at, room = at + 1, room - len(text)
        self.numbers, self.looked = kept, at

    def told(self, looking: bool) -> str:
        """What was found by now, in words."""
        so_far = " so far" if looking else ""
        return f"{number(len(self.numbers))}{so_far} with: {self.sought}" if self.sought else ""
