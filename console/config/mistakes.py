"""What is wrong with a configuration, told in one line each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from console.model.words import harmless

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: file, line and column from 1 (0: the file as a whole)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


def dotted(path: KeyPath) -> str:
    """A key path as people write it: `sites.sakai.title`, `metrics[2].fact`, `topics["a.b"]`."""
    return "".join(map(_step, path)).removeprefix(".")


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{printable(key)}" if key and "." not in key else f'["{printable(key)}"]'


def printable(text: str) -> str:
    """Text from a file on one line, without control codes."""
    return harmless(text[:300])


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: `file:line:column: key.path: what is wrong`."""

    place: Place
    path: KeyPath
    what: str

    def __str__(self) -> str:
        said = [str(self.place), dotted(self.path), printable(self.what)]
        return ": ".join(part for part in said if part)


class ConfigMistakes(Exception):
    """The configuration cannot be used; `lines` says everything that is wrong with it."""

    def __init__(self, mistakes: Iterable[Mistake | str]) -> None:
        self.lines = tuple(dict.fromkeys(str(mistake) for mistake in mistakes))
        super().__init__("\n".join(self.lines))


def suggest(word: str, known: Iterable[str]) -> str:
    """`; did you mean x?` where a known word is close, else those there are when few."""
    words = sorted(set(known))
    close = get_close_matches(word[:80], words, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there is {', '.join(words)}" if 0 < len(words) <= 6 else ""
